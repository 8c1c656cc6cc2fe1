"""Pytest fixtures for authors of plugins: installed with the host, found by pytest."""
