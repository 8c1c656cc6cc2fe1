"""Settings from a Nacos server."""
