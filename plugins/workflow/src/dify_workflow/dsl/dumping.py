"""From a `Document` to text."""

from typing import Any, Final

import yaml

from .dataset_ids import DatasetIds
from .document import Document
from .export import exported

_UNICODE_BREAKS: Final = frozenset("\x85\u2028\u2029")


def dump(
    document: Document,
    *,
    include_secrets: bool = False,
    dataset_ids: DatasetIds | None = None,
    version: str | None = None,
) -> str:
    """The text of an export: block style, keys in alphabetical order, characters as they are.

    Secret variables are blank unless `include_secrets`; credentials, subscriptions and addresses of triggers are always
    taken out. `dataset_ids` encrypts the ids of datasets; without it they stay as they are. `version` declares another
    version than that of the document, for values that follow another. A large app takes some hundred milliseconds of
    CPU: run it in a thread where that hurts.
    """
    raw = exported(document, include_secrets=include_secrets, dataset_ids=dataset_ids)
    if version is not None:
        raw["version"] = version
    return yaml.dump(raw, Dumper=_Dumper, allow_unicode=True, sort_keys=True)


class _Dumper(yaml.SafeDumper):
    """Writes every value out; the one in C would escape characters beyond the basic plane, emoji among them."""

    def ignore_aliases(self, data: Any) -> bool:
        """Anchors would make one place depend on another."""
        return True

    def represent_scalar(self, tag: str, value: str, style: str | None = None) -> yaml.ScalarNode:
        """Quote texts with line breaks of Unicode so that they are escaped: else they come back as spaces."""
        if style is None and not _UNICODE_BREAKS.isdisjoint(value):
            style = '"'
        return super().represent_scalar(tag, value, style)
