"""Settings that the pages speak of exist, so that a renamed one is not left behind."""

import re

import pytest

from dify_runtime_sdk import environment_names
from tests.deployment.compose import variables

from .first_party import MODELS, OPTIONAL
from .pages import EXAMPLES, PAGES, Page, pages

NAME = re.compile(r"(?<![\w.])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w(])")
OTHERS = {
    "CERT_NONE",  # values of REDIS_SSL_CERT_REQS
    "CERT_OPTIONAL",
    "CERT_REQUIRED",
    "COMPOSE_PROFILES",
    "DIFY_API_VERSION",
    "DIFY_CORPUS",
    "ENTRY_POINT_GROUP",
    "KEY_ID",  # an argument of `keys revoke`
    "TASK_ID",  # an argument of `tasks show` and `tasks retry`
}
"""Names in capitals that are no settings of this release."""

KNOWN = {
    name
    for model in (*MODELS, *(model for plugin in OPTIONAL for model in plugin.models))
    for field_name, field in model.model_fields.items()
    for name in environment_names(field_name, field)
}

KNOWN |= set(variables())
PREFIXES = tuple(name.removesuffix("*") for name in KNOWN if name.endswith("*"))
KNOWN |= {
    name
    for path in EXAMPLES.rglob("*.py")
    for name in re.findall(r"^    ([A-Z_]+): .* = Field\(", path.read_text(encoding="utf-8"), re.MULTILINE)
}


def spoken_of(text):
    """The names in prose, tables, shell and configuration; code in Python is compared with its file."""
    text = re.sub(r"^```python.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return {name for name in NAME.findall(text) if not name.startswith(PREFIXES)}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_settings_on_a_page_exist(page: Page):
    assert spoken_of(page.text) - KNOWN - OTHERS == set()


def test_the_pages_speak_of_many_settings():
    spoken = {name for path in PAGES for name in spoken_of(path.read_text(encoding="utf-8"))}
    assert len(spoken & KNOWN) > 40
    assert spoken_of("unset `NO_SUCH_SETTING`, or `_PASSWORD`") == {"NO_SUCH_SETTING"}
