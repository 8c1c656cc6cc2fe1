"""Failures of the node `http-request`, by the names that graphs know them under."""

from collections.abc import Mapping
from typing import Any

from dify_runtime_sdk.workflow import NodeError


class HttpRequestNodeError(NodeError):
    """The request could not be made, or gave nothing that counts as an answer."""

    code = "http_request_failed"


class AuthorizationConfigError(HttpRequestNodeError):
    """The credentials are not filled in."""


class FileFetchError(HttpRequestNodeError):
    """A file of the body cannot be read."""


class InvalidHttpMethodError(HttpRequestNodeError):
    """The method cannot be sent."""


class InvalidURLError(HttpRequestNodeError):
    """The URL is none that can be asked."""


class InvalidHeaderError(HttpRequestNodeError):
    """A header holds what no header can: line ends, control characters, a malformed name."""


class RequestBodyError(HttpRequestNodeError):
    """The body does not have the form that its type says."""


class ResponseSizeError(HttpRequestNodeError):
    """The answer is over the limit."""


class HTTPResponseCodeError(HttpRequestNodeError):
    """The answer is no success, and the node has a plan for that."""


class BlockedRequestError(NodeError):
    """The policy of the operator, or the forward proxy, refuses the destination."""

    code = "http_request_blocked"

    def __init__(self, message: str, *, process_data: Mapping[str, Any] | None = None, hint: str | None = None) -> None:
        super().__init__(message, error_type="WorkflowNodeError", process_data=process_data, hint=hint)
