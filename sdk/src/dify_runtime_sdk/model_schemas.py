"""What providers say of themselves and of their models: credentials, features, parameters, prices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

from .model_uses import Voice
from .models import ModelFeature, ModelType


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of a field."""

    value: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialField:
    """One field of a form of credentials. Values are texts; those of the type `secret-input` are stored encrypted."""

    variable: str
    label: str
    type: Literal["text-input", "secret-input", "select", "radio", "switch"] = "text-input"
    required: bool = False
    default: str | None = None
    options: tuple[Option, ...] = ()
    placeholder: str = ""
    help: str = ""

    @property
    def secret(self) -> bool:
        """Whether the value is encrypted at rest and never shown."""
        return self.type == "secret-input"


type ParameterType = Literal["float", "int", "string", "boolean", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterRule:
    """A parameter of a model: what it may be. `precision` counts decimals; bounds include their ends."""

    name: str
    type: ParameterType = "float"
    label: str = ""
    help: str = ""
    use_template: str | None = None
    required: bool = False
    default: Any = None
    min: float | None = None
    max: float | None = None
    precision: int | None = None
    options: tuple[str, ...] = ()

    @classmethod
    def of(cls, template: str, **more: Any) -> "ParameterRule":
        """A rule of the common kind `template` (see `TEMPLATES`), with what differs; raises `KeyError`."""
        common = {"name": template, "label": template, "use_template": template}
        return cls(**{**common, **TEMPLATES[template], **more})


TEMPLATES: Final[Mapping[str, Mapping[str, Any]]] = {
    "temperature": {"type": "float", "default": 0.0, "min": 0.0, "max": 1.0, "precision": 2},
    "top_p": {"type": "float", "default": 1.0, "min": 0.0, "max": 1.0, "precision": 2},
    "top_k": {"type": "int", "default": 50, "min": 1, "max": 100, "precision": 0},
    "presence_penalty": {"type": "float", "default": 0.0, "min": 0.0, "max": 1.0, "precision": 2},
    "frequency_penalty": {"type": "float", "default": 0.0, "min": 0.0, "max": 1.0, "precision": 2},
    "max_tokens": {"type": "int", "default": 64, "min": 1, "max": 2048, "precision": 0},
    "response_format": {"type": "string", "options": ("JSON", "XML")},
    "json_schema": {"type": "text"},
}
"""What a rule has that says nothing else, by the name of the kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """What tokens cost: `input` and `output` are prices of `1 / unit` tokens (0.000001 = per million)."""

    input: Decimal
    output: Decimal = Decimal(0)
    unit: Decimal = Decimal("0.000001")
    currency: str = "USD"

    @classmethod
    def per_million(cls, input: str, output: str = "0") -> "Pricing":  # noqa: A002 - the field's name
        """Prices in dollars for a million tokens, written as decimals."""
        return cls(input=Decimal(input), output=Decimal(output))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSchema:
    """What is known of a model. Sizes count tokens, None when unknown.

    `customizable` models are those that credentials describe: their parameters are passed on as they are, with or
    without a rule. Others know all their parameters. `batch` is how many texts an embedding model takes at a time.
    """

    name: str
    type: ModelType = ModelType.LLM
    label: str = ""
    features: frozenset[ModelFeature] = frozenset()
    mode: Literal["chat", "completion"] = "chat"
    context_size: int | None = None
    parameter_rules: tuple[ParameterRule, ...] = ()
    pricing: Pricing | None = None
    customizable: bool = False
    deprecated: bool = False
    batch: int | None = None
    voices: tuple[Voice, ...] = ()
    default_voice: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def max_tokens(self) -> int | None:
        """The longest answer, by the rule of the parameter `max_tokens`."""
        limits = (rule.max for rule in self.parameter_rules if rule.use_template == "max_tokens")
        most = next(limits, None)
        return None if most is None else int(most)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDescription:
    """A provider: its names, its forms, the models it knows.

    `name` is the full id that app files use (`langgenius/openai/openai`); `aliases` are further full or bare names.
    The last part of the name is an alias by itself. `provider_credentials` serve all models of the provider,
    `model_credentials` describe one model each; a provider without either needs no credentials. Credentials that are
    bad show when the first model is called, or earlier, by `validate`.
    """

    name: str
    label: str
    description: str = ""
    aliases: tuple[str, ...] = ()
    types: tuple[ModelType, ...] = (ModelType.LLM,)
    provider_credentials: tuple[CredentialField, ...] = ()
    model_credentials: tuple[CredentialField, ...] = ()
    models: tuple[ModelSchema, ...] = ()
    help_url: str = ""

    @property
    def short_name(self) -> str:
        """The last part of the name, as messages show it."""
        return self.name.rpartition("/")[2]

    @property
    def names(self) -> tuple[str, ...]:
        """All names under which app files and rows know it, the full id first."""
        return tuple(dict.fromkeys((self.name, self.short_name, *self.aliases)))

    def model(self, name: str, model_type: ModelType) -> ModelSchema | None:
        """The predefined model of that name."""
        return next((one for one in self.models if one.name == name and one.type is model_type), None)
