"""Annotations: answers that people gave, to be given again."""

import uuid
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from dify_database import Database
from dify_runtime_sdk.http import RequestContext, Routes

from ...services import annotations as service
from ...services.queries import seconds
from .calling import app_of
from .fields import Page, Text
from .kinds import owner_of

routes = Routes("service", tag="Annotations")

_LONGEST_PAGE = 100


class AnnotationCreatePayload(BaseModel):
    """A question and what to answer."""

    question: Text = Field(min_length=1)
    answer: Text = Field(min_length=1)


class AnnotationListQuery(BaseModel):
    """Which annotations; a page has 100 at most."""

    page: Page = 1
    limit: int = Field(20, ge=1)
    keyword: Text = ""


class Annotation(BaseModel):
    """An annotation; `hit_count` says how often it answered."""

    id: str
    question: str | None
    answer: str | None
    hit_count: int | None
    created_at: int | None


class AnnotationPage(BaseModel):
    """A page of annotations."""

    data: list[Annotation]
    has_more: bool
    limit: int
    total: int
    page: int


@routes.get("/apps/annotations", summary="Annotations")
async def annotations(context: RequestContext, query: AnnotationListQuery) -> AnnotationPage:
    """The annotations, the newest first."""
    app = await app_of(context)
    database = await context.runtime.services.get(Database)
    limit = min(query.limit, _LONGEST_PAGE)
    rows, total = await service.list_annotations(database, app, keyword=query.keyword, page=query.page, limit=limit)
    return AnnotationPage(
        data=[_shown(row._mapping) for row in rows],  # noqa: SLF001 - SQLAlchemy's public name
        has_more=total > query.page * limit,
        limit=limit,
        total=total,
        page=query.page,
    )


@routes.post("/apps/annotations", summary="Add an annotation", status=201)
async def create(context: RequestContext, body: AnnotationCreatePayload) -> Annotation:
    """Add an annotation, as the workspace's owner."""
    app = await app_of(context)
    database = await context.runtime.services.get(Database)
    row = await service.create_annotation(
        database, app, account_id=owner_of(context), question=body.question, answer=body.answer
    )
    return _shown(row)


@routes.put(
    "/apps/annotations/<uuid:annotation_id>", summary="Change an annotation", errors=(service.AnnotationNotFound,)
)
async def change(context: RequestContext, annotation_id: uuid.UUID, body: AnnotationCreatePayload) -> Annotation:
    """Word an annotation anew."""
    app = await app_of(context)
    database = await context.runtime.services.get(Database)
    row = await service.change_annotation(database, app, str(annotation_id), question=body.question, answer=body.answer)
    return _shown(row)


@routes.delete(
    "/apps/annotations/<uuid:annotation_id>", summary="Delete an annotation", errors=(service.AnnotationNotFound,)
)
async def delete(context: RequestContext, annotation_id: uuid.UUID) -> None:
    """Delete an annotation."""
    app = await app_of(context)
    await service.delete_annotation(await context.runtime.services.get(Database), app, str(annotation_id))


def _shown(row: Mapping[str, Any]) -> Annotation:
    return Annotation(
        id=row["id"],
        question=row["question"],
        answer=row["content"],
        hit_count=row["hit_count"],
        created_at=seconds(row["created_at"]),
    )
