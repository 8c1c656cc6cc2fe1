"""What must hold for the sections of a file; beyond it, files are taken as they are."""

from collections import Counter
from typing import Any, Final

from pydantic import ValidationError

from .errors import MAX_PROBLEMS, DslStructureError, Path, Problem
from .models import AppFile, AppMode, PipelineFile

PIPELINE: Final = "rag_pipeline"
_GRAPH: Final = ("workflow", "graph")
_MAX_DETAILS: Final = 10_000
"""Details of more problems would take more memory than the file."""


def parse(raw: dict[str, Any], max_variable_size: int) -> AppFile | PipelineFile:
    """The typed views of a file; raises `DslStructureError` with all problems."""
    is_pipeline = raw.get("kind") == PIPELINE
    problems = [*_missing_sections(raw, is_pipeline=is_pipeline), *_repeated_ids(raw)]
    model = PipelineFile if is_pipeline else AppFile
    file = None
    try:
        file = model.model_validate(raw, context={"max_variable_size": max_variable_size})
    except ValidationError as error:
        problems += _problems(error, {problem.path for problem in problems})
    if problems or file is None:
        raise DslStructureError(problems[:MAX_PROBLEMS])
    return file


def _problems(error: ValidationError, told: set[Path]) -> list[Problem]:
    """What a model found, but for problems that are told already; so many that nobody reads them are only counted."""
    if (count := error.error_count()) > _MAX_DETAILS:
        return [Problem("too_many_problems", f"{count} fields are missing or of the wrong kind")]
    found = map(_problem, error.errors(include_url=False, include_input=False))
    return [problem for problem in found if not _is_in(problem, told)]


def _is_in(problem: Problem, paths: set[Path]) -> bool:
    """Whether one of the paths is that of the problem, or leads to it."""
    return any(problem.path[:length] in paths for length in range(1, len(problem.path) + 1))


def _missing_sections(raw: dict[str, Any], *, is_pipeline: bool) -> list[Problem]:
    if is_pipeline:
        if not isinstance(raw.get(PIPELINE), dict):
            return [Problem("missing_pipeline", "Missing rag_pipeline data in YAML content", (PIPELINE,))]
        return _missing_index(raw)
    app = raw.get("app")
    if not app:
        return [Problem("missing_app", "Missing app data in YAML content", ("app",))]
    mode = app.get("mode") if isinstance(app, dict) else None
    if mode not in list(AppMode) or mode == AppMode.CHANNEL:
        return []
    section = "workflow" if AppMode(mode).has_graph else "model_config"
    if raw.get(section):
        return []
    return [Problem("missing_section", f"an app of the mode {mode} needs the section {section}", (section,))]


def _missing_index(raw: dict[str, Any]) -> list[Problem]:
    if any(_data(node).get("type") == "knowledge-index" for _, node in numbered(raw, "nodes")):
        return []
    message = "DSL is not valid, please check the Knowledge Index node."
    return [Problem("missing_knowledge_index", message, (*_GRAPH, "nodes"))]


def _repeated_ids(raw: dict[str, Any]) -> list[Problem]:
    counts = Counter(node.get("id") for _, node in numbered(raw, "nodes") if isinstance(node.get("id"), str))
    return [
        Problem("duplicate_node", f"{counts[node['id']]} nodes have the id {node['id']!r}", (*_GRAPH, "nodes", i, "id"))
        for i, node in numbered(raw, "nodes")
        if isinstance(node.get("id"), str) and counts[node["id"]] > 1
    ]


def numbered(raw: Any, kind: str) -> list[tuple[int, dict[str, Any]]]:
    """The mappings among the `nodes` or `edges` of a file with their indexes; never fails, whatever the file holds."""
    values = raw
    for key in (*_GRAPH, kind):
        values = values.get(key) if isinstance(values, dict) else None
    items = values if isinstance(values, list) else []
    return [(index, item) for index, item in enumerate(items) if isinstance(item, dict)]


def _data(node: dict[str, Any]) -> dict[str, Any]:
    data = node.get("data")
    return data if isinstance(data, dict) else {}


def _problem(error: Any) -> Problem:
    """One problem from an error of a model; the values, which may be secret, are left out."""
    path: Path = tuple(error["loc"])
    if error["type"] == "missing":
        return Problem("missing_field", f"the field {path[-1]!r} is missing", path)
    if error["type"] == "missing_node_type":
        path = (*path, "data", "type")
    return Problem(_CODES.get(error["type"], "invalid_field"), error["msg"], path)


_CODES: Final = {code: code for code in ("missing_value", "invalid_value", "variable_too_large", "missing_node_type")}
