"""Templates: Jinja in its sandbox, within limits of time, output and memory."""
