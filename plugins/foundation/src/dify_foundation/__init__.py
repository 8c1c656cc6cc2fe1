"""The plugins every runtime wants: time zone, logging, JSON, compression, proxies, metrics.

For other plugins: the context of log lines (`new_request_context`, `bind_trace_id`, `bind_identity`), `redact`, and
what code-based extensions are made of.
"""

from .code_based_extension.catalogue import CodeBasedExtensions
from .code_based_extension.protocols import (
    BrokenExtension,
    CodeBasedExtension,
    ExtensionKind,
    ExternalDataTool,
    Moderation,
    ModerationAction,
    ModerationInputsResult,
    ModerationOutputsResult,
)
from .log.context import LogContext, bind_identity, bind_trace_id, current_context, new_request_context
from .log.redaction import redact, redact_value

__all__ = [
    "BrokenExtension",
    "CodeBasedExtension",
    "CodeBasedExtensions",
    "ExtensionKind",
    "ExternalDataTool",
    "LogContext",
    "Moderation",
    "ModerationAction",
    "ModerationInputsResult",
    "ModerationOutputsResult",
    "bind_identity",
    "bind_trace_id",
    "current_context",
    "new_request_context",
    "redact",
    "redact_value",
]
