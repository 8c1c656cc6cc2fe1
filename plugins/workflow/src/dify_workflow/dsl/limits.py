"""How much one file may ask for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on the text of a file and on what it unfolds into. Real files stay far below all of them."""

    max_bytes: int = 10 * 1024 * 1024
    """Size of the text in UTF-8."""
    max_depth: int = 100
    """Mappings and lists inside each other."""
    max_values: int = 1_000_000
    """Mappings, lists and scalars, each alias counted as all that it stands for."""
