"""Fields that take every setting under a prefix: collected, traced, explained and documented name by name."""

import json
import sys
from typing import Annotated

import pytest
from click.testing import CliRunner
from pydantic import Field, SecretStr

from dify_runtime.cli.main import root
from dify_runtime.configuration.compose import compose
from dify_runtime.configuration.layers import Layer, Layers, LayerValues
from dify_runtime.configuration.store import MASK, SettingsStore
from dify_runtime.configuration.validation import validate
from dify_runtime.reference.settings import render_settings, settings_schema
from dify_runtime_sdk import Prefixed, Settings, SettingsError, environment_names, prefix_of
from tests.plugin_dir import write_plugin


class Stores(Settings):
    STORE_KIND: str = Field("disk", description="which store")
    options: Annotated[dict[str, SecretStr], Prefixed("STORE_")] = Field({}, description="options of the store")
    levels: Annotated[dict[str, int], Prefixed("LEVEL_")] = Field({}, description="levels by name")


def layers(environment=None, **others):
    stack = Layers([LayerValues(Layer.ENVIRONMENT, environment or {})])
    for layer, content in others.items():
        stack.put(LayerValues(Layer[layer.upper()], content, layer))
    return stack


def revealed(stores):
    return {name: value.get_secret_value() for name, value in stores.options.items()}


def store_of(stack):
    store = SettingsStore(stack)
    store.validate("stores", Stores)
    return store


def test_every_name_under_the_prefix_is_taken_without_it():
    stores = validate(Stores, "stores", layers({"STORE_S3_BUCKET": "b", "STORE_S3_KEY": "k", "LEVEL_A": "3"}))
    assert revealed(stores) == {"S3_BUCKET": "b", "S3_KEY": "k"}
    assert stores.levels == {"A": 3}


def test_names_of_other_fields_the_bare_prefix_and_foreign_names_are_left_out():
    stores = validate(Stores, "stores", layers({"STORE_KIND": "s3", "STORE_": "x", "STOREROOM": "y", "STORE_A": "z"}))
    assert stores.STORE_KIND == "s3"
    assert revealed(stores) == {"A": "z"}


def test_nothing_under_the_prefix_leaves_the_default():
    assert validate(Stores, "stores", layers()).options == {}


def test_each_name_comes_from_the_highest_layer_that_has_it():
    stack = layers({"STORE_A": "environment"}, dotenv={"STORE_A": "file", "STORE_B": "file"}, toml={"STORE_C": "toml"})
    assert revealed(validate(Stores, "stores", stack)) == {"A": "environment", "B": "file", "C": "toml"}


def test_text_that_looks_like_json_stays_text():
    stores = validate(Stores, "stores", layers({"STORE_CREDENTIAL": '{"type": "service"}'}))
    assert revealed(stores) == {"CREDENTIAL": '{"type": "service"}'}


def test_a_bad_value_is_named_with_its_variable_layer_and_owner():
    with pytest.raises(SettingsError, match=r"LEVEL_B \(from \.env dotenv, owned by plugin 'stores'\)"):
        validate(Stores, "stores", layers({"LEVEL_A": "1"}, dotenv={"LEVEL_B": "high"}))


def test_a_bad_secret_is_named_and_not_quoted():
    with pytest.raises(SettingsError, match=r"STORE_KEY \(from toml, owned") as caught:
        validate(Stores, "stores", layers(toml={"STORE_KEY": ["hunter2"]}))
    assert "hunter2" not in str(caught.value)


def test_a_single_name_is_explained_with_its_layers_and_masked():
    store = store_of(layers({"STORE_S3_KEY": "hunter2"}, dotenv={"STORE_S3_KEY": "older"}))
    explanation = store.explain("store_s3_key")
    assert explanation is not None
    told = explanation.to_json()
    assert (told["name"], told["layer"], told["value"]) == ("STORE_S3_KEY", "environment", MASK)
    assert told["lost"] == [{"layer": ".env dotenv", "variable": "STORE_S3_KEY", "value": MASK}]
    assert told["owners"] == ["stores"]
    assert told["default"] is None
    assert told["description"] == "options of the store"


def test_a_name_that_nobody_set_is_explained_as_unset():
    explanation = store_of(layers()).explain("LEVEL_X")
    assert explanation is not None
    assert explanation.to_json()["layer"] == "default"


def test_a_declared_name_is_not_explained_as_a_member():
    explanation = store_of(layers({"STORE_KIND": "s3"})).explain("STORE_KIND")
    assert explanation is not None
    assert explanation.to_json()["value"] == "s3"


@pytest.mark.parametrize("name", ["STORE_", "STOREROOM", "OTHER"])
def test_names_outside_the_prefix_are_not_explained(name):
    assert store_of(layers({name: "x"})).explain(name) is None


def test_the_names_that_are_set_are_listed():
    names = set(store_of(layers({"STORE_A": "1", "STORE_KIND": "s3"}, dotenv={"LEVEL_Z": "2"})).names())
    assert names == {"STORE_KIND", "STORE_*", "STORE_A", "LEVEL_*", "LEVEL_Z"}


def test_a_changed_remote_value_reaches_the_model():
    store = store_of(layers({"STORE_A": "1"}))
    assert store.replace_remote({"store_b": "2"}, "remote") == {"STORE_B"}
    assert revealed(store.get(Stores)) == {"A": "1", "B": "2"}


def test_the_composed_class_and_its_schema_have_the_field_under_its_pattern():
    store = store_of(layers({"STORE_A": "1"}))
    composed = compose(store)()
    assert {name: value.get_secret_value() for name, value in getattr(composed, "STORE_*").items()} == {"A": "1"}
    schema = settings_schema(store)["properties"]
    assert schema["STORE_*"]["writeOnly"] is True
    assert schema["LEVEL_*"]["additionalProperties"] == {"type": "integer"}


def test_the_reference_shows_the_pattern_and_the_type_of_one_value():
    page = render_settings(store_of(layers()))
    assert "| `STORE_*` | secret text under each name | `{}` | options of the store **Secret.** |" in page
    assert "| `LEVEL_*` | whole number under each name |" in page


def test_the_names_of_a_prefixed_field_are_a_pattern():
    field = Stores.model_fields["options"]
    assert prefix_of(field) == "STORE_"
    assert environment_names("options", field) == ("STORE_*",)
    assert prefix_of(Stores.model_fields["STORE_KIND"]) is None


PLUGIN = """
from typing import Annotated
from pydantic import Field, SecretStr
from dify_runtime_sdk import Plugin, Prefixed, Settings

class Model(Settings):
    options: Annotated[dict[str, SecretStr], Prefixed("DEPOT_")] = Field({}, description="options")

class One(Plugin):
    settings = Model
"""


def test_the_command_line_shows_each_name_that_is_set(tmp_path, monkeypatch):
    write_plugin(tmp_path, "prefixed-depot", PLUGIN)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    environ = {"DIFY_PLUGINS_ALLOW": "prefixed-depot", "DEPOT_TOKEN": "hunter2"}
    try:
        shown = CliRunner().invoke(root, ["config", "show", "--json"], env=environ)
        explained = CliRunner().invoke(root, ["config", "explain", "DEPOT_TOKEN"], env=environ)
    finally:
        sys.modules.pop("prefixed_depot", None)
    row = {"name": "DEPOT_TOKEN", "value": MASK, "layer": "environment", "owners": ["prefixed-depot"]}
    assert row in json.loads(shown.stdout)
    assert explained.exit_code == 0
    assert "DEPOT_TOKEN" in explained.output
    assert "hunter2" not in shown.output + explained.output
