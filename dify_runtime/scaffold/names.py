"""The names inside a new plugin, all derived from the one that was asked for."""

import keyword
import sys
from collections.abc import Collection
from dataclasses import dataclass

from ..declaration import NAME
from ..errors import HostError


@dataclass(frozen=True, slots=True)
class Names:
    """`my-notes`: package `my_notes`, class prefix `MyNotes`, setting prefix `MY_NOTES`, title `My-Notes`."""

    name: str

    @property
    def package(self) -> str:
        """The import package."""
        return self.name.replace("-", "_")

    @property
    def class_name(self) -> str:
        """What class names begin with."""
        return "".join(part.capitalize() for part in self.name.split("-"))

    @property
    def prefix(self) -> str:
        """What setting names begin with."""
        return self.package.upper()

    @property
    def title(self) -> str:
        """The name as a part of a header's name."""
        return self.name.title()


def check_name(name: str, reserved: Collection[str]) -> Names:
    """The names derived from `name`; raises `HostError` when a plugin, a package or a command cannot be called so."""
    names = Names(name)
    if not NAME.fullmatch(name) or not names.package.isidentifier() or "--" in name:
        hint = "begin with a letter and use lower-case letters, digits and single inner hyphens, as in my-notes"
        raise HostError(f"{name!r} cannot be the name of a plugin", hint=hint)
    if keyword.iskeyword(names.package) or names.package in sys.stdlib_module_names:
        raise HostError(f"{names.package!r} is a word of Python's own", hint="choose a longer name, as in my-notes")
    if name in reserved or names.package.startswith("dify_runtime"):
        raise HostError(f"{name!r} is a name of the runtime itself", hint="choose another, as in my-notes")
    return names
