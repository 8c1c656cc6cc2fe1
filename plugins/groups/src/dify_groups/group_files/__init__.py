"""The blueprint group `files`."""
