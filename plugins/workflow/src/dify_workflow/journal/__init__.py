"""Journals: in memory and in a file, and the entries that the engine writes."""

from .file import FileJournal
from .memory import MemoryJournal

__all__ = ["FileJournal", "MemoryJournal"]
