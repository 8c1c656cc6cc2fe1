"""Routes of the Service API that an app's key opens."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dify_runtime_sdk.http import Routes


def service_routes() -> "Sequence[Routes]":
    """All of them."""
    from . import (
        annotation_reply,
        annotations,
        attachments,
        audio,
        conversations,
        describing,
        end_users,
        feedbacks,
        messages,
        running,
        runs,
        variables,
    )

    modules = (
        running,
        describing,
        runs,
        conversations,
        variables,
        messages,
        feedbacks,
        attachments,
        audio,
        annotations,
        annotation_reply,
        end_users,
    )
    return [module.routes for module in modules]
