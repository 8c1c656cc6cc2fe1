"""Questions that a user might ask next."""

from collections.abc import Sequence

from dify_database import Database
from dify_runtime_sdk import Runtime
from dify_runtime_sdk.http import BadRequest
from dify_runtime_sdk.models import ModelError

from ..api import App, Caller
from ..errors import ProviderNotInitialized
from ..runs.failures import as_http_error
from .features import enabled
from .ownership import message_of
from .seams import SuggestedQuestions


async def suggested_questions(
    runtime: Runtime, database: Database, app: App, caller: Caller, message_id: str
) -> Sequence[str]:
    """Questions that may follow the caller's message.

    Raises `MessageNotExists`, `BadRequest` when the app does not suggest any, and what the model's failure means.
    """
    message = await message_of(database, app, caller, message_id)
    if not enabled(app, "suggested_questions_after_answer"):
        raise BadRequest("Suggested Questions Is Disabled.")
    if not runtime.services.offered(SuggestedQuestions):
        raise ProviderNotInitialized
    service = await runtime.services.get(SuggestedQuestions)
    try:
        return await service.suggest(app, conversation_id=message.conversation_id, message_id=message.id)
    except ModelError as error:
        raise as_http_error(error, message.id) from error
