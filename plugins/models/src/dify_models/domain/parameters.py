"""Parameters of a call: those that the model has, cast and within their limits."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from dify_runtime_sdk.model_providers import ModelAccess, vendor_error
from dify_runtime_sdk.model_schemas import ModelSchema, ParameterRule
from dify_runtime_sdk.models import ModelRequestError

_SWITCHES: Final = {"true": True, "false": False, "1": True, "0": False}


def checked(parameters: Mapping[str, Any], schema: ModelSchema, access: ModelAccess) -> dict[str, Any]:
    """The parameters to send; raises `ModelRequestError` naming the one that is wrong.

    A parameter of None or without a value is not sent, unless it is required and has a default. One without a rule is
    dropped, and passed on as it is where the model is customizable.
    """
    rules = {rule.name: rule for rule in schema.parameter_rules}
    found = {name: value for name, value in parameters.items() if name not in rules} if schema.customizable else {}
    for rule in rules.values():
        value = parameters.get(rule.name)
        if value is None and rule.use_template:
            value = parameters.get(rule.use_template)
        if value is None and rule.required:
            if rule.default is None:
                raise _wrong(access, rule, "is required")
            value = rule.default
        if value is not None:
            found[rule.name] = _cast(value, rule, access)
    return found


def _cast(value: Any, rule: ParameterRule, access: ModelAccess) -> Any:
    if rule.type in ("int", "float"):
        return _number(value, rule, access)
    if rule.type == "boolean":
        if isinstance(value, bool):
            return value
        switch = _SWITCHES.get(str(value).strip().lower())
        if switch is None:
            raise _wrong(access, rule, "is true or false")
        return switch
    if not isinstance(value, str):
        raise _wrong(access, rule, "is a text")
    if rule.options and value not in rule.options:
        raise _wrong(access, rule, f"is one of {', '.join(rule.options)}")
    return value


def _number(value: Any, rule: ParameterRule, access: ModelAccess) -> int | float:
    try:
        number = Decimal(str(value).strip())
        usable = number.is_finite() and not isinstance(value, bool)
    except InvalidOperation:
        usable = False
    if not usable:
        raise _wrong(access, rule, "is a number")
    if rule.type == "int" and number != int(number):
        raise _wrong(access, rule, "is a whole number")
    if rule.min is not None and number < Decimal(str(rule.min)):
        raise _wrong(access, rule, f"is at least {rule.min:g}")
    if rule.max is not None and number > Decimal(str(rule.max)):
        raise _wrong(access, rule, f"is at most {rule.max:g}")
    if rule.type == "int":
        return int(number)
    return float(number if rule.precision is None else round(number, rule.precision))


def _wrong(access: ModelAccess, rule: ParameterRule, rest: str) -> ModelRequestError:
    return vendor_error(ModelRequestError, access, f"parameter {rule.name} of the model {access.model} {rest}")
