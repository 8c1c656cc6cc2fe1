"""The settings of the plugin."""

from typing import Literal

from pydantic import Field

from dify_runtime_sdk import Settings


class ModelsSettings(Settings):
    """How models are called."""

    MODEL_LB_ENABLED: bool = Field(
        False, description="Whether models with several credentials use them in turn; else the first one alone"
    )
    MULTIMODAL_SEND_FORMAT: Literal["base64", "url"] = Field(
        "base64", description="How files reach models: their content, or an address from which the vendor fetches it"
    )
    MODEL_MAX_RETRIES: int = Field(
        2, ge=0, le=10, description="Further attempts after 429, 5xx or no connection, before the first piece came"
    )
    MODEL_RETRY_TIME: float = Field(
        10.0, ge=0, description="No further attempt begins later than this many seconds after the first"
    )
    MODEL_CONNECT_TIMEOUT: float = Field(10.0, gt=0, description="Longest wait for a connection to a model server, s")
    MODEL_READ_TIMEOUT: float = Field(60.0, gt=0, description="Longest silence of a model server, s")
    MODEL_MAX_RESPONSE_BYTES: int = Field(
        100 * 1024 * 1024, gt=0, description="Largest answer of a model server, bytes"
    )
    MODEL_TRUST_WORKSPACE_URLS: bool | None = Field(
        None,
        description="Whether base URLs in a workspace's credentials may lead to private addresses; unset: only where "
        "everything is in one process (no `MODE`)",
    )
    MODEL_OPERATOR_CREDENTIALS: bool | None = Field(
        None,
        description="Whether credentials in settings (`OPENAI_API_KEY` and the like) serve workspaces that have none; "
        "unset: only where everything is in one process (no `MODE`)",
    )
    MODEL_TOKEN_COUNTING: Literal["estimate", "bpe"] = Field(
        "estimate",
        description="How prompts are counted offline: `estimate` from their characters, or `bpe` with the tables of "
        "current models, which takes the extra `tokens` and 120 MB of memory",
    )
