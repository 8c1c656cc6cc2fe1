"""What the commands read: the app file, inputs and stubs; wrong ones are errors of usage (exit status 2)."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from dify_runtime_sdk.workflow import File

from ..dsl import Document, FormType, FormVariable, input_form, load
from ..standalone.files import LocalFiles

FILE: Final = click.Path(dir_okay=False, path_type=Path)
_WRAPPED: Final = frozenset(("stubs", "node_overrides"))
_AS_JSON: Final = (FormType.NUMBER, FormType.CHECKBOX, FormType.JSON_OBJECT)


def read_app(path: Path) -> Document:
    """The app file at `path`; raises `DslError`."""
    return load(_content(path, "APP"))


def read_object(path: Path, option: str) -> dict[str, Any]:
    """The JSON object in a file."""
    try:
        value = json.loads(_content(path, option))
    except ValueError as error:
        raise click.BadParameter(f"{path} is not JSON: {error}", param_hint=option) from None
    if not isinstance(value, dict):
        raise click.BadParameter(f"{path} does not hold a JSON object", param_hint=option)
    return value


def read_stubs(path: Path | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The stubs and the overrides of nodes in a file: stubs alone, or an object with `stubs` and `node_overrides`."""
    given = read_object(path, "--stubs") if path else {}
    if not given.keys() & _WRAPPED:
        return given, {}
    stubs, overrides = given.get("stubs", {}), given.get("node_overrides", {})
    if given.keys() - _WRAPPED or not (isinstance(stubs, dict) and isinstance(overrides, dict)):
        message = f"{path} does not hold an object with `stubs` and `node_overrides` by node id"
        raise click.BadParameter(message, param_hint="--stubs")
    return stubs, overrides


def _content(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise click.BadParameter(f"{path}: {error.strerror}", param_hint=option) from None


def read_inputs(document: Document, given: Iterable[str], more: Mapping[str, Any], files: LocalFiles) -> dict[str, Any]:
    """The inputs of a run: those of a JSON file, and over them `key=value` pairs, read by their declared types.

    A pair for no input is an error; of a file, what the form does not ask for is left out, as a server does.
    """
    form = {variable.variable: variable for variable in input_form(document)}
    wanted = {name: value for name, value in more.items() if not form or name in form}
    inputs = {name: _from_file(form.get(name), name, value, files) for name, value in wanted.items()}
    for pair in given:
        name, equals, text = pair.partition("=")
        if not equals:
            raise click.BadParameter(f"{pair!r} is not key=value", param_hint="--input")
        if form and name not in form:
            raise click.UsageError(f"the app has no input {name!r}; it has: {', '.join(form)}")
        inputs[name] = _read(form.get(name), name, text, files)
    return inputs


def _from_file(variable: FormVariable | None, name: str, value: Any, files: LocalFiles) -> Any:
    """A value of `--inputs`: JSON already, but files may be given by their paths there too."""
    kind = variable.type if variable else None
    if kind is FormType.FILE and isinstance(value, str):
        return local_file(Path(value), name, files)
    if kind is FormType.FILE_LIST and isinstance(value, list):
        return [local_file(Path(item), name, files) if isinstance(item, str) else item for item in value]
    return value


def _read(variable: FormVariable | None, name: str, text: str, files: LocalFiles) -> Any:
    if variable is None:  # a run by a trigger has no form
        return _json_or_text(text)
    if variable.type is FormType.FILE:
        return _from_file(variable, name, _json_or_text(text, dict), files)
    if variable.type is FormType.FILE_LIST:
        value = _json_or_text(text, list)
        return _from_file(variable, name, [value] if isinstance(value, str) else value, files)
    if variable.type not in _AS_JSON:
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.BadParameter(
            f"{name} is of type {variable.type.value}, and {text!r} is not JSON: {error}", param_hint="--input"
        ) from None


def _json_or_text(text: str, kind: type | None = None) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if kind is None or isinstance(value, kind) else text


def local_file(path: Path, name: str, files: LocalFiles) -> File:
    """A file of this machine as an input of a run."""
    try:
        return files.add(path)
    except OSError as error:
        raise click.BadParameter(f"{path}: {error.strerror}", param_hint=name) from None
