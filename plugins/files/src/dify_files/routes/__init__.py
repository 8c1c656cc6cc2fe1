"""The routes, a module per group."""
