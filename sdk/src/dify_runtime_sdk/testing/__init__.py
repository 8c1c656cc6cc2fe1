"""Conformance suites: what an implementation of an extension point must pass, run by pytest in three lines.

The suites of caches, code executors and template renderers, mail back ends, secrets, storage back ends and task brokers
are in modules of their own below this package.
"""

import pytest

# Before the imports below, so that a failed assertion shows its values to the author of the implementation.
pytest.register_assert_rewrite(
    *(
        f"{__name__}.{suite}"
        for suite in ("blueprint_group", "cache", "config_source", "mail", "secrets", "storage", "tasks")
    )
)

from .blueprint_group import BlueprintGroupSuite  # noqa: E402 - see above
from .config_source import ConfigSourceSuite  # noqa: E402 - see above

__all__ = ["BlueprintGroupSuite", "ConfigSourceSuite"]
