"""Logging: context of a request, formats, redaction and the root logger's handlers."""
