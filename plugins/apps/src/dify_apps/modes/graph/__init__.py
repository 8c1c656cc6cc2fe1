"""What the modes that run a graph have in common: preparation, events, rows."""
