"""Settings from an Apollo config service."""
