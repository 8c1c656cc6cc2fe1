"""Routes of the plugin `app-metrics`."""
