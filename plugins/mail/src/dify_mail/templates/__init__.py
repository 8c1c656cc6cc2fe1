"""Templates of messages: those of features, and those that administrators write."""
