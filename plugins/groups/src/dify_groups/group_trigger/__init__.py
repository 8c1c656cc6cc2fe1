"""The blueprint group `trigger`."""
