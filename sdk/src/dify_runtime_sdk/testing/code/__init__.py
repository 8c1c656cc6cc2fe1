"""The conformance suites of code executors and template renderers: subclass one in a test module and pytest runs it."""

import pytest

# Before the imports below, so that a failed assertion shows its values to the author of the implementation.
pytest.register_assert_rewrite(*(f"{__name__}.{part}" for part in ("executor", "renderer")))

from .executor import CodeExecutorSuite  # noqa: E402 - see above
from .renderer import TemplateRendererSuite  # noqa: E402 - see above

__all__ = ["CodeExecutorSuite", "TemplateRendererSuite"]
