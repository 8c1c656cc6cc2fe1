"""What a client is told of a run that broke off."""

import logging
from typing import Final

from dify_runtime_sdk.http import HttpError, InvalidParam
from dify_runtime_sdk.models import (
    ModelCredentialsError,
    ModelCredentialsMissingError,
    ModelError,
    ModelNotAllowedError,
    ModelNotFoundError,
    ModelQuotaError,
)
from dify_runtime_sdk.workflow import WorkflowError

from ..api import WireEvent
from ..errors import (
    CompletionRequestFailed,
    ModelNotSupported,
    ProviderNotInitialized,
    ProviderQuotaExceeded,
    RunFailed,
)

_log: Final = logging.getLogger(__name__)


def as_http_error(error: BaseException, run_id: str) -> HttpError:
    """The error answer for what a run raised. What is nobody's fault but ours is logged and not told."""
    if isinstance(error, HttpError):
        return error
    if isinstance(error, ModelError):
        return _of_model(error)
    if isinstance(error, ValueError | WorkflowError):
        return InvalidParam(str(error))
    _log.error("run %s broke off", run_id, exc_info=error)
    return RunFailed()


def _of_model(error: ModelError) -> HttpError:
    """The answer for a call of a model that failed; the first that fits, as Dify words it."""
    if isinstance(error, ModelQuotaError):
        return ProviderQuotaExceeded()
    if isinstance(error, ModelNotAllowedError):
        return ModelNotSupported()
    if isinstance(error, ModelCredentialsMissingError | ModelNotFoundError):
        return ProviderNotInitialized(error.message)
    if isinstance(error, ModelCredentialsError):
        return CompletionRequestFailed("Incorrect API key provided")
    return CompletionRequestFailed(error.message)


def as_event(error: HttpError) -> WireEvent:
    """The event `error`."""
    return {"event": "error", "code": error.code, "status": error.status, "message": error.message}


class StreamedError(HttpError):
    """An error that a run told as an event, as the answer to a client that does not stream."""

    def __init__(self, event: WireEvent) -> None:
        super().__init__(str(event["message"]))
        self.status = int(event["status"])  # type: ignore[misc]  # of this answer alone
        self.code = str(event["code"])  # type: ignore[misc]  # likewise
