"""What the parent of several workers asks of each; it goes through a pipe, as it may hold secrets."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import IO, Any, Literal, Self

from ..errors import ServerError


@dataclass(frozen=True, slots=True)
class Order:
    """`serve` on the inherited socket `listener`, or a `preflight`: boot once as a job, report, stop.

    `report` is the inherited pipe for the `Report`, -1 until it is made; `overrides` the init layer of the settings.
    """

    task: Literal["serve", "preflight"]
    report: int = -1
    listener: int = -1
    overrides: Mapping[str, Any] = field(default_factory=dict)

    def encode(self) -> bytes:
        """The order as one line."""
        return json.dumps(asdict(self), default=str).encode() + b"\n"

    @classmethod
    def read(cls, stream: IO[bytes]) -> Self:
        """The order on the first line of `stream`; raises `ServerError` when there is none."""
        try:
            content: Any = json.loads(stream.readline())
            return cls(**content)
        except (ValueError, TypeError) as error:
            raise ServerError("this process gets its orders from `dify-runtime serve --workers N`") from error
