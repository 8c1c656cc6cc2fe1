"""HTTP: blueprint groups, routes into groups, authenticators, error shapes and ASGI middleware."""

from .errors import (
    BadRequest,
    ErrorAnswer,
    ErrorShape,
    Forbidden,
    HttpError,
    InternalServerError,
    InvalidParam,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    StandardErrors,
    Unauthorized,
    UnknownRoute,
)
from .groups import ROOT, ApiDocs, Authenticator, BlueprintGroup, CorsPolicy, GroupAuthenticator, Identity
from .routes import RequestContext, Route, Routes
from .types import ASGIApp, Message, Middleware, Receive, Scope, Send

__all__ = [
    "ROOT",
    "ASGIApp",
    "ApiDocs",
    "Authenticator",
    "BadRequest",
    "BlueprintGroup",
    "CorsPolicy",
    "ErrorAnswer",
    "ErrorShape",
    "Forbidden",
    "GroupAuthenticator",
    "HttpError",
    "Identity",
    "InternalServerError",
    "InvalidParam",
    "Message",
    "MethodNotAllowed",
    "Middleware",
    "NotFound",
    "PayloadTooLarge",
    "Receive",
    "RequestContext",
    "Route",
    "Routes",
    "Scope",
    "Send",
    "StandardErrors",
    "Unauthorized",
    "UnknownRoute",
]
