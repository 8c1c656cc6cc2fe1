"""The parsers, each a function `(content, extension) -> text` that runs in a worker process only."""
