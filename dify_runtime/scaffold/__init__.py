"""`plugins new`: a complete plugin distribution from templates."""
