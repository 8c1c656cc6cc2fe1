"""Which kinds of apps operations are for, and as whom those without a user run."""

from typing import Final

from dify_runtime_sdk.http import RequestContext, Unauthorized

from ...api import App
from ...errors import NotChatApp
from .calling import app_identity, app_of

CHATS: Final = frozenset({"chat", "agent-chat", "advanced-chat"})
"""The modes of apps that have conversations."""


async def chat_app_of(context: RequestContext) -> App:
    """The app of the request's key; raises `NotChatApp` for one without conversations, and what `app_of` raises."""
    app = await app_of(context)
    if app.mode not in CHATS:
        raise NotChatApp
    return app


def owner_of(context: RequestContext) -> str:
    """The account of the workspace's owner; raises `Unauthorized` when it has none."""
    identity, _, _ = app_identity(context)
    if identity.user_id is None:
        raise Unauthorized("Tenant owner account does not exist or is not active.")
    return identity.user_id
