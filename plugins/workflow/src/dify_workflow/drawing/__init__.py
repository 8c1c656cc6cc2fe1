"""Graphs of app files as text, Mermaid and SVG."""

from .mermaid import to_mermaid
from .sketch import Link, Shape, Sketch, sketch
from .svg import to_svg
from .text import to_text

__all__ = ["Link", "Shape", "Sketch", "sketch", "to_mermaid", "to_svg", "to_text"]
