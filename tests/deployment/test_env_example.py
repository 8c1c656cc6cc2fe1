"""The example environment file: every setting with its default, and no secret."""

import io
import re

import pytest
from dotenv import dotenv_values

from dify_runtime.configuration.layers import Layer, Layers, LayerValues
from dify_runtime.configuration.store import SettingsStore
from dify_runtime.configuration.validation import validate
from dify_runtime.reference import render_env_example
from dify_runtime_sdk import Settings, environment_names, is_secret
from tests.deployment.compose import ROOT
from tests.docs.first_party import MODELS

EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
SHOWN = dotenv_values(stream=io.StringIO(re.sub(r"^# (?=[A-Z][A-Z0-9_]*=.)", "", EXAMPLE, flags=re.MULTILINE)))
"""What the file says once everything in it is in force."""
GIVEN = set(re.findall(r"^(?:# )?(\w+)=", (ROOT / "docs/deploy/compose.env").read_text(encoding="utf-8"), re.MULTILINE))
"""What is for the compose file, with its defaults."""
FIELDS = {
    environment_names(name, info)[0]: (model, name, info)
    for model in MODELS
    for name, info in model.model_fields.items()
}


def rendered(model: type[Settings], preamble: str = "") -> str:
    store = SettingsStore(Layers())
    store.claim("one", model)
    return render_env_example(store, preamble)


def test_every_setting_is_in_it():
    names = [name.replace("*", "OPTION") for name in FIELDS]
    assert [name for name in names if not re.search(rf"^(# )?{name}=", EXAMPLE, re.MULTILINE)] == []


@pytest.mark.parametrize("name", sorted(set(FIELDS) & set(SHOWN) - GIVEN))
def test_what_it_shows_is_the_default(name):
    model, field, info = FIELDS[name]
    if not SHOWN[name]:
        assert is_secret(name, info)
        return
    given = getattr(validate(model, "one", Layers([LayerValues(Layer.DOTENV, {name: SHOWN[name]})])), field)
    default = getattr(validate(model, "one", Layers()), field)
    assert given in (default, str(default).lower())  # a switch may be text as well


def test_no_secret_has_a_value():
    assert len(SHOWN) > 50
    assert [
        name for name, value in SHOWN.items() if value and is_secret(name, FIELDS[name][2] if name in FIELDS else None)
    ] == []


def test_values_that_a_shell_would_take_apart_are_quoted():
    class Awkward(Settings):
        """Defaults with every kind of mark."""

        ONE: str = r"it's $HOME # 100 \ %"
        TWO: tuple[str, ...] = ("a b", "c")

    shown = dotenv_values(stream=io.StringIO(rendered(Awkward).replace("# ONE", "ONE").replace("# TWO", "TWO")))
    assert shown == {"ONE": r"it's $HOME # 100 \ %", "TWO": '["a b", "c"]'}


def test_what_the_preamble_gives_is_not_repeated():
    class Two(Settings):
        """Two settings."""

        FIRST: int = 1
        SECOND: int = 2

    text = rendered(Two, "# Choose\nFIRST=\n")
    assert text.startswith("# Choose\nFIRST=\n\n")
    assert text.count("FIRST=") == 1
    assert "# SECOND=2" in text
