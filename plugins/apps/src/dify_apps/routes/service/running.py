"""Running apps: chat, completion and workflow runs, their stop, and the events of a run."""

import uuid
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator

from dify_runtime_sdk.http import NotFound, RequestContext, Routes

from ...api import App, Generator, RunRequest
from ...errors import AppUnavailable, NotChatApp, NotWorkflowApp
from ..streaming import answer, event_stream, last_event_id
from .calling import UserPayload, UserQuery, app_of, caller_of

routes = Routes("service", tag="Running apps")

_CHAT_MODES = frozenset({"chat", "agent-chat", "advanced-chat"})

type FileInput = dict[str, Any]


def _conversation(value: Any) -> Any:
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        return str(uuid.UUID(value.strip()))
    except ValueError:
        raise ValueError("conversation_id must be a valid UUID") from None


class ChatRequestPayload(UserPayload):
    """A turn of a conversation. `response_mode` left out is `blocking`."""

    inputs: dict[str, Any]
    query: str
    files: list[FileInput] | None = None
    response_mode: Literal["blocking", "streaming"] | None = None
    conversation_id: Annotated[str | None, BeforeValidator(_conversation)] = None
    retriever_from: str = "dev"
    auto_generate_name: bool = True
    workflow_id: str | None = None


class CompletionRequestPayload(UserPayload):
    """A completion."""

    inputs: dict[str, Any]
    query: str = ""
    files: list[FileInput] | None = None
    response_mode: Literal["blocking", "streaming"] | None = None
    retriever_from: str = "dev"


class WorkflowRunPayload(UserPayload):
    """A run of a workflow."""

    inputs: dict[str, Any]
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
    """Stop a run of a workflow app; succeeds in any case."""
    app = await _workflow_app(context)
    return await _stop(context, app, task_id, body.user)


@routes.get("/workflow/<uuid:workflow_run_id>/events", summary="The events of a run", timeout=0, errors=(NotFound,))
async def run_events(context: RequestContext, workflow_run_id: uuid.UUID, query: EventsQuery) -> Any:
    """All events of a run, or those after `Last-Event-ID`; also of a run that has ended lately."""
    app = await app_of(context)
    generator = await context.runtime.services.get(Generator)
    reader = await generator.reader(run_id=str(workflow_run_id), app_id=app.id)
    if reader is None:
        raise NotFound("Workflow run not found")
    return event_stream(reader, after=last_event_id(context))


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
