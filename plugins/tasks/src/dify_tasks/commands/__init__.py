"""The commands `tasks`, `worker` and `scheduler`."""
