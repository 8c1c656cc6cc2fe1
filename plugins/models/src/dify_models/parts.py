"""What the services of the plugin share; a service of its own, so that it is made once. Light: it is a key."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .services.access import Access
    from .services.attempts import Attempting
    from .services.counting import TokenCounter
    from .services.files import PromptFiles
    from .services.memory import Memories


@dataclass(frozen=True, slots=True)
class Parts:
    """The pieces of one runtime."""

    access: "Access"
    attempting: "Attempting"
    counter: "TokenCounter"
    files: "PromptFiles"
    memories: "Memories"
