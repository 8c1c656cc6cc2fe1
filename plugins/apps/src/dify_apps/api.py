"""The seams of apps: an app as a run sees it, a request to run it, a mode that runs it, and what a run tells.

Data flows one way:

    route -> Generator.generate -> AppMode.prepare -> [run task: AppMode.run] -> RunOutput
                                                events -> run log -> readers (SSE, blocking, other processes)
                                                rows   -> database, in groups

A run is a task of its own, independent of the connection that asked for it. Its log is the only way from it to any
reader. What it began with is committed before its first event is readable, all its rows before its last one is. Rows
are written together: those of a run that is over at once, in one transaction.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Protocol

from dify_runtime_sdk.markers import hookspec
from dify_runtime_sdk.runtime import Runtime

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from sqlalchemy import Executable

    from dify_runtime_sdk.workflow import Journal


class InvokeFrom(StrEnum):
    """The door through which a run was asked for, as stored rows name it."""

    SERVICE_API = "service-api"
    WEB_APP = "web-app"
    TRIGGER = "trigger"
    EXPLORE = "explore"
    DEBUGGER = "debugger"
    PUBLISHED = "published"
    VALIDATION = "validation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: an end user of the app, or an account of its tenant. `session_id` is what `sys.user_id` shows."""

    id: str
    role: Literal["account", "end_user"]
    invoke_from: InvokeFrom
    session_id: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowVersion:
    """One version of an app's graph, as stored; the JSON columns are parsed. `version` is `draft` or a timestamp."""

    id: str
    version: str
    graph: Mapping[str, Any]
    features: Mapping[str, Any]
    environment_variables: Sequence[Mapping[str, Any]]
    conversation_variables: Sequence[Mapping[str, Any]]
    graph_text: str
    """The column as stored: what a run's row keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An app as one request sees it; read by one statement, together with what it runs.

    `config` is the stored model configuration of the modes completion, chat and agent-chat, `workflow` the published
    graph of the others; None when nothing is published. `stored_mode` is that of the row where the app runs in another.
    """

    id: str
    tenant_id: str
    name: str
    mode: str
    status: str
    enable_api: bool
    enable_site: bool
    max_active_requests: int | None
    config_id: str | None = None
    config: Mapping[str, Any] | None = None
    workflow: WorkflowVersion | None = None
    updated_at: datetime | None = None
    stored_mode: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What a client asks for, parsed but not yet checked against the app."""

    app: App
    caller: Caller
    inputs: Mapping[str, Any]
    query: str | None = None
    files: Sequence[Mapping[str, Any]] = ()
    conversation_id: str | None = None
    parent_message_id: str | None = None
    auto_generate_name: bool | None = None
    workflow_id: str | None = None
    streaming: bool = False
    trace_id: str | None = None
    call_depth: int = 0


type WireEvent = dict[str, Any]
"""An event as clients of the Service API read it, full shape, without the fields that every event of the run shares."""


type Write = tuple["Executable", Sequence[Mapping[str, Any]] | None]
"""A statement that changes rows; with parameters: one row or change for each."""


class RunOutput(Protocol):
    """Where a mode puts what happens; one per run, used by its task only."""

    def emit(self, event: WireEvent) -> None:
        """Tell one event: `{"event": "message", "answer": …}`. The shared fields are added here."""
        ...

    @property
    def journal(self) -> "Journal":
        """The run's journal; what it holds is written with the rows."""
        ...

    def record(self, *writes: Write) -> None:
        """Write rows, in this order, soon."""
        ...

    async def committed(self) -> None:
        """Return when everything recorded so far is committed; raises what kept it from that."""
        ...

    async def end(self, *events: WireEvent) -> None:
        """Commit all rows, then tell the last events; raises what kept the rows from being committed."""
        ...

    async def pause(self, *events: WireEvent) -> None:
        """Commit all rows, tell these events, the last `workflow_paused`, and leave the run until it is to go on.

        Then it is resumed with what `PreparedRun.stored` holds. A mode that does again what it did tells it again, its
        pauses among it: up to the last of them nothing of that is told a second time.
        """
        ...

    @property
    def stopping(self) -> str | None:
        """Why the run shall end early ("Stopped by user."), None while it shall not. Also set from other processes."""
        ...

    async def stopped(self) -> str:
        """Wait until the run shall end early, and return why."""
        ...


