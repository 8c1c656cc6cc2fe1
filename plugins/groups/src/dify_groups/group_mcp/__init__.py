"""The blueprint group `mcp`."""
