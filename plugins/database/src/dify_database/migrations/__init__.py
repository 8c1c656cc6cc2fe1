"""The plugin `migrations`: brings the schema of every plugin up to date."""
