"""Services that the plugin offers beside the modes; each is a factory for `Service`."""

from typing import TYPE_CHECKING

from dify_database import Database
from dify_files import Files
from dify_runtime_sdk import Runtime

if TYPE_CHECKING:
    from .memory import Threads
    from .suggestions import Suggestions


async def make_memory(runtime: Runtime) -> "Threads":
    """The service `ConversationMemory`."""
    from .memory import Threads

    return Threads(await runtime.services.get(Database), await runtime.services.get(Files))


async def make_suggestions(runtime: Runtime) -> "Suggestions":
    """The service `SuggestedQuestions`."""
    from .calling import ModelCaller
    from .suggestions import Suggestions

    return Suggestions(ModelCaller(runtime.services), await make_memory(runtime))
