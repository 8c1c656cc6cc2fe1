"""Requests as the client sent them, behind a reverse proxy."""
