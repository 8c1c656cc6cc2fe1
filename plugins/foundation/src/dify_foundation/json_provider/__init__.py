"""JSON of requests and responses."""
