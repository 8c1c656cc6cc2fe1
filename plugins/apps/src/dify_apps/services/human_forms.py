"""Forms that runs of an app wait for: shown, and answered once."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from dify_database import Database, utc_now
from dify_files import FileRules, Files, FilesError
from dify_runtime_sdk.http import BadRequest, HttpError, NotFound
from dify_runtime_sdk.workflow import FileType, TransferMethod, from_json, to_text

from ..api import App
from ..runs.forms import answer_form
from ..tables.runs import RUNTIME_FORMS
from .queries import row_of

_OUTPUT: Final = re.compile(r"\{\{#\$output\.([A-Za-z_][A-Za-z0-9_]*)#\}\}")
"""Where a form shows a field."""
_FILES: Final = frozenset({"file", "file-list"})


class FormNotFound(NotFound):
    """404: the app waits for no such form."""

    default_message = "Form not found"


class FormSubmitted(HttpError):
    """412: the form was answered before."""

    status = 412
    code = "human_input_form_submitted"
    default_message = "This form has already been submitted by another user."


class FormExpired(HttpError):
    """412: the time to answer is over."""

    status = 412
    code = "human_input_form_expired"
    default_message = "This form has expired."


class InvalidFormData(BadRequest):
    """400: the answer does not fit the form."""

    code = "invalid_form_data"
    default_message = "The answer does not fit the form."


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form that can be answered."""

    id: str
    run_id: str
    expires_at: datetime
    form: Mapping[str, Any]


async def form_of(database: Database, app: App, token: str) -> OpenForm:
    """The form with that token; raises `FormNotFound`, `FormSubmitted` and `FormExpired`."""
    table = RUNTIME_FORMS.c
    mine = table.token == token, table.app_id == app.id, table.tenant_id == app.tenant_id
    row = await row_of(database, select(RUNTIME_FORMS).where(*mine))
    if row is None:
        raise FormNotFound
    if row.expires_at < utc_now():
        raise FormExpired(f"This form has expired, form_id={row.id}")
    if row.answered_at is not None:
        raise _submitted(row.id)
    return OpenForm(row.id, row.run_id, row.expires_at, json.loads(row.form))


async def submit(
    database: Database, files: Files, app: App, token: str, *, action: str, inputs: Mapping[str, Any]
) -> None:
    """Answer the form, which lets its run go on; raises what `form_of` raises, and `InvalidFormData`."""
    form = await form_of(database, app, token)
    actions = {one["id"]: one["title"] for one in form.form["actions"]}
    if action not in actions:
        raise InvalidFormData(f"Invalid action: {action}")
    fields = form.form["inputs"]
    missing = [name for name in map(_name, fields) if inputs.get(name) is None]
    if missing:
        raise InvalidFormData(f"Missing required inputs: {', '.join(missing)}")
    given = {_name(field): await _checked(field, inputs[_name(field)], files, app) for field in fields}
    answer = {
        "action": action,
        "action_text": actions[action],
        "inputs": given,
        "rendered_content": _rendered(form.form["form_content"], given),
    }
    if not await answer_form(database, form.id, form.run_id, answer):
        raise _submitted(form.id)


async def _checked(field: Mapping[str, Any], value: Any, files: Files, app: App) -> Any:
    """The value as a run takes it; raises `InvalidFormData`."""
    if field["type"] in _FILES:
        return await _files(field, value, files, app)
    if not isinstance(value, str):
        raise InvalidFormData(f"{_name(field)} must be a string")
    options = (field.get("option_source") or {}).get("value")
    if field["type"] == "select" and value not in (options or ()):
        raise InvalidFormData(f"{_name(field)} must be one of the following: {options}")
    return value


async def _files(field: Mapping[str, Any], value: Any, files: Files, app: App) -> Any:
    several = field["type"] == "file-list"
    given = value if several else [value]
    if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
        raise InvalidFormData(f"{_name(field)} must be {'a list of files' if several else 'a file'}")
    try:
        rules = _rules(field, several=several)
        found = await files.inputs(given, rules=rules, tenant_id=app.tenant_id, strict_type=True)
    except (FilesError, ValueError) as error:
        raise InvalidFormData(str(error)) from error
    if len(found) < len(given):
        raise InvalidFormData(f"{_name(field)} names a file incompletely")
    shown: Sequence[Any] = [one.to_json() for one in found]
    return shown if several else shown[0]


def _rules(field: Mapping[str, Any], *, several: bool) -> FileRules:
    return FileRules(
        types=frozenset(map(FileType, field.get("allowed_file_types") or FileType)),
        extensions=tuple(field.get("allowed_file_extensions") or ()),
        methods=frozenset(
            map(TransferMethod, field.get("allowed_file_upload_methods") or ("local_file", "remote_url"))
        ),
        number_limit=field.get("number_limits") if several else 1,
    )


def _rendered(content: str, given: Mapping[str, Any]) -> str:
    """The form's text with what was answered in the place of each field."""
    return _OUTPUT.sub(lambda match: to_text(from_json(given.get(match[1], ""))), content)


def _name(field: Mapping[str, Any]) -> str:
    return str(field["output_variable_name"])


def _submitted(form_id: str) -> FormSubmitted:
    return FormSubmitted(f"This form has already been submitted by another user, form_id={form_id}")
