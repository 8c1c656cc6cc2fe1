"""Containers: iterations and loops, as node types and as drivers that run their inside frame by frame."""
