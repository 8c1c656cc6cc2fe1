"""A model provider with a wire format of its own."""
