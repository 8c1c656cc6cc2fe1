"""Settings from a JSON file that somebody else writes."""
