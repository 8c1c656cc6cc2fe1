"""The API docs pages."""
