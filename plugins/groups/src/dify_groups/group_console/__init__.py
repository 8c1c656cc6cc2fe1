"""The blueprint group `console`."""
