"""Annotations: answers that people gave, to be given again."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update

from dify_database import Database, utc_now, uuid4_text
from dify_runtime_sdk.http import NotFound

from ..api import App
from ..tables.annotations import APP_ANNOTATION_HIT_HISTORIES, MESSAGE_ANNOTATIONS
from .queries import row_of, rows_of, write

_TABLE = MESSAGE_ANNOTATIONS


class AnnotationNotFound(NotFound):
    """404: the app has no such annotation."""

    default_message = "Annotation not found"


async def list_annotations(
    database: Database, app: App, *, keyword: str, page: int, limit: int
) -> tuple[Sequence[Any], int]:
    """A page of the annotations that mention the keyword, the newest first, and how many there are."""
    conditions = [_TABLE.c.app_id == app.id]
    if keyword:
        mentions = (column.icontains(keyword, autoescape=True) for column in (_TABLE.c.question, _TABLE.c.content))
        conditions.append(or_(*mentions))
    total = await row_of(database, select(func.count()).select_from(_TABLE).where(*conditions))
    newest = _TABLE.c.created_at.desc(), _TABLE.c.id.desc()
    query = select(_TABLE).where(*conditions).order_by(*newest).limit(limit).offset((page - 1) * limit)
    return await rows_of(database, query), total[0]


async def create_annotation(
    database: Database, app: App, *, account_id: str, question: str, answer: str
) -> dict[str, Any]:
    """Add an annotation; the row."""
    now = utc_now()
    values = {
        "id": uuid4_text(),
        "app_id": app.id,
        "question": question,
        "content": answer,
        "hit_count": 0,
        "account_id": account_id,
        "created_at": now,
        "updated_at": now,
    }
    await write(database, insert(_TABLE).values(**values))
    return values


async def change_annotation(
    database: Database, app: App, annotation_id: str, *, question: str, answer: str
) -> dict[str, Any]:
    """Word an annotation anew; the row. Raises `AnnotationNotFound`."""
    row = await _get(database, app, annotation_id)
    changes = {"question": question, "content": answer, "updated_at": utc_now()}
    await write(database, update(_TABLE).where(_TABLE.c.id == row.id, _TABLE.c.app_id == app.id).values(**changes))
    return {**row._mapping, **changes}  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping


async def delete_annotation(database: Database, app: App, annotation_id: str) -> None:
    """Delete an annotation and what is known of its use; raises `AnnotationNotFound`."""
    row = await _get(database, app, annotation_id)
    history = APP_ANNOTATION_HIT_HISTORIES.c
    await write(
        database,
        delete(APP_ANNOTATION_HIT_HISTORIES).where(history.annotation_id == row.id, history.app_id == app.id),
        delete(_TABLE).where(_TABLE.c.id == row.id, _TABLE.c.app_id == app.id),
    )


async def _get(database: Database, app: App, annotation_id: str) -> Any:
    row = await row_of(database, select(_TABLE).where(_TABLE.c.id == annotation_id, _TABLE.c.app_id == app.id))
    if row is None:
        raise AnnotationNotFound
    return row
