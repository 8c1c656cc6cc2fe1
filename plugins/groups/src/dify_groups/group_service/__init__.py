"""The blueprint group `service`."""
