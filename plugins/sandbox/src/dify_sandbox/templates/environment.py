"""The Jinja environment of templates that are rendered on the event loop."""

from collections.abc import Callable, Iterable, Mapping, Sized
from typing import Any, Final

from jinja2 import nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .inline import FILTERS
from .spending import SpendingContext, SpentError, check_size

_LOOP: Final = "_loop"
_CONCATENATED: Final = "_concatenated"
"""Filters of our own, put into the tree where Jinja has no hook."""
_MOST_INDENT: Final = 16
_MOST_DIGITS: Final = 100
_WORD: Final = 1 << 64


class InlineEnvironment(ImmutableSandboxedEnvironment):
    """Makes every step pay; behaves like Jinja's own with default options in all else.

    Templates raise `SpentError` when they go over what the event loop can give.
    """

    context_class = SpendingContext
    intercepted_binops = frozenset(("+", "*", "%"))

    def __init__(self) -> None:
        super().__init__(cache_size=0, auto_reload=False, finalize=_output)
        self.filters = {name: _paid(self.filters[name], _GUARDS.get(name)) for name in FILTERS}
        self.filters |= {_LOOP: _loop, _CONCATENATED: _concatenated}

    def prepare(self, template: nodes.Template) -> None:
        """Put the filters of our own into a tree that `is_small`."""
        for loop in list(template.find_all(nodes.For)):
            loop.iter = _filtered(loop.iter, loop.lineno, _LOOP)
        for parent in reversed([template, *template.find_all(nodes.Node)]):  # inner ones first
            for field, value in parent.iter_fields():
                setattr(parent, field, _replaced(value))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """`+` pays for what it makes; `*` and `%` are for numbers."""
        if operator == "+":
            _spending(context).spend(1)
            if isinstance(left, Sized) and isinstance(right, Sized):
                check_size(len(left) + len(right))
        elif not (_is_small_number(left) and _is_small_number(right)):
            raise SpentError
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Calls pay."""
        _spending(context).pay_for(getattr(obj, "__self__", None))
        return super().call(context, obj, *args, **kwargs)


def _spending(context: Context) -> SpendingContext:
    if not isinstance(context, SpendingContext):
        raise TypeError("the context is of another environment")
    return context


def _is_small_number(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, int) and abs(value) < _WORD)


def _filtered(node: nodes.Node, line: int, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=line)


def _replaced(value: Any) -> Any:
    if isinstance(value, list):
        return [_replaced(one) for one in value]
    if isinstance(value, nodes.Concat):
        return _filtered(nodes.List(value.nodes, lineno=value.lineno), value.lineno, _CONCATENATED)
    return value


@pass_context
def _output(context: Context, value: Any) -> Any:
    _spending(context).pay_for(value)
    return value


@pass_context
def _loop(context: Context, items: Iterable[Any]) -> Iterable[Any]:
    return _spending(context).paying(items)


@pass_context
def _concatenated(context: Context, parts: list[Any]) -> str:
    texts = [str(part) for part in parts]
    check_size(sum(map(len, texts)))
    text = "".join(texts)
    _spending(context).pay_for(text)
    return text


def _nothing(_context: Context) -> list[Any]:
    return []


type _Guard = Callable[..., None]


def _paid(function: Callable[..., Any], guard: _Guard | None) -> Callable[..., Any]:
    """The filter, which pays for its value and is asked first whether it will make something too large."""
    wants = getattr(getattr(function, "jinja_pass_arg", None), "name", "")
    given: Mapping[str, Callable[[Context], list[Any]]] = {
        "context": lambda context: [context],
        "eval_context": lambda context: [context.eval_ctx],
        "environment": lambda context: [context.environment],
    }
    first = given.get(wants, _nothing)

    @pass_context
    def run(context: Context, value: Any, *args: Any, **kwargs: Any) -> Any:
        spending = _spending(context)
        if isinstance(value, Sized):
            spending.pay_for(value)
        elif isinstance(value, Iterable):
            value = spending.paying(value)
        if guard is not None:
            guard(value, *args, **kwargs)
        return function(*first(context), value, *args, **kwargs)

    return run


def _join(value: Any, d: Any = "", attribute: Any = None) -> None:
    if not isinstance(value, Sized):
        raise SpentError
    check_size(len(value) * len(str(d)))


def _replace(value: Any, old: Any, new: Any, count: Any = None) -> None:
    check_size(len(str(value)) + str(value).count(str(old)) * len(str(new)))


def _tojson(value: Any, indent: int | None = None) -> None:
    if indent is not None and indent > _MOST_INDENT:
        raise SpentError


def _round(value: Any, precision: int = 0, method: str = "common") -> None:
    if abs(precision) > _MOST_DIGITS:
        raise SpentError


_GUARDS: Final[Mapping[str, _Guard]] = {"join": _join, "replace": _replace, "tojson": _tojson, "round": _round}
