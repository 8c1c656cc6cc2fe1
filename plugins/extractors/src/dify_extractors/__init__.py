"""Texts out of documents: the service `dify_runtime_sdk.documents.DocumentExtractor`.

Imports nothing: a worker process begins here, and pays for what this module imports.
"""

__all__: list[str] = []
