"""Running apps: chat, completion and workflow runs, their stop, and the events of a run."""

import uuid
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator

from dify_database import Database
from dify_runtime_sdk.http import NotFound, RequestContext, Routes

from ...api import App, Generator, RunRequest
from ...errors import AppUnavailable, NotChatApp, NotWorkflowApp
from ...runs.readers import FollowingReader
from ...services.ownership import owns_run
from ..streaming import answer, event_stream, last_event_id
from .calling import UserPayload, UserQuery, app_of, caller_of
from .fields import Inputs, encodable

routes = Routes("service", tag="Running apps")

_CHAT_MODES = frozenset({"chat", "agent-chat", "advanced-chat"})

type FileInput = Inputs
type Query = Annotated[str, AfterValidator(encodable)]


def _conversation(value: Any) -> Any:
    if not isinstance(value, str):
        return value  # the type says what is wrong with it
    if not value.strip():
        return None
    known = _uuid_or_none(value)
    if known is None:
        raise ValueError("conversation_id must be a valid UUID")
    return known


def _uuid_or_none(value: str) -> str | None:
    try:
        return str(uuid.UUID(value.strip()))
    except ValueError:
        return None


class ChatRequestPayload(UserPayload):
    """A turn of a conversation. `response_mode` left out is `blocking`."""

    inputs: Inputs
    query: Query
    files: list[FileInput] | None = None
    response_mode: Literal["blocking", "streaming"] | None = None
    conversation_id: Annotated[str | None, BeforeValidator(_conversation)] = None
    retriever_from: str = "dev"
    auto_generate_name: bool = True
    workflow_id: str | None = None


class CompletionRequestPayload(UserPayload):
    """A completion."""

    inputs: Inputs
    query: Query = ""
    files: list[FileInput] | None = None
    response_mode: Literal["blocking", "streaming"] | None = None
    retriever_from: str = "dev"


class WorkflowRunPayload(UserPayload):
    """A run of a workflow."""

    inputs: Inputs
    files: list[FileInput] | None = None
    response_mode: Literal["blocking", "streaming"] | None = None


class Success(BaseModel):
    """The answer of what has nothing to say."""

    result: Literal["success"] = "success"


class EventsQuery(UserQuery):
    """What events of a run to send."""

    include_state_snapshot: bool = False
    continue_on_pause: bool = False


@routes.post("/chat-messages", summary="Answer a turn of a conversation", timeout=0, errors=(NotChatApp,))
async def chat(context: RequestContext, body: ChatRequestPayload) -> Any:
    """Run a chat app."""
    app = await app_of(context)
    if app.mode not in _CHAT_MODES:
        raise NotChatApp
    options = {
        "query": body.query,
        "conversation_id": body.conversation_id,
        "auto_generate_name": body.auto_generate_name,
        "workflow_id": body.workflow_id or None,
    }
    return await _run(context, app, body, options)


@routes.post("/completion-messages", summary="Complete", timeout=0, errors=(AppUnavailable,))
async def complete(context: RequestContext, body: CompletionRequestPayload) -> Any:
    """Run a completion app."""
    app = await app_of(context)
    if app.mode != "completion":
        raise AppUnavailable
    return await _run(context, app, body, {"query": body.query})


@routes.post("/workflows/run", summary="Run the workflow", timeout=0, errors=(NotWorkflowApp,))
async def run_workflow(context: RequestContext, body: WorkflowRunPayload) -> Any:
    """Run the published version of a workflow app."""
    return await _run(context, await _workflow_app(context), body, {})


@routes.post("/workflows/<workflow_id>/run", summary="Run a version", timeout=0, errors=(NotWorkflowApp,))
async def run_version(context: RequestContext, workflow_id: str, body: WorkflowRunPayload) -> Any:
    """Run one published version of a workflow app."""
    return await _run(context, await _workflow_app(context), body, {"workflow_id": workflow_id})


@routes.post("/chat-messages/<task_id>/stop", summary="Stop an answer", errors=(NotChatApp,))
async def stop_chat(context: RequestContext, task_id: str, body: UserPayload) -> Success:
    """Stop a run of a chat app, if it is the user's; succeeds in any case."""
    app = await app_of(context)
    if app.mode not in _CHAT_MODES:
        raise NotChatApp
    return await _stop(context, app, task_id, body.user)


@routes.post("/completion-messages/<task_id>/stop", summary="Stop a completion", errors=(AppUnavailable,))
async def stop_completion(context: RequestContext, task_id: str, body: UserPayload) -> Success:
    """Stop a run of a completion app, if it is the user's; succeeds in any case."""
    app = await app_of(context)
    if app.mode != "completion":
        raise AppUnavailable
    return await _stop(context, app, task_id, body.user)


@routes.post("/workflows/tasks/<task_id>/stop", summary="Stop a run", errors=(NotWorkflowApp,))
async def stop_workflow(context: RequestContext, task_id: str, body: UserPayload) -> Success:
    """Stop a run of a workflow app, whoever asked for it; succeeds in any case."""
    app, known = await _workflow_app(context), _uuid_or_none(task_id)
    await caller_of(context, app, body.user)
    if known is not None:
        await (await context.runtime.services.get(Generator)).stop(known, caller=None, app_id=app.id)
    return Success()


@routes.get("/workflow/<uuid:workflow_run_id>/events", summary="The events of a run", timeout=0, errors=(NotFound,))
async def run_events(context: RequestContext, workflow_run_id: uuid.UUID, query: EventsQuery) -> Any:
    """What the user's run tells after `Last-Event-ID`; also of a run that waits, or has ended lately.

    Without that, what it tells since it last waited, or its end; with `include_state_snapshot` everything.
    """
    app = await app_of(context)
    generator = await context.runtime.services.get(Generator)
    caller, database = await caller_of(context, app, query.user), await context.runtime.services.get(Database)
    mine = await owns_run(database, app, caller, str(workflow_run_id))
    find = partial(generator.reader, run_id=str(workflow_run_id), app_id=app.id)
    reader = await find() if mine else None
    if reader is None:
        raise NotFound("Workflow run not found")
    after = last_event_id(context) or (None if query.include_state_snapshot else str(reader.told))
    return event_stream(FollowingReader(reader, find if query.continue_on_pause else None), after=after)


async def _workflow_app(context: RequestContext) -> App:
    app = await app_of(context)
    if app.mode != "workflow":
        raise NotWorkflowApp
    return app


async def _run(
    context: RequestContext,
    app: App,
    body: ChatRequestPayload | CompletionRequestPayload | WorkflowRunPayload,
    options: dict[str, Any],
) -> Any:
    streaming = body.response_mode == "streaming"
    request = RunRequest(
        app=app,
        caller=await caller_of(context, app, body.user),
        inputs=body.inputs,
        files=body.files or (),
        streaming=streaming,
        **options,
    )
    generator = await context.runtime.services.get(Generator)
    return await answer(await generator.generate(request), streaming=streaming)


async def _stop(context: RequestContext, app: App, task_id: str, user: str) -> Success:
    generator = await context.runtime.services.get(Generator)
    await generator.stop(task_id, caller=await caller_of(context, app, user))
    return Success()
