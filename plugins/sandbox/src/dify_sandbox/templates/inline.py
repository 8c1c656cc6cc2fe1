"""Templates that are rendered without leaving the event loop: those of which a look tells that they stay small.

What a template of this kind can be made of is listed here, and nothing else is let in. It has no macros, no blocks, no
calls but a few methods and `range`, no operators that multiply. So one step costs no more than reading an input, and
every loop, filter, call and output pays; whoever pays too much is rendered elsewhere.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from jinja2 import nodes

FILTERS: Final = frozenset(
    (
        *("abs", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first", "float", "int", "items"),
        *("join", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "replace", "reverse"),
        *("round", "safe", "select", "selectattr", "sort", "string", "title", "tojson", "trim", "truncate", "unique"),
        "upper",
    )
)
"""Filters whose results are not larger than what goes in, or are checked before."""
_METHODS: Final = frozenset(
    (
        *("count", "cycle", "endswith", "find", "get", "items", "keys", "lower", "lstrip", "rstrip", "split"),
        *("splitlines", "startswith", "strip", "title", "upper", "values"),
    )
)
_PLAIN: Final = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Getattr, nodes.Getitem, nodes.Slice),
    *(nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Pos),
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Concat, nodes.Keyword, nodes.Test),
)
_GROWING: Final = (nodes.BinExpr, nodes.Concat, nodes.Filter, nodes.Call)
_KEPT_OUT: Final = frozenset(("self", "super", "caller", "varargs", "kwargs"))


def is_small(template: nodes.Template) -> bool:
    """Whether the template is of this kind. Raises `RecursionError` for one that is nested too deeply."""
    return all(_fits(node) for node in _all(template))


def _all(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _all(child)


def _fits(node: nodes.Node) -> bool:
    check = _CHECKS.get(type(node))
    if check is not None:
        return check(node)
    return isinstance(node, _PLAIN)


def _name(node: Any) -> bool:
    return node.name not in _KEPT_OUT


def _for(node: Any) -> bool:
    return not node.recursive


def _assign(node: Any) -> bool:
    """Names for what is there already; a name for something larger could be doubled again and again."""
    return isinstance(node.target, nodes.Name) and not any(isinstance(part, _GROWING) for part in _all(node.node))


def _filter(node: Any) -> bool:
    if node.node is None or node.name not in FILTERS or _dynamic(node):
        return False
    return node.name != "map" or not node.args  # its argument would be a filter of any name


def _call(node: Any) -> bool:
    called = node.node
    if _dynamic(node) or not isinstance(called, nodes.Getattr | nodes.Name):
        return False
    return called.attr in _METHODS if isinstance(called, nodes.Getattr) else called.name == "range"


def _literal(node: Any) -> bool:
    """Constants, to compare with; or the names that a loop gives to the parts of an item."""
    fitting = nodes.Name if node.ctx == "store" else nodes.Const
    return all(isinstance(item, fitting) for item in node.items)


def _dynamic(node: Any) -> bool:
    return node.dyn_args is not None or node.dyn_kwargs is not None


_CHECKS: Final[dict[type[nodes.Node], Callable[[Any], bool]]] = {
    nodes.Name: _name,
    nodes.For: _for,
    nodes.Assign: _assign,
    nodes.Filter: _filter,
    nodes.Call: _call,
    nodes.Tuple: _literal,
    nodes.List: lambda node: all(isinstance(item, nodes.Const) for item in node.items),
}
