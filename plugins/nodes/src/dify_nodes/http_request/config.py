"""Configuration of the node `http-request`."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from dify_runtime_sdk.workflow import NodeConfig

_STRICT: ConfigDict = ConfigDict(extra="ignore", frozen=True)

type BodyType = Literal["none", "form-data", "x-www-form-urlencoded", "raw-text", "json", "binary"]


class ApiKey(BaseModel):
    """Credentials that go into one header."""

    model_config = _STRICT

    type: Literal["basic", "bearer", "custom"] = "custom"
    api_key: str = Field("", description="A template.")
    header: str = Field("", description="The header's name; `Authorization` where it is empty.")

    @field_validator("api_key", "header", mode="before")
    @classmethod
    def _none_is_empty(cls, value: Any) -> Any:
        return "" if value is None else value


class Authorization(BaseModel):
    """How the request is authorised."""

    model_config = _STRICT

    type: Literal["no-auth", "api-key"] = "no-auth"
    config: ApiKey | None = None

    @field_validator("config", mode="before")
    @classmethod
    def _only_where_it_counts(cls, value: Any) -> Any:
        return value or None


class BodyItem(BaseModel):
    """One field of a form, or the whole of another body."""

    model_config = _STRICT

    key: str = ""
    type: Literal["text", "file"] = "text"
    value: str = Field("", description="A template.")
    file: list[str] = Field(default_factory=list, description="The selector of a file or of a list of files.")

    @field_validator("key", "value", mode="before")
    @classmethod
    def _none_is_empty(cls, value: Any) -> Any:
        return "" if value is None else value

    @field_validator("file", mode="before")
    @classmethod
    def _none_is_nothing(cls, value: Any) -> Any:
        return value or []


class Body(BaseModel):
    """What is sent; old files have its data as one text."""

    model_config = _STRICT

    type: BodyType = "none"
    data: list[BodyItem] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _text_becomes_items(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        data = value.get("data")
        if data is None or isinstance(data, str):
            return {**value, "data": _items(value.get("type", "none"), data or "")}
        return value


def _items(kind: str, text: str) -> list[dict[str, str]]:
    """The items that an old file wrote as one text."""
    if kind in ("none", "binary"):
        return []
    if kind in ("json", "raw-text"):
        return [{"value": text}]
    return [{"key": key, "value": value} for key, value in pairs(text)]


def pairs(text: str) -> list[tuple[str, str]]:
    """The `key:value` of every line that is not blank, split at the first colon, without blanks around them."""
    lines = (line for line in text.split("\n") if line.strip())
    split = (line.partition(":") for line in lines)
    return [(key.strip(), value.strip()) for key, _, value in split]


class Timeout(BaseModel):
    """Seconds to connect, and of silence while reading and writing; the operator's maxima where nothing is said."""

    model_config = _STRICT

    connect: float | None = None
    read: float | None = None
    write: float | None = None


class HttpRequestConfig(NodeConfig):
    """Sends an HTTP request."""

    method: Literal["get", "post", "put", "patch", "delete", "head", "options"]
    url: str = Field(description="A template.")
    authorization: Authorization = Authorization()
    headers: str = Field("", description="One `name:value` per line; the whole is a template.")
    params: str = Field("", description="One `name:value` per line; names and values are templates.")
    body: Body = Body()
    timeout: Timeout = Timeout()
    ssl_verify: bool | None = Field(None, description="Whether certificates are verified; default: operator's setting.")

    @field_validator("method", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("headers", "params", mode="before")
    @classmethod
    def _none_is_empty(cls, value: Any) -> Any:
        return "" if value is None else value

    @field_validator("authorization", "body", "timeout", mode="before")
    @classmethod
    def _none_is_default(cls, value: Any) -> Any:
        return {} if value is None else value

    @property
    def wants_success(self) -> bool:
        """Whether an answer other than 2xx is a failure: the node has something to do about it."""
        return self.error_strategy is not None or self.retry_config.retry_enabled
