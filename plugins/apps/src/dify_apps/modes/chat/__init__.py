"""What the modes with messages have in common: conversations, message rows, the end of an answer."""
