"""The JSON Schema of app files, for editors and for programs in other languages."""

from typing import Any, Final

from pydantic import TypeAdapter

from .models import AppFile, PipelineFile

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema of files of both kinds, derived from the models.

    It allows fields and node types that the models do not know, as loading does. What it cannot say: limits of size,
    ids that occur twice, and values of variables against their types.
    """
    return {"$schema": DIALECT, **TypeAdapter[Any](AppFile | PipelineFile).json_schema(), "title": "Dify DSL"}
