"""Variables of a workflow as its row holds them: JSON text, keyed by name, secrets encrypted for the workspace."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

from dify_accounts import Tenants
from dify_runtime_sdk.secrets import TenantSecrets
from dify_secrets import HIDDEN
from dify_workflow.dsl import ValueType, Variable

from .errors import LibraryError

ENVIRONMENT: Final = "env"
CONVERSATION: Final = "conversation"

type Variables = dict[str, dict[str, Any]]
"""Variables by name, as the column holds them; secret values may be plain or encrypted."""


def stored_variables(variables: Iterable[Variable], group: str) -> Variables:
    """The variables of a file; of two with one name the later stays. `group` is the first part of their selectors."""
    return {variable.name: _stored(variable, group) for variable in variables}


def read_variables(text: str | None) -> Variables:
    """What a column holds; rows without variables have `{}`, an empty text or nothing."""
    return json.loads(text) if text else {}


def keep_secrets(variables: Variables, former: Mapping[str, Mapping[str, Any]], *, blank: bool) -> Variables:
    """The variables, but with the former value where a secret says `[__HIDDEN__]` or, with `blank`, nothing."""
    kept = {HIDDEN, ""} if blank else {HIDDEN}
    return {
        name: {**variable, "value": former[name]["value"]}
        if _is_secret(variable) and variable["value"] in kept and _is_secret(former.get(name, {}))
        else variable
        for name, variable in variables.items()
    }


class SecretVariables:
    """Encrypts and decrypts the secrets among the variables of a workspace. Never inside a unit of the database."""

    def __init__(self, tenants: Tenants, secrets: TenantSecrets) -> None:
        self._tenants = tenants
        self._secrets = secrets

    async def seal(self, tenant_id: str, variables: Variables) -> Variables:
        """The variables with encrypted secrets; raises `LibraryError` when the workspace has no key."""
        names = [name for name, variable in variables.items() if _is_secret(variable)]
        if not names:
            return variables
        tenant = await self._tenants.get(tenant_id)
        if tenant is None or not tenant.public_key:
            raise LibraryError(
                f"the workspace {tenant_id} has no key to encrypt secrets with", hint="restore it from a backup"
            )
        sealed = {
            name: await self._secrets.encrypt(tenant_id, tenant.public_key, variables[name]["value"]) for name in names
        }
        return _with_values(variables, sealed)

    async def open(self, tenant_id: str, variables: Variables) -> Variables:
        """The variables with plain secrets; raises `DecryptionError`, which names the variable."""
        tokens = {name: one["value"] for name, one in variables.items() if _is_secret(one) and one["value"]}
        return _with_values(variables, await self._secrets.decrypt_many(tenant_id, tokens))


def _stored(variable: Variable, group: str) -> dict[str, Any]:
    return {
        "value_type": variable.stored_type.value,
        "value": variable.value,
        "id": variable.id or str(uuid5(NAMESPACE_OID, f"{group}.{variable.name}")),
        "name": variable.name,
        "description": variable.description,
        "selector": variable.selector or [group, variable.name],
    }


def _is_secret(variable: Mapping[str, Any]) -> bool:
    return variable.get("value_type") == ValueType.SECRET


def _with_values(variables: Variables, values: Mapping[str, str]) -> Variables:
    return {
        name: {**variable, "value": values[name]} if name in values else variable
        for name, variable in variables.items()
    }
