"""What the probe finds out about a plugin by importing it, in the form in which it crosses the process boundary."""

from pydantic import BaseModel


class HookFact(BaseModel):
    """A method marked as the implementation of a hook; `arguments` are those that the host must pass."""

    hook: str
    arguments: list[str]
    wrapper: bool
    optional: bool
    file: str | None
    line: int | None


class SettingFact(BaseModel):
    """A field of a settings model. `type` and `default` are comparable texts; no secret is in them."""

    name: str
    model: str
    type: str
    default: str
    described: bool
    untyped: bool
    exposed: bool
    """Named like a secret and typed as plain text."""
    file: str | None
    line: int | None


class PluginFacts(BaseModel):
    """One entry point, imported in a process of its own."""

    name: str
    value: str
    error: str | None = None
    import_ms: float = 0.0
    import_kb: int = 0
    dragged: dict[str, float] = {}
    """Third-party top-level modules that the import brought in, each with its own milliseconds."""
    file: str | None = None
    line: int | None = None
    documented: bool = False
    requires: list[str] = []
    after: list[str] = []
    before: list[str] = []
    provides: list[str] = []
    hooks: list[HookFact] = []
    unmarked: dict[str, int] = {}
    """Methods without a marker, by name, with their line; those named like a hook are suspicious."""
    offers: dict[str, list[str]] = {}
    """Hooks that this plugin's own extension points specify, each with its arguments."""
    settings: list[SettingFact] = []


class InstalledPlugin(BaseModel):
    """A plugin of the environment, as far as others must know it."""

    name: str
    distribution: str | None
    package: str
    provides: list[str] = []
    settings: list[SettingFact] = []


class EnvironmentFacts(BaseModel):
    """All installed plugins, and every hook that anybody specifies with its arguments."""

    plugins: list[InstalledPlugin] = []
    hooks: dict[str, list[str]] = {}
