"""Messages as background tasks."""
