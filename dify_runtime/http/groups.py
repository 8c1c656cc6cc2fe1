"""The table of blueprint groups: which group a path belongs to, and who authenticates it."""

import re
from collections.abc import Iterator

from dify_runtime_sdk.http import ROOT, Authenticator, BlueprintGroup, GroupAuthenticator

from ..errors import ContributionFailed
from .contributions import HttpContributions
from .cors import Cors

HOST = "host"
"""The owner of the group `root` in error messages."""

_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")


class Group:
    """A blueprint group in use: the contribution, its plugin, and what else was contributed for it."""

    __slots__ = ("authenticator", "authenticator_owner", "cors", "declared", "own_options", "plugin")

    def __init__(self, plugin: str, declared: BlueprintGroup) -> None:
        self.plugin = plugin
        self.declared = declared
        self.cors = Cors(declared.cors) if declared.cors is not None else None
        self.authenticator: Authenticator | None = declared.authenticator
        self.authenticator_owner = plugin
        self.own_options = False
        """Whether a route of the group handles OPTIONS itself; its preflights are then answered by its routes."""

    @property
    def name(self) -> str:
        """The group's name."""
        return self.declared.name

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The prefix, then the aliases."""
        return (self.declared.prefix, *self.declared.aliases)


class GroupTable:
    """All groups of one application, found by name or by path."""

    def __init__(self, contributions: HttpContributions) -> None:
        """Take the groups and authenticators; raises `ContributionFailed` for the first wrong one."""
        self.root = Group(HOST, BlueprintGroup(ROOT, "", description="Pages of the server itself"))
        self._by_name = {ROOT: self.root}
        self._by_prefix: dict[str, Group] = {}
        for plugin, declared in contributions.groups:
            self._add(expect(plugin, "blueprint_groups", declared, BlueprintGroup), plugin)
        for plugin, given in contributions.authenticators:
            self._authenticate(plugin, expect(plugin, "authenticators", given, GroupAuthenticator))
        longest_first = sorted(self._by_prefix, key=len, reverse=True)
        self._match = re.compile(rf"({'|'.join(map(re.escape, longest_first))})(?=/|\Z)").match

    def __iter__(self) -> Iterator[Group]:
        return iter(self._by_name.values())

    def find(self, path: str) -> Group:
        """The group of a request's path: the longest prefix that ends at a border between segments, else `root`."""
        found = self._match(path) if self._by_prefix else None
        return self.root if found is None else self._by_prefix[found[1]]

    def nested_below(self, head: str, group: Group) -> bool:
        """Whether other groups have prefixes that begin with `head`."""
        return any(prefix.startswith(head) for prefix, other in self._by_prefix.items() if other is not group)

    def named(self, plugin: str, name: str, what: str) -> Group:
        """The group called `name`; raises `ContributionFailed` against `plugin` if there is none."""
        found = self._by_name.get(name)
        if found is None:
            raise ContributionFailed(
                plugin,
                f"{what} names the blueprint group {name!r}, which nobody contributes",
                hint=f"known groups: {', '.join(sorted(self._by_name))}",
            )
        return found

    def _add(self, declared: BlueprintGroup, plugin: str) -> None:
        taken = self._by_name.get(declared.name)
        if taken is not None:
            raise ContributionFailed(
                plugin,
                f"blueprint group {declared.name!r} is already contributed by plugin {taken.plugin!r}",
                hint="rename the group, or deny one of the plugins",
            )
        group = Group(plugin, declared)
        for prefix in group.prefixes:
            self._claim(prefix, group)
        self._by_name[declared.name] = group

    def _claim(self, prefix: str, group: Group) -> None:
        if not _PREFIX.fullmatch(prefix):
            raise ContributionFailed(
                group.plugin,
                f"prefix {prefix!r} of blueprint group {group.name!r} is malformed",
                hint="it begins with a slash, does not end with one, and has no variables",
            )
        taken = self._by_prefix.get(prefix)
        if taken is not None:
            raise ContributionFailed(
                group.plugin,
                f"prefix {prefix!r} of blueprint group {group.name!r} belongs to group {taken.name!r} "
                f"of plugin {taken.plugin!r}",
                hint="choose another prefix, or deny one of the plugins",
            )
        self._by_prefix[prefix] = group

    def _authenticate(self, plugin: str, given: GroupAuthenticator) -> None:
        group = self.named(plugin, given.group, "an authenticator")
        if group.authenticator is not None:
            raise ContributionFailed(
                plugin,
                f"blueprint group {group.name!r} already has the authenticator of plugin {group.authenticator_owner!r}",
                hint="a group has one authenticator: deny one of the plugins",
            )
        group.authenticator = given.authenticator
        group.authenticator_owner = plugin


def expect[T](plugin: str, hook: str, value: object, kind: type[T]) -> T:
    """`value`, if it is what the hook must return; raises `ContributionFailed` otherwise."""
    if not isinstance(value, kind):
        raise ContributionFailed(
            plugin,
            f"hook {hook!r} returned an object of type {type(value).__name__!r}",
            hint=f"it returns {kind.__name__} objects",
        )
    return value
