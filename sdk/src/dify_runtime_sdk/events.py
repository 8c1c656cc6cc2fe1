"""Typed events: a plugin publishes, others subscribe by type, neither knows the other."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol


class Event:
    """Base of all events: subclass it as a frozen dataclass in the publishing plugin's public package."""


@dataclass(frozen=True, slots=True)
class SettingsChanged(Event):
    """The remote source brought new values, and all models accepted them; `runtime.settings` answers with them now."""

    names: frozenset[str]
    """The environment names whose value changed, in upper case."""


@dataclass(frozen=True)  # no slots: with them `Subscriber[X](...)` fails before Python 3.12.5
class Subscriber[E: Event]:
    """A handler of one event type and its subclasses, contributed by the hook `subscribers`.

    `handler` is awaited on the event loop after the change that caused the event is committed. It must be idempotent
    and quick (hand long work to a task). What it raises is logged with the plugin's name, and the others still run.
    """

    event: type[E]
    handler: Callable[[E], Awaitable[None]]


class Events(Protocol):
    """Delivery of events; `runtime.events`."""

    async def publish(self, event: Event) -> None:
        """Await every handler of this event's type, in the resolved order of their plugins; never raises theirs."""
        ...
