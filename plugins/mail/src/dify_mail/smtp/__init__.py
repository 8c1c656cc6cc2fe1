"""The back end `smtp`."""
