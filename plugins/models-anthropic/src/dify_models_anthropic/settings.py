"""The settings of the plugin: the vendor's usual names."""

from pydantic import Field, SecretStr

from dify_runtime_sdk import Settings


class AnthropicSettings(Settings):
    """Credentials for all workspaces that have none of their own; see `MODEL_OPERATOR_CREDENTIALS`."""

    ANTHROPIC_API_KEY: SecretStr | None = Field(None, description="Key of the provider `anthropic`")
    ANTHROPIC_BASE_URL: str | None = Field(None, description="Address of the provider `anthropic`, without a path")
