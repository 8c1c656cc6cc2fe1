"""The app modes of this distribution."""
