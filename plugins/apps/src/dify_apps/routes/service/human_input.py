"""Forms by which runs ask people."""

from typing import Any

from pydantic import BaseModel

from dify_database import Database
from dify_files import Files
from dify_runtime_sdk.http import RequestContext, Routes

from ...api import Generator
from ...services import human_forms as service
from ...services.queries import seconds
from .calling import UserPayload, app_of, caller_of
from .fields import Inputs, Text

routes = Routes("service", tag="Human input")

_ERRORS = (service.FormNotFound, service.FormSubmitted, service.FormExpired)


class HumanInputForm(BaseModel):
    """A form: what it says, its fields with what they show at first, and its buttons."""

    form_content: str
    inputs: list[dict[str, Any]]
    resolved_default_values: dict[str, str]
    user_actions: list[dict[str, Any]]
    expiration_time: int | None


class HumanInputSubmitPayload(UserPayload):
    """An answer: the fields by name, and the button."""

    inputs: Inputs
    action: Text


@routes.get("/form/human_input/<form_token>", summary="A form that a run waits for", errors=_ERRORS)
async def form(context: RequestContext, form_token: str) -> HumanInputForm:
    """The form, for as long as it can be answered."""
    app = await app_of(context)
    found = await service.form_of(await context.runtime.services.get(Database), app, _token(form_token))
    return HumanInputForm(
        form_content=found.form["form_content"],
        inputs=found.form["inputs"],
        resolved_default_values=found.form["resolved_default_values"],
        user_actions=found.form["actions"],
        expiration_time=seconds(found.expires_at),
    )


@routes.post("/form/human_input/<form_token>", summary="Answer a form", errors=(service.InvalidFormData, *_ERRORS))
async def submit(context: RequestContext, form_token: str, body: HumanInputSubmitPayload) -> dict[str, Any]:
    """Answer the form; the first answer counts, whoever of the app's users gives it, and the run goes on."""
    app = await app_of(context)
    await caller_of(context, app, body.user)
    services = context.runtime.services
    database, files = await services.get(Database), await services.get(Files)
    await service.submit(database, files, app, _token(form_token), action=body.action, inputs=body.inputs)
    (await services.get(Generator)).wake()
    return {}


def _token(text: str) -> str:
    """The token; raises `FormNotFound` for what can be none."""
    if not text.isascii() or not text.isprintable():
        raise service.FormNotFound
    return text
