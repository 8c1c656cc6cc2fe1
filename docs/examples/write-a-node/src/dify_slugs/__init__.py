"""A node that makes a text fit for an address."""
