"""Models that answer from a script: what tests import."""

from .rules import Rule, Script

__all__ = ["Rule", "Script"]
