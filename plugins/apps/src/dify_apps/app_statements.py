"""The statements that read apps, and what they run.

Made once: what differs from request to request is parameters, so that nothing is compiled anew.
"""

from typing import Any, Final

from sqlalchemy import Select, bindparam, select

from .tables.apps import APP_MODEL_CONFIGS, APPS
from .tables.workflows import WORKFLOWS

APP: Final = select(
    *(
        APPS.c[name]
        for name in (
            "id",
            "tenant_id",
            "name",
            "mode",
            "status",
            "enable_api",
            "enable_site",
            "max_active_requests",
            "app_model_config_id",
            "workflow_id",
            "updated_at",
        )
    )
).where(APPS.c.id == bindparam("app"), APPS.c.tenant_id == bindparam("tenant"))

NEWEST: Final = (
    select(APPS.c.id)
    .where(APPS.c.tenant_id == bindparam("tenant"))
    .order_by(APPS.c.created_at.desc(), APPS.c.id)
    .limit(bindparam("most"))
)
CONFIG: Final = select(APP_MODEL_CONFIGS).where(
    APP_MODEL_CONFIGS.c.id == bindparam("one"), APP_MODEL_CONFIGS.c.app_id == bindparam("app")
)
PUBLISHED: Final = select(WORKFLOWS).where(WORKFLOWS.c.id == bindparam("one"), WORKFLOWS.c.app_id == bindparam("app"))


def version(workflow_id: str, *, app_id: str, tenant_id: str) -> Select[Any]:
    """One version of an app's workflow."""
    table = WORKFLOWS.c
    return select(WORKFLOWS).where(table.id == workflow_id, table.app_id == app_id, table.tenant_id == tenant_id)
