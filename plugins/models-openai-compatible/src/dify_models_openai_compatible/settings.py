"""The settings of the plugin: the vendors' usual names, for credentials that the operator gives."""

from pydantic import Field, SecretStr

from dify_runtime_sdk import Settings


class OpenAiCompatibleSettings(Settings):
    """Credentials for all workspaces that have none of their own; see `MODEL_OPERATOR_CREDENTIALS`."""

    OPENAI_API_KEY: SecretStr | None = Field(None, description="Key of the provider `openai`")
    OPENAI_BASE_URL: str | None = Field(
        None, description="Base URL of the provider `openai`, with its path: http://127.0.0.1:9099/v1"
    )
    OPENAI_ORG_ID: str | None = Field(None, description="Organisation of the provider `openai`")
    AZURE_OPENAI_API_KEY: SecretStr | None = Field(None, description="Key of the provider `azure_openai`")
    AZURE_OPENAI_ENDPOINT: str | None = Field(
        None, description="Address of the provider `azure_openai`: https://<resource>.openai.azure.com"
    )
    OPENAI_API_VERSION: str | None = Field(None, description="Version of the API of the provider `azure_openai`")
    OLLAMA_BASE_URL: str | None = Field(None, description="Address of the provider `ollama`: http://127.0.0.1:11434")
    VLLM_BASE_URL: str | None = Field(None, description="Base URL of the provider `vllm`: http://127.0.0.1:8000/v1")
    VLLM_API_KEY: SecretStr | None = Field(None, description="Key of the provider `vllm`")
    OPENROUTER_API_KEY: SecretStr | None = Field(None, description="Key of the provider `openrouter`")
    DEEPSEEK_API_KEY: SecretStr | None = Field(None, description="Key of the provider `deepseek`")
