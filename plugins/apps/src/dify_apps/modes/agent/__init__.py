"""Agents: rounds of a model and tools, until the model answers."""
