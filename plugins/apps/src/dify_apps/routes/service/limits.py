"""Limits of bodies that are Dify's, and no settings."""

from typing import Final

LONGEST_AUDIO: Final = 30 << 20
"""Bytes of sound that are written down at once."""
