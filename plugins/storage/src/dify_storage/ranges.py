"""The arguments of a ranged read."""


def check_range(start: int, length: int | None, chunk_size: int) -> None:
    """Raise `ValueError` for a range that no object has, or chunks that never end."""
    if start < 0 or (length is not None and length < 0):
        raise ValueError("start and length of a range are not negative")
    if chunk_size < 1:
        raise ValueError("a chunk has at least one byte")
