"""What a document asks its users for."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from .document import Document
from .errors import DslStructureError, Path, Problem
from .graph import mappings
from .limits import Limits
from .locating import locate
from .models import FormVariable
from .structure import numbered


def input_form(document: Document, *, datasource: str | None = None) -> tuple[FormVariable, ...]:
    """The form of an app: variables of its start node, or its `user_input_form`; empty where it has neither.

    A pipeline has one form per data source: shared variables and those of the node `datasource`; without that, all.
    Raises `DslStructureError` when a declaration cannot be understood.
    """
    form, problems = read_form(document, datasource=datasource)
    if problems:
        raise DslStructureError(locate(problems, document.raw, document.source, Limits()))
    return form


def read_form(
    document: Document, *, datasource: str | None = None
) -> tuple[tuple[FormVariable, ...], tuple[Problem, ...]]:
    """The form as far as it can be understood, and what cannot."""
    if document.kind == "rag_pipeline":
        return _of_pipeline(document, datasource), ()
    form: list[FormVariable] = []
    problems: list[Problem] = []
    for path, declaration in _declarations(document):
        try:
            form.append(FormVariable.model_validate(declaration))
        except ValidationError as error:
            problems += [
                Problem("invalid_form", details["msg"], (*path, *details["loc"]))
                for details in error.errors(include_url=False)
            ]
    return tuple(form), tuple(problems)


def _of_pipeline(document: Document, datasource: str | None) -> tuple[FormVariable, ...]:
    variables = document.workflow.rag_pipeline_variables if document.workflow is not None else []
    wanted = {"shared", datasource}
    return tuple(item.form_variable for item in variables if datasource is None or item.belong_to_node_id in wanted)


def _declarations(document: Document) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The declarations in the shape of a start node's, each with its place."""
    if document.model_config is not None:
        for index, item in enumerate(document.raw["model_config"].get("user_input_form") or ()):
            for kind, field in item.items():
                yield ("model_config", "user_input_form", index, kind), {**field, "type": kind}
        return
    for index, node in numbered(document.raw, "nodes"):
        if node["data"].get("type") == "start":
            path: Path = ("workflow", "graph", "nodes", index, "data", "variables")
            for place, item in enumerate(mappings(node["data"].get("variables"))):
                yield (*path, place), item
            return
