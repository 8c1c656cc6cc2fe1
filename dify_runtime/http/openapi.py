"""OpenAPI 3.1 descriptions of groups, made from the routes."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Final

from dify_runtime_sdk import DIFY_API_VERSION
from dify_runtime_sdk.http import BlueprintGroup, HttpError, InvalidParam, Unauthorized

from .answers import EMPTY
from .operation_ids import operation_ids
from .paths import Variable, parse_rule
from .routing import BoundRoute
from .schemas import Schema, Schemas, reference_to

_METHODS: Final = frozenset(("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"))
_SECURITY: Final = "bearer"


def describe(group: BlueprintGroup, routes: Sequence[BoundRoute]) -> Schema:
    """The OpenAPI document of one group."""
    routes = [route for route in routes if route.method in _METHODS]
    schemas = Schemas(routes)
    error = _error_schema(group)
    error_name = _free_name("Error", schemas) if error else None
    paths: dict[str, Schema] = {}
    for number, (route, identifier) in enumerate(zip(routes, operation_ids(routes), strict=True)):
        operation = {"operationId": identifier, **_operation(number, route, schemas, error_name)}
        template = parse_rule(route.route.path).template or "/"
        paths.setdefault(template, {}).setdefault(route.method.lower(), operation)
    components: Schema = {"schemas": schemas.reachable(paths)}
    if error_name:
        components["schemas"][error_name] = error
    if any(not route.public for route in routes):
        components["securitySchemes"] = {_SECURITY: {"type": "http", "scheme": "bearer"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": group.description or group.name, "version": DIFY_API_VERSION},
        "servers": [{"url": group.prefix or "/"}],
        "paths": dict(sorted(paths.items())),
        "components": components,
    }


def _free_name(name: str, schemas: Schemas) -> str:
    while name in schemas.components:
        name += "_"
    return name


def _operation(number: int, route: BoundRoute, schemas: Schemas, error_name: str | None) -> Schema:
    operation: Schema = {}
    if route.route.summary:
        operation["summary"] = route.route.summary
    if route.route.tags:
        operation["tags"] = list(route.route.tags)
    if parameters := [*_path_parameters(route), *_query_parameters(number, schemas)]:
        operation["parameters"] = parameters
    if body := schemas.of(number, "body"):
        operation["requestBody"] = {"required": not route.signature.optional_body, "content": _json(body)}
    operation["responses"] = _responses(number, route, schemas, error_name)
    if not route.public:
        operation["security"] = [{_SECURITY: []}]
    return operation


def _path_parameters(route: BoundRoute) -> Iterable[Schema]:
    for variable in parse_rule(route.route.path).variables:
        yield {"name": variable.name, "in": "path", "required": True, "schema": _variable_schema(variable)}


def _variable_schema(variable: Variable) -> Schema:
    kinds: Mapping[str, Schema] = {
        "int": {"type": "integer"},
        "float": {"type": "number"},
        "uuid": {"type": "string", "format": "uuid"},
    }
    if variable.converter == "any":
        return {"type": "string", "enum": [choice.strip("\"'") for choice in variable.arguments.split(",")]}
    return kinds.get(variable.converter, {"type": "string"})


def _query_parameters(number: int, schemas: Schemas) -> Iterable[Schema]:
    query = schemas.of(number, "query")
    if query is None:
        return
    model = schemas.resolved(query)
    required = model.get("required", ())
    for name, schema in model.get("properties", {}).items():
        parameter = {"name": name, "in": "query", "required": name in required, "schema": schema}
        if "description" in schema:
            parameter["description"] = schema["description"]
        yield parameter


def _responses(number: int, route: BoundRoute, schemas: Schemas, error_name: str | None) -> Schema:
    status = 204 if route.signature.returns in (None, type(None)) else route.route.status
    success: Schema = {"description": _phrase(status)}
    answer = schemas.of(number, "answer")
    if answer and status not in EMPTY:
        success["content"] = _json(answer)
    responses = {str(status): success}
    for failure, kinds in sorted(_errors_by_status(route).items()):
        lines = [f"`{kind.code}`: {kind.default_message}" for kind in kinds]
        responses[str(failure)] = {"description": "\n\n".join(lines)}
        if error_name:
            responses[str(failure)]["content"] = _json(reference_to(error_name))
    return responses


def _errors_by_status(route: BoundRoute) -> dict[int, list[type[HttpError]]]:
    """The errors that the route declares, and those that reading its arguments and its identity bring."""
    kinds = list(route.route.errors)
    if route.signature.body is not None or route.signature.query is not None:
        kinds.append(InvalidParam)
    if not route.public:
        kinds.append(Unauthorized)
    by_status: dict[int, list[type[HttpError]]] = {}
    for kind in dict.fromkeys(kinds):
        by_status.setdefault(kind.status, []).append(kind)
    return by_status


def _error_schema(group: BlueprintGroup) -> Schema | None:
    """The schema of the group's errors, read off one; None where they are pages."""
    body = group.errors.render(InvalidParam()).body
    if isinstance(body, str):
        return None
    properties = {name: {"type": "integer" if isinstance(value, int) else "string"} for name, value in body.items()}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return str(status)
