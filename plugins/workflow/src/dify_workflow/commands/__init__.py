"""The commands `run`, `validate` and `graph`."""
