"""The settings: which back end runs code, its limits, and where Dify's sandbox service is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, HttpUrl, SecretStr, model_validator

from dify_runtime_sdk import Settings

AUTO = "auto"
"""The value of `CODE_EXECUTION_BACKEND` that leaves the choice to the settings of the service."""


class ServiceNamed(Settings):
    """The settings that tell whether an operator named a sandbox service; two plugins read them."""

    CODE_EXECUTION_ENDPOINT: HttpUrl = Field(
        HttpUrl("http://sandbox:8194/"),
        description="Base URL of Dify's sandbox service; setting it selects the back end `remote`",
    )
    CODE_EXECUTION_API_KEY: SecretStr = Field(
        SecretStr("dify-sandbox"), description="Key of the service, its `X-Api-Key`; setting it selects `remote`"
    )


class OutputLimit(Settings):
    """The one limit that holds for a service of somebody else's too."""

    CODE_SANDBOX_OUTPUT: int = Field(
        16_777_216, gt=0, description="Bytes that one call of code may return, and as many that it may print"
    )


class CodeLimits(OutputLimit):
    """The limits of one call of code; the back ends on this machine share them."""

    CODE_SANDBOX_TIMEOUT: float = Field(15.0, gt=0, description="Seconds that one call of code may take")
    CODE_SANDBOX_MEMORY: int = Field(256, ge=64, description="MiB of memory that one call of code may use")
    CODE_SANDBOX_CONCURRENCY: int = Field(4, gt=0, description="Calls of code that run at once; others wait")


class SandboxSettings(ServiceNamed):
    """The settings of the plugin `sandbox`. A validated `CODE_EXECUTION_BACKEND` is never `auto`."""

    CODE_EXECUTION_BACKEND: str = Field(
        AUTO,
        description="What runs code: `local` (bubblewrap on this machine), `remote` (Dify's sandbox service), "
        "`interpreter` (subsets of Python and JavaScript), the key of another plugin's back end, or `auto`: `remote` if"
        "  the settings name a service, else `local`",
    )
    TEMPLATE_TRANSFORM_MAX_LENGTH: int = Field(400_000, gt=0, description="Characters that a template may give")
    TEMPLATE_TIMEOUT: float = Field(5.0, gt=0, description="Seconds that a template which loops or calls may take")

    @model_validator(mode="before")
    @classmethod
    def _choose(cls, values: Any) -> Any:
        """Replace `auto`, given or by default; here it is still known what the operator set and what is a default."""
        if not isinstance(values, Mapping) or values.get("CODE_EXECUTION_BACKEND", AUTO) != AUTO:
            return values
        named = any(values.get(name) for name in ServiceNamed.model_fields)
        return {**values, "CODE_EXECUTION_BACKEND": "remote" if named else "local"}


class LocalSettings(CodeLimits):
    """The settings of the plugin `sandbox-local`."""

    CODE_SANDBOX_BWRAP: Path | None = Field(
        None, description="The program bubblewrap; unset: `bwrap` on the PATH, else the one installed with this plugin"
    )
    CODE_SANDBOX_NODE: Path | None = Field(
        None, description="The program Node.js for JavaScript; unset: `node` on the PATH"
    )
    CODE_SANDBOX_PACKAGES: Path | None = Field(
        None, description="A directory of Python packages that code may import; unset: the standard library alone"
    )


class RemoteSettings(ServiceNamed, OutputLimit):
    """The settings of the plugin `sandbox-remote`, under Dify's names."""

    CODE_EXECUTION_CONNECT_TIMEOUT: float | None = Field(10.0, description="Seconds to reach the sandbox service")
    CODE_EXECUTION_READ_TIMEOUT: float | None = Field(60.0, description="Seconds to wait for data from the service")
    CODE_EXECUTION_WRITE_TIMEOUT: float | None = Field(10.0, description="Seconds to wait while sending to the service")
    CODE_EXECUTION_SSL_VERIFY: bool = Field(True, description="Check the TLS certificate of the service")
