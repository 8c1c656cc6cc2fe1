"""Bootstrap settings: what the host must know before it looks for plugins, from the local layers alone."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from dify_runtime_sdk import Role, Settings

from .errors import HostError

type FailurePolicy = Literal["fail", "degrade"]

_MODE_ROLES: dict[str, frozenset[Role]] = {
    "": frozenset(("api", "worker", "scheduler")),
    "api": frozenset(("api",)),
    "worker": frozenset(("worker",)),
    "beat": frozenset(("scheduler",)),
    "job": frozenset(("job",)),
    "migration": frozenset(("job",)),
}

MODE_COMMANDS: dict[str, tuple[str, ...]] = {
    "": ("serve",),
    "api": ("serve",),
    "worker": ("worker",),
    "beat": ("scheduler",),
    "migration": ("db", "upgrade"),
}
"""What `dify-runtime` without a command runs in each `MODE`; `job` needs one."""


class BootstrapSettings(Settings):
    """The host's own settings. The remote layer cannot give them: it is not there yet when they are read."""

    DIFY_RUNTIME_HOME: Path | None = Field(
        None, description="Directory of everything the embedded default writes; default `.dify-runtime` here"
    )
    DIFY_RUNTIME_SECRETS_DIR: Path | None = Field(
        None, description="Directory with one file per setting, named like it, as container platforms mount secrets"
    )
    DIFY_PLUGINS_ALLOW: Annotated[tuple[str, ...] | None, NoDecode] = Field(
        None, description="Only these plugins or distributions (comma list, `*` patterns); unset = all, empty = none"
    )
    DIFY_PLUGINS_DENY: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Not these plugins or distributions (comma list, `*` patterns); wins over the allow list"
    )
    DIFY_PLUGINS_REQUIRED: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="These must be present, in these versions, and must not fail (comma list: `name>=1.2,other`)"
    )
    DIFY_PLUGINS_SAFE_MODE: bool = Field(False, description="Load first-party plugins only")
    DIFY_PLUGINS_CONFIG_TIMEOUT: float = Field(
        10.0, gt=0, description="Time limit of the remote config source, seconds"
    )
    DIFY_PLUGINS_START_TIMEOUT: float = Field(30.0, gt=0, description="Time limit of each plugin's start, seconds")
    DIFY_PLUGINS_STOP_TIMEOUT: float = Field(10.0, gt=0, description="Time limit of each plugin's stop, seconds")
    PLUGIN_FAILURE: FailurePolicy | None = Field(
        None, description="`fail`: a failed plugin stops the boot; `degrade`: the rest serves. Unset: by `MODE`"
    )
    MODE: Literal["", "api", "worker", "beat", "job", "migration"] = Field(
        "", description="What this process is in a deployment of several; empty = everything in one process"
    )
    REMOTE_SETTINGS_SOURCE_NAME: str = Field(
        "", description="The config source that gives the remote layer: `apollo`, `nacos`, or that of another plugin"
    )

    @field_validator("DIFY_PLUGINS_ALLOW", "DIFY_PLUGINS_DENY", "DIFY_PLUGINS_REQUIRED", mode="before")
    @classmethod
    def _comma_list(cls, value: Any) -> Any:
        if isinstance(value, str):
            # a comma inside a version range (`name>=1,<2`) is followed by an operator, not by a name
            return tuple(item.strip() for item in re.split(r",\s*(?=[\w*])", value) if item.strip())
        return value

    @property
    def embedded(self) -> bool:
        """Whether this is the default of everything in one process, on files of its own."""
        return self.MODE == ""

    @property
    def strict(self) -> bool:
        """Whether a failed plugin stops the boot."""
        if self.PLUGIN_FAILURE is not None:
            return self.PLUGIN_FAILURE == "fail"
        return not self.embedded

    @property
    def mode_roles(self) -> frozenset[Role]:
        """The roles of a process in this mode."""
        return _MODE_ROLES[self.MODE]


def serve_roles(settings: BootstrapSettings) -> frozenset[Role]:
    """The roles of `serve` in this mode; raises `HostError` in a mode that is for another command."""
    if settings.MODE not in ("", "api"):
        command = " ".join(("dify-runtime", *MODE_COMMANDS.get(settings.MODE, ("COMMAND",))))
        raise HostError(f"MODE={settings.MODE} is not for serving", hint=f"run `{command}`, or unset MODE")
    return settings.mode_roles
