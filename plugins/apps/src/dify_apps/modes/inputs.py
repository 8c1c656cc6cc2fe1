"""What a client sends to an app, checked against the app's form and its rules for files."""

from collections.abc import Mapping, Sequence
from typing import Any

from dify_files import FileRules, Files
from dify_runtime_sdk.http import InvalidParam
from dify_runtime_sdk.workflow import File, FileType, TransferMethod
from dify_workflow.dsl import Features, FormType, FormVariable, InputsError, validate_inputs

from ..api import InvokeFrom, RunRequest

_FILE_FIELDS = frozenset({FormType.FILE, FormType.FILE_LIST})


def graph_form(graph: Mapping[str, Any]) -> tuple[FormVariable, ...]:
    """The form of a graph: the variables of its start node."""
    for node in graph.get("nodes", ()):
        data = node.get("data", {})
        if data.get("type") == "start":
            return tuple(FormVariable.model_validate(item) for item in data.get("variables", ()))
    return ()


def config_form(config: Mapping[str, Any]) -> tuple[FormVariable, ...]:
    """The form of a model configuration: its `user_input_form`."""
    return tuple(
        FormVariable.model_validate({**field, "type": kind})
        for item in config.get("user_input_form") or ()
        for kind, field in item.items()
    )


async def checked_inputs(form: Sequence[FormVariable], request: RunRequest, files: Files) -> dict[str, Any]:
    """The inputs as a run takes them; raises `InvalidParam` with Dify's text."""
    if request.caller.invoke_from is InvokeFrom.TRIGGER:
        return dict(request.inputs)
    try:
        values = validate_inputs(form, request.inputs)
    except InputsError as error:
        raise InvalidParam(error.problems[0].message) from error
    for field in form:
        if field.type in _FILE_FIELDS and values.get(field.variable) is not None:
            values[field.variable] = await _files(field, values[field.variable], request, files)
    return values


async def checked_files(features: Features, request: RunRequest, files: Files) -> list[File]:
    """The files beside the inputs, by the app's rules for them.

    Where the app takes none, those of a message are dropped; a workflow gets them all the same, as in Dify.
    """
    upload = features.file_upload
    if not request.files or not (upload.enabled or request.app.mode == "workflow"):
        return []
    rules = FileRules()
    if upload.enabled:
        rules = FileRules(
            types=frozenset(FileType(one) for one in upload.allowed_file_types or list(FileType)),
            extensions=tuple(upload.allowed_file_extensions),
            methods=_methods(upload.allowed_file_upload_methods),
            number_limit=upload.number_limits,
        )
    return await files.inputs(request.files, rules=rules, tenant_id=request.app.tenant_id, strict_type=_strict(request))


async def _files(field: FormVariable, value: Any, request: RunRequest, files: Files) -> Any:
    several = field.type is FormType.FILE_LIST
    rules = FileRules(
        types=frozenset(FileType(one) for one in field.allowed_file_types or list(FileType)),
        extensions=tuple(field.allowed_file_extensions),
        methods=_methods(field.allowed_file_upload_methods),
        number_limit=field.max_length if several else 1,
    )
    found = await files.inputs(
        value if several else [value], rules=rules, tenant_id=request.app.tenant_id, strict_type=_strict(request)
    )
    if several:
        return found
    if not found:
        raise InvalidParam(f"{field.variable} in input form must be a file")
    return found[0]


def _methods(names: Sequence[str] | None) -> frozenset[TransferMethod]:
    if not names:
        return frozenset({TransferMethod.LOCAL_FILE, TransferMethod.REMOTE_URL})
    return frozenset(TransferMethod(name) for name in names)


def _strict(request: RunRequest) -> bool:
    return request.caller.invoke_from is InvokeFrom.SERVICE_API
