"""The named providers: what each calls its credentials, and where its server is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from dify_runtime_sdk.model_schemas import CredentialField, ModelSchema, Option, ProviderDescription
from dify_runtime_sdk.models import ModelType

from .catalogue import DEEPSEEK, OPENAI

ALL_TYPES: Final = tuple(ModelType)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """How to reach one provider: the names of the fields that hold its key and its address.

    `path` is added to an address that has none; `azure` says that models are deployments, named in the URL.
    """

    description: ProviderDescription
    key: str = "api_key"
    address: str = "endpoint_url"
    default_address: str = ""
    path: str = ""
    azure: bool = False
    extra_headers: Mapping[str, str] = field(default_factory=dict)
    """Header names by the field that holds the value."""


def _secret(variable: str, label: str = "API Key", *, required: bool = True) -> CredentialField:
    return CredentialField(variable=variable, label=label, type="secret-input", required=required)


def _text(
    variable: str, label: str, *, required: bool = False, default: str | None = None, placeholder: str = ""
) -> CredentialField:
    return CredentialField(variable=variable, label=label, required=required, default=default, placeholder=placeholder)


def _choice(variable: str, label: str, default: str, *others: str) -> CredentialField:
    options = tuple(Option(value=value, label=value) for value in (default, *others))
    return CredentialField(variable=variable, label=label, type="select", default=default, options=options)


_MODEL: Final = (
    _choice("mode", "Completion mode", "chat", "completion"),
    _text("context_size", "Context size, tokens", default="4096"),
    _text("max_tokens_to_sample", "Longest answer, tokens", default="4096"),
    _choice("function_calling_type", "Function calling", "no_call", "function_call", "tool_call"),
    _choice("stream_function_calling", "Streamed function calling", "not_supported", "supported"),
    _choice("vision_support", "Vision", "no_support", "support"),
    _choice("structured_output_support", "Structured output", "not_supported", "supported"),
    _text("endpoint_model_name", "Name of the model at the server, if it is another"),
    _text("stream_mode_delimiter", "Separator of streamed pieces; not needed", default="\\n\\n"),
    _text("max_chunks", "Texts per call of an embedding model", default="1"),
)
_OPENAI_KEYS: Final = (
    _secret("openai_api_key"),
    _text("openai_organization", "Organisation"),
    _text("openai_api_base", "API base", placeholder="https://api.openai.com"),
)


def _description(
    name: str, label: str, *, models: tuple[ModelSchema, ...] = (), aliases: tuple[str, ...] = (), **forms: object
) -> ProviderDescription:
    more: dict[str, object] = {"types": ALL_TYPES} | forms
    return ProviderDescription(
        name=f"langgenius/{name}/{name}",
        label=label,
        description=f"Models of {label}",
        aliases=aliases,
        models=models,
        **more,  # type: ignore[arg-type]  # forms and types of the callers below
    )


PRESETS: Final[Mapping[str, Preset]] = {
    "openai": Preset(
        description=_description(
            "openai", "OpenAI", models=OPENAI, provider_credentials=_OPENAI_KEYS, model_credentials=_OPENAI_KEYS
        ),
        key="openai_api_key",
        address="openai_api_base",
        default_address="https://api.openai.com/v1",
        path="/v1",
        extra_headers={"openai_organization": "OpenAI-Organization"},
    ),
    "azure": Preset(
        description=_description(
            "azure_openai",
            "Azure OpenAI",
            aliases=("azure-openai",),
            model_credentials=(
                _text("openai_api_base", "Address", required=True, placeholder="https://<resource>.openai.azure.com"),
                _secret("openai_api_key"),
                _text("openai_api_version", "Version of the API", default="2024-10-21"),
                _text("base_model_name", "Model of the deployment", placeholder="gpt-4o-mini"),
            ),
        ),
        key="openai_api_key",
        address="openai_api_base",
        azure=True,
    ),
    "compatible": Preset(
        description=_description(
            "openai_api_compatible",
            "an OpenAI-compatible server",
            aliases=("openai-api-compatible", "openai-compatible", "openai_compatible"),
            model_credentials=(
                _secret("api_key", required=False),
                _text("endpoint_url", "Base URL", required=True, placeholder="http://127.0.0.1:8000/v1"),
                *_MODEL,
            ),
        ),
    ),
    "ollama": Preset(
        description=_description(
            "ollama",
            "Ollama",
            model_credentials=(
                _text("base_url", "Address", required=True, placeholder="http://127.0.0.1:11434"),
                _choice("mode", "Completion mode", "chat", "completion"),
                _text("context_size", "Context size, tokens", default="4096"),
                _text("max_tokens", "Longest answer, tokens", default="4096"),
                _choice("vision_support", "Vision", "false", "true"),
                _choice("function_call_support", "Function calling", "false", "true"),
            ),
        ),
        address="base_url",
        path="/v1",
    ),
    "vllm": Preset(
        description=_description(
            "vllm",
            "vLLM",
            model_credentials=(
                _secret("api_key", required=False),
                _text("endpoint_url", "Base URL", required=True, placeholder="http://127.0.0.1:8000/v1"),
                *_MODEL,
            ),
        ),
        path="/v1",
    ),
    "openrouter": Preset(
        description=_description(
            "openrouter",
            "OpenRouter",
            types=(ModelType.LLM, ModelType.TEXT_EMBEDDING),
            provider_credentials=(_secret("api_key"),),
            model_credentials=(_secret("api_key"), *_MODEL),
        ),
        default_address="https://openrouter.ai/api/v1",
    ),
    "deepseek": Preset(
        description=_description(
            "deepseek",
            "DeepSeek",
            types=(ModelType.LLM,),
            models=DEEPSEEK,
            provider_credentials=(_secret("api_key"), _text("endpoint_url", "Base URL")),
            model_credentials=(_secret("api_key"), _text("endpoint_url", "Base URL"), *_MODEL),
        ),
        default_address="https://api.deepseek.com",
    ),
}
