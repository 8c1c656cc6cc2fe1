"""Tenants' code in isolation, and templates within limits."""
