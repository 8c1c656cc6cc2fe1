"""The plugin checker: rules that a plugin author runs on a plugin of their own, as source or installed."""