@dataclass(slots=True, kw_only=True)
class PreparedRun:
    """A run that may begin: everything that can refuse it has been checked.

    `run_id` is that of the workflow run, or of the message in the modes without one. `shared` are the fields of every
    event (`conversation_id`, `message_id`, `created_at`, `workflow_run_id`), `writes` the rows that it begins with.
    `stored` is what `AppMode.resume` needs to go on with it in another process (JSON); None: it can only be ended.
    `state` is the mode's own.
    """

    task_id: str
    run_id: str
    request: RunRequest
    shared: dict[str, Any]
    writes: Sequence[Write] = ()
    stored: Mapping[str, Any] | None = None
    state: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanedRun:
    """A run whose process died, as its row has it. Its journal is read through `RunOutput.journal`."""

    task_id: str
    run_id: str
    app_id: str
    tenant_id: str
    stored: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockingAnswer:
    """What a client that does not stream gets: a body, or an error with its status."""

    body: Mapping[str, Any]
    status: int = 200


class AppMode(Protocol):
    """How apps of one mode run; one instance per runtime, offered by the hook `app_modes`."""

    @property
    def name(self) -> str:
        """The value of `apps.mode`."""
        ...

    async def prepare(self, request: RunRequest) -> PreparedRun:
        """Check the request against the app; writes nothing.

        Raises the `HttpError`s of `dify_apps.errors`, which become the answer.
        """
        ...

    async def run(self, prepared: PreparedRun, output: RunOutput) -> None:
        """Run to the end, record all rows, and `await output.end(…)` with the last events, or `output.pause(…)`.

        Those are the mode's own (`message_end`, `workflow_finished`, `error`). An exception becomes the event `error`,
        after the writes of `failed`. Cancelled only when the process shuts down: the run is left to be resumed.
        """
        ...

    async def resume(self, run: OrphanedRun) -> PreparedRun | None:
        """A run that waited, or whose process died, ready to go on; None when it can only be ended."""
        ...

    def failed(self, run_id: str, app_id: str, error: str) -> Sequence[Write]:
        """The writes that end the rows of a run which broke off."""
        ...

    def blocking(self, prepared: PreparedRun, events: Sequence[WireEvent]) -> BlockingAnswer:
        """The answer for a client that does not stream, made from all events of the run."""
        ...


@dataclass(frozen=True, slots=True)
class AppModeOffer:
    """One app mode by the value of `apps.mode`; `make` is awaited at its first run in a process."""

    name: str
    make: "Callable[[Runtime], Awaitable[AppMode]]"


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One event of a run's log; `id` is what a client sends as `Last-Event-ID`. None stands for a ping."""

    id: str
    event: WireEvent | None


class RunReader(Protocol):
    """The events of one run, from its log."""

    @property
    def told(self) -> int:
        """How many events clients have who followed the run up to now: to its last pause, or to what ended it."""
        ...

    @property
    def waits(self) -> bool:
        """Whether the run waited for somebody when the reader was made."""
        ...

    @property
    def task_id(self) -> str:
        """The id by which clients stop the run."""
        ...

    def batches(self, *, after: str | None = None) -> AsyncGenerator[Sequence[LoggedEvent]]:
        """The events after `after` (None = from the first), until the run has ended: as many at a time as are there.

        A ping every 10 s of silence.
        """
        ...

    def events(self, *, after: str | None = None) -> AsyncGenerator[LoggedEvent]:
        """The same, one by one."""
        ...


class StartedRun(RunReader, Protocol):
    """A run that begins in this process, for whoever asked for it."""

    async def answer(self) -> BlockingAnswer:
        """Wait for the end and give the blocking answer."""
        ...


class Generator(Protocol):
    """Runs apps."""

    async def generate(self, request: RunRequest) -> StartedRun:
        """Prepare and begin a run; raises what `AppMode.prepare` does, and `TooManyRequests` over the app's limit."""
        ...

    async def reader(self, *, run_id: str, app_id: str) -> RunReader | None:
        """A reader of a run that goes on or ended lately, by its workflow run's or message's id; in any process."""
        ...

    def wake(self) -> None:
        """Have a look now at the runs that may go on."""
        ...

    async def stop(self, task_id: str, *, caller: Caller | None, app_id: str | None = None) -> None:
        """Ask a run to end early, in whichever process it is. Never fails.

        With `caller` only if it is theirs, with `app_id` only if it is that app's.
        """
        ...


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of an imported app file; the record that the import answers with."""

    id: str
    status: str
    app_id: str | None = None
    app_mode: str | None = None
    current_dsl_version: str = ""
    imported_dsl_version: str = ""
    error: str = ""
    warnings: Sequence[str] = field(default_factory=tuple)


class AppHooks:
    """Offered by the plugin `apps`."""

    @hookspec
    def app_modes(self, runtime: Runtime) -> "Iterable[AppModeOffer] | None":
        """Add app modes; see `AppMode`.

        When: once per boot, in every process. A mode that is taken is an error of the contributor.
        """
