"""The blueprint group `inner`."""
