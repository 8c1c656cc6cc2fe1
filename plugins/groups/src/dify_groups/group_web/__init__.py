"""The blueprint group `web`."""
