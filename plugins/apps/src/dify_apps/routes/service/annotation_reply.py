"""Annotation replies turned on and off."""

import uuid
from typing import Literal, cast, get_args

from pydantic import BaseModel

from dify_runtime_sdk.http import BadRequest, InvalidParam, NotFound, RequestContext, Routes
from dify_runtime_sdk.models import ModelId

from ...services import annotation_reply as service
from .calling import app_of
from .fields import Text
from .kinds import owner_of

routes = Routes("service", tag="Annotations")


class AnnotationRepliesMissing(BadRequest):
    """400: this server runs no tasks, and so none that could do it."""

    code = "annotation_reply_unavailable"
    default_message = (
        "Annotation replies cannot be changed here: the plugins tasks and apps-annotations are not loaded."
    )


class AnnotationReplyActionPayload(BaseModel):
    """How alike questions must be, from 0 to 1, and the model that tells; wanted for turning off too, as in Dify."""

    score_threshold: float
    embedding_provider_name: Text
    embedding_model_name: Text


class AnnotationReplyJob(BaseModel):
    """A job that was taken."""

    job_id: str
    job_status: Literal["waiting", "processing"]


class AnnotationReplyStatus(BaseModel):
    """What became of a job."""

    job_id: str
    job_status: str
    error_msg: str


@routes.post(
    "/apps/annotation-reply/<action>",
    summary="Turn annotation replies on or off",
    errors=(AnnotationRepliesMissing, NotFound),
)
async def start(context: RequestContext, action: str, body: AnnotationReplyActionPayload) -> AnnotationReplyJob:
    """Have a job turn annotation replies of the app on (`enable`) or off (`disable`)."""
    app = await app_of(context)
    job_id, job_status = await (await _replies(context)).start(
        app,
        _action(action),
        account_id=owner_of(context),
        score_threshold=body.score_threshold,
        model=ModelId(body.embedding_provider_name, body.embedding_model_name),
    )
    return AnnotationReplyJob(job_id=job_id, job_status=job_status)


@routes.get(
    "/apps/annotation-reply/<action>/status/<uuid:job_id>",
    summary="A job",
    errors=(AnnotationRepliesMissing, InvalidParam, NotFound),
)
async def status(context: RequestContext, action: str, job_id: uuid.UUID) -> AnnotationReplyStatus:
    """What became of a job of the app."""
    app = await app_of(context)
    state, error = await (await _replies(context)).status(app, _action(action), str(job_id))
    return AnnotationReplyStatus(job_id=str(job_id), job_status=state, error_msg=error)


async def _replies(context: RequestContext) -> service.AnnotationReplies:
    services = context.runtime.services
    if not services.offered(service.AnnotationReplies):
        raise AnnotationRepliesMissing
    return await services.get(service.AnnotationReplies)


def _action(name: str) -> service.Action:
    if name not in get_args(service.Action.__value__):
        raise NotFound
    return cast("service.Action", name)
