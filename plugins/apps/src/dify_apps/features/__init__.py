"""Features that apps of several modes share: moderation, annotation replies, external data, API extensions."""
