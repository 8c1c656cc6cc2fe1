"""What each role may do in a workspace; the table is Dify's."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from .api import Role


class Ability(StrEnum):
    """A group of actions that are allowed together."""

    INVITE_MEMBERS = "invite_members"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_CREDENTIALS = "manage_credentials"
    ADMINISTER_APPS = "administer_apps"
    """Turn an app's API on and off, reset its site, delete its keys, make dataset keys and tools."""
    EDIT_APPS = "edit_apps"
    EDIT_DATASETS = "edit_datasets"
    DELETE_DATASETS = "delete_datasets"
    USE_APPS = "use_apps"


_ADMIN: Final = frozenset(Ability) - {Ability.MANAGE_MEMBERS}
_EDITOR: Final = frozenset({Ability.EDIT_APPS, Ability.EDIT_DATASETS, Ability.DELETE_DATASETS, Ability.USE_APPS})

_ABILITIES: Final = MappingProxyType(
    {
        Role.OWNER: frozenset(Ability),
        Role.ADMIN: _ADMIN,
        Role.EDITOR: _EDITOR,
        Role.NORMAL: frozenset({Ability.USE_APPS}),
        Role.DATASET_OPERATOR: frozenset({Ability.EDIT_DATASETS, Ability.DELETE_DATASETS}),
    }
)


def may(role: Role, ability: Ability) -> bool:
    """Whether accounts of that role may do it."""
    return ability in _ABILITIES[role]
