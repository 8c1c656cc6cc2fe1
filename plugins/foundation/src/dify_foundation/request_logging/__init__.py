"""One log line per request."""
