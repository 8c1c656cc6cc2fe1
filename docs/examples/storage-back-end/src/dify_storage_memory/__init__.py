"""The storage back end `memory`: objects that are gone when the process ends."""
