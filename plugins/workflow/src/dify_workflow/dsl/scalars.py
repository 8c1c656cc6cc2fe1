"""Scalars of YAML 1.1, read as the common safe loader reads them: `on` is a truth value and `1:30` is ninety."""

from typing import TYPE_CHECKING, Any, Final

import yaml
from yaml.constructor import SafeConstructor

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX: Final = "tag:yaml.org,2002:"
MERGE: Final = PREFIX + "merge"
STR: Final = PREFIX + "str"

_AS_TEXT: Final = frozenset({STR, PREFIX + "value", "!"})
"""`=` alone has a tag of its own, which means nothing here: operators of conditions are written so."""


class ScalarReader:
    """Turns scalars into values; remembers what it has seen, for one file repeats few words many times."""

    def __init__(self) -> None:
        self._constructor = SafeConstructor()
        self._known: dict[str, tuple[str, Any]] = {}
        self._makers: dict[str, Callable[[Any], Any]] = {
            PREFIX + "null": self._constructor.construct_yaml_null,
            PREFIX + "bool": self._constructor.construct_yaml_bool,
            PREFIX + "int": self._constructor.construct_yaml_int,
            PREFIX + "float": self._constructor.construct_yaml_float,
            PREFIX + "timestamp": self._constructor.construct_yaml_timestamp,
            PREFIX + "binary": self._constructor.construct_yaml_binary,
        }

    def plain(self, text: str) -> tuple[str, Any]:
        """Tag and value of a scalar without quotes and tag; raises `ValueError` as `tagged` does."""
        known = self._known.get(text)
        if known is None:
            tag = implicit_tag(text)
            known = self._known[text] = (tag, text if tag == MERGE else self.tagged(tag, text))
        return known

    def tagged(self, tag: str, text: str) -> Any:
        """The value of a scalar under a tag; raises `ValueError` when it has none, or the tag is not allowed."""
        if tag in _AS_TEXT:
            return text
        maker = self._makers.get(tag)
        if maker is None:
            raise ValueError(f"the tag {tag.replace(PREFIX, '!!')!r} is not allowed")
        try:
            return maker(yaml.ScalarNode(tag, text))
        except (ValueError, KeyError, IndexError, AttributeError, yaml.YAMLError):  # what its conversions run into
            raise ValueError(f"this is no {tag.removeprefix(PREFIX)}") from None  # it may be a secret: not quoted


def implicit_tag(text: str) -> str:
    """The tag that a scalar without quotes has by its form."""
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers
    for tag, pattern in resolvers.get(text[:1], ()):
        if pattern.match(text):
            return str(tag)
    return STR
