"""Answers that are errors, with the codes, statuses and texts that Dify's clients know."""

from dify_runtime_sdk.http import BadRequest, Forbidden, HttpError, InvalidParam, NotFound


class AppUnavailable(BadRequest):
    """400: nothing is published, or the app is of another kind than the route."""

    code = "app_unavailable"
    default_message = "App unavailable, please check your app configurations."


class NotChatApp(BadRequest):
    """400: the route is for chat apps."""

    code = "not_chat_app"
    default_message = "Please check if your app mode matches the right API route."


class NotCompletionApp(BadRequest):
    """400: the route is for completion apps."""

    code = "not_completion_app"
    default_message = "Please check if your Completion app mode matches the right API route."


class NotWorkflowApp(BadRequest):
    """400: the route is for workflow apps."""

    code = "not_workflow_app"
    default_message = "Please check if your app mode matches the right API route."


class ConversationNotExists(NotFound):
    """404: no such conversation of this user in this app."""

    default_message = "Conversation Not Exists."


class MessageNotExists(NotFound):
    """404: no such message of this user in this app."""

    default_message = "Message Not Exists."


class ConversationCompleted(BadRequest):
    """400: the conversation is closed."""

    code = "conversation_completed"
    default_message = "The conversation has ended. Please start a new conversation."


class WorkflowNotFound(NotFound):
    """404: no such version of the app's workflow."""

    default_message = "Workflow not found"


class ProviderNotInitialized(BadRequest):
    """400: there are no usable credentials for the model."""

    code = "provider_not_initialize"
    default_message = (
        "No valid model provider credentials found. "
        "Please go to Settings -> Model Provider to complete your provider credentials."
    )


class ProviderQuotaExceeded(BadRequest):
    """400: the quota of the model's provider is spent."""

    code = "provider_quota_exceeded"
    default_message = (
        "Your quota for Dify Hosted Model Provider has been exhausted. "
        "Please go to Settings -> Model Provider to complete your own provider credentials."
    )


class ModelNotSupported(BadRequest):
    """400: the model cannot do that."""

    code = "model_currently_not_support"
    default_message = "Dify Hosted OpenAI trial currently not support the GPT-4 model."


class CompletionRequestFailed(BadRequest):
    """400: the call of a model failed."""

    code = "completion_request_error"
    default_message = "Completion request failed."


class TooManyRequests(HttpError):
    """429: as many runs of the app go on as it may have at once."""

    status = 429
    code = "too_many_requests"
    default_message = "Too many requests. Please try again later."


class RunFailed(HttpError):
    """500: a run broke off for a reason that is in the log."""

    code = "internal_server_error"
    default_message = "Internal Server Error, please contact support."


__all__ = [
    "AppUnavailable",
    "CompletionRequestFailed",
    "ConversationCompleted",
    "ConversationNotExists",
    "Forbidden",
    "InvalidParam",
    "MessageNotExists",
    "ModelNotSupported",
    "NotChatApp",
    "NotCompletionApp",
    "NotWorkflowApp",
    "ProviderNotInitialized",
    "ProviderQuotaExceeded",
    "RunFailed",
    "TooManyRequests",
    "WorkflowNotFound",
]
