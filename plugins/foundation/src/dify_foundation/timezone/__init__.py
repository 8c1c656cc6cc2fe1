"""The process's time zone."""
