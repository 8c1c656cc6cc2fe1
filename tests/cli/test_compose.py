"""The composed class says what the plugins' own models say."""

import pytest
from pydantic import AliasChoices, Field, SecretStr, ValidationError

from dify_runtime.bootstrap import BootstrapSettings
from dify_runtime.configuration.compose import compose
from dify_runtime.configuration.layers import Layer, Layers, LayerValues
from dify_runtime.configuration.store import SettingsStore
from dify_runtime_sdk import Settings, SettingsError


class Left(Settings):
    URL: str = Field("left", validation_alias="LEFT_URL", description="The left one")
    SIZE: int = Field(3, ge=1)
    LABELS: list[str] = Field(default_factory=list)


class Right(Settings):
    URL: str = Field("right", validation_alias=AliasChoices("RIGHT_URL", "OLD_URL"))
    PASSWORD: SecretStr = SecretStr("")
    EXTRAS: dict[str, str] = Field(default_factory=dict)


def store_of(*layers: LayerValues) -> SettingsStore:
    store = SettingsStore(Layers(list(layers)))
    for model in (Left, Right, BootstrapSettings):
        store.claim(model.__name__.lower(), model)
    return store


def test_an_instance_reads_the_layers_as_the_models_do():
    store = store_of(
        LayerValues(Layer.ENVIRONMENT, {"OLD_URL": "old", "LABELS": '["a"]', "EXTRAS": '{"x": "1"}', "SIZE": "5"}),
        LayerValues(Layer.TOML, {"LEFT_URL": "file", "EXTRAS": {"y": "2"}, "SIZE": 6}),
    )
    composed = compose(store)()
    for name, value in (
        ("LEFT_URL", "file"),
        ("RIGHT_URL", "old"),
        ("LABELS", ["a"]),
        ("EXTRAS", {"x": "1", "y": "2"}),
        ("SIZE", 5),
    ):
        assert getattr(composed, name) == value


def test_validators_of_the_models_hold():
    store = store_of(LayerValues(Layer.ENVIRONMENT, {"DIFY_PLUGINS_DENY": "one, two"}))
    assert compose(store)().model_dump()["DIFY_PLUGINS_DENY"] == ("one", "two")


def test_arguments_win_over_the_layers():
    store = store_of(LayerValues(Layer.ENVIRONMENT, {"SIZE": "5"}))
    assert compose(store)(SIZE=7).model_dump()["SIZE"] == 7


def test_limits_are_kept():
    with pytest.raises(ValidationError, match="SIZE"):
        compose(store_of())(SIZE=0)


def test_a_bad_value_in_a_layer_names_its_owner():
    store = store_of(LayerValues(Layer.ENVIRONMENT, {"SIZE": "none"}))
    with pytest.raises(SettingsError, match=r"SIZE \(from environment, owned by plugin 'left'\)"):
        compose(store)()


def test_a_secret_is_no_part_of_the_representation():
    store = store_of(LayerValues(Layer.ENVIRONMENT, {"PASSWORD": "hunter2"}))
    assert "hunter2" not in repr(compose(store)())


def test_the_schema_has_every_setting_under_its_environment_name():
    properties = compose(store_of()).model_json_schema()["properties"]
    assert {"LEFT_URL", "RIGHT_URL", "SIZE", "PASSWORD", "MODE"} <= properties.keys()
    assert properties["LEFT_URL"]["description"] == "The left one"
