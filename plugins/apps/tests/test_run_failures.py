"""What clients are told of a model that fails, by what it is that failed."""

import pytest

from dify_apps.errors import ModelNotSupported, ProviderQuotaExceeded
from dify_apps.runs.failures import as_event, as_http_error
from dify_runtime_sdk.models import (
    ModelCredentialsError,
    ModelCredentialsMissingError,
    ModelError,
    ModelNotAllowedError,
    ModelNotFoundError,
    ModelQuotaError,
    ModelRateLimitError,
    ModelRequestError,
    ModelUnavailableError,
)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (ModelCredentialsMissingError("give some"), "provider_not_initialize", "give some"),
        (ModelNotFoundError("no such model"), "provider_not_initialize", "no such model"),
        (ModelCredentialsError("401 of acme"), "completion_request_error", "Incorrect API key provided"),
        (ModelQuotaError("spent"), "provider_quota_exceeded", ProviderQuotaExceeded.default_message),
        (ModelNotAllowedError("off"), "model_currently_not_support", ModelNotSupported.default_message),
        (ModelRateLimitError("slow down"), "completion_request_error", "slow down"),
        (ModelUnavailableError("away"), "completion_request_error", "away"),
        (ModelRequestError("too long"), "completion_request_error", "too long"),
        (ModelError("odd"), "completion_request_error", "odd"),
    ],
)
def test_each_failure_of_a_model_has_the_code_that_clients_know(error, code, message):
    answer = as_http_error(error, "run")
    assert (answer.status, answer.code, answer.message) == (400, code, message)
    assert as_event(answer) == {"event": "error", "code": code, "status": 400, "message": message}
