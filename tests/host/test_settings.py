"""The six layers, their order and merging, and errors that say where a value came from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AliasChoices, Field, SecretStr, field_validator

from dify_runtime.configuration.layers import Layer, Layers, LayerValues, read_local
from dify_runtime.configuration.store import MASK, SettingsStore
from dify_runtime.configuration.validation import validate
from dify_runtime_sdk import Settings, SettingsError


class Sample(Settings):
    PORT: int = Field(5432, description="a port")
    NAME: str = Field("none", description="a name")
    DEBUG: bool = Field(False, description="a switch")
    FILES_URL: str = Field("", validation_alias=AliasChoices("FILES_URL", "CONSOLE_API_URL"), description="a URL")
    ORIGINS: list[str] = Field([], description="a list, as JSON")
    PROJECT: dict[str, object] = Field({}, description="a mapping, as JSON")
    API_PASSWORD: SecretStr = Field(SecretStr(""), description="a secret")

    @field_validator("API_PASSWORD")
    @classmethod
    def _long(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() == "short":
            raise ValueError(f"{value.get_secret_value()} is too short")
        return value


def stack(**layers):
    values = Layers()
    for name, content in layers.items():
        values.put(LayerValues(Layer[name.upper()], content))
    return values


ORDER = ["init", "environment", "remote", "dotenv", "secrets", "toml"]


@given(st.dictionaries(st.sampled_from(ORDER), st.integers(1, 9), min_size=1))
def test_the_highest_layer_that_has_a_value_wins(values):
    layers = stack(**{layer: {"PORT": value} for layer, value in values.items()})
    winner = min(values, key=ORDER.index)
    assert values[winner] == validate(Sample, "sample", layers).PORT


@pytest.mark.parametrize("text", ["1", "true", "T", "y", "YES", "on"])
def test_booleans_are_read_as_pydantic_reads_them(text):
    assert validate(Sample, "sample", stack(environment={"DEBUG": text})).DEBUG is True


@pytest.mark.parametrize("name", ["PORT", "DEBUG"])
def test_an_empty_value_is_not_unset(name):
    with pytest.raises(SettingsError, match=rf"{name} \(from environment, owned by plugin 'sample'\)"):
        validate(Sample, "sample", stack(environment={name: ""}))


def test_an_alias_is_chosen_inside_a_layer_before_the_layers_compete():
    layers = stack(environment={"CONSOLE_API_URL": "from-env"}, dotenv={"FILES_URL": "from-file"})
    assert validate(Sample, "sample", layers).FILES_URL == "from-env"
    layers = stack(environment={"CONSOLE_API_URL": "fallback", "FILES_URL": ""})
    assert validate(Sample, "sample", layers).FILES_URL == ""


def test_complex_values_are_json_and_mappings_merge_over_the_layers():
    layers = stack(environment={"PROJECT": '{"a": 1, "deep": {"x": 1}}', "ORIGINS": '["one"]'})
    layers.put(LayerValues(Layer.TOML, {"PROJECT": {"b": 2, "deep": {"x": 0, "y": 2}}, "ORIGINS": ["two"]}))
    sample = validate(Sample, "sample", layers)
    assert sample.PROJECT == {"a": 1, "b": 2, "deep": {"x": 1, "y": 2}}
    assert sample.ORIGINS == ["one"]


def test_broken_json_names_variable_layer_and_owner():
    with pytest.raises(SettingsError, match=r"ORIGINS \(from environment, owned by plugin 's'\): must be valid JSON"):
        validate(Sample, "s", stack(environment={"ORIGINS": "one,two"}))


def test_a_secrets_value_is_never_quoted():
    with pytest.raises(SettingsError) as caught:
        validate(Sample, "sample", stack(environment={"API_PASSWORD": "short"}))
    assert "API_PASSWORD (from environment, owned by plugin 'sample'): the value is not valid" in str(caught.value)
    assert "short" not in str(caught.value)


def test_every_problem_is_reported_at_once():
    with pytest.raises(SettingsError) as caught:
        validate(Sample, "sample", stack(environment={"PORT": "x"}, dotenv={"DEBUG": "perhaps"}))
    assert "PORT (from environment" in str(caught.value)
    assert "DEBUG (from .env" in str(caught.value)


def test_the_local_layers_are_read_from_their_places(tmp_path):
    (tmp_path / ".env").write_text("A=env-file\nB=env-file\nnovalue\n")
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "b").write_text("secret\n")
    (secrets / "C").write_text("secret\n")
    (secrets / ".hidden").write_text("x")
    (tmp_path / "dify-runtime.toml").write_text('c = "toml"\nd = 4\n')
    (tmp_path / "pyproject.toml").write_text('[tool.dify-runtime]\nD = 5\nE = "pyproject"\n')
    home = tmp_path / "home"
    home.mkdir()
    (home / "dify-runtime.toml").write_text('E = "home"\nF = "home"\n')
    environ = {"a": "environment", "DIFY_RUNTIME_SECRETS_DIR": "secrets", "DIFY_RUNTIME_HOME": "home"}
    layers = read_local(environ=environ, cwd=tmp_path, overrides={"Z": 1})
    values = {name: next(layers.find((name,))) for name in "ABCDEFZ"}
    assert {name: found.value for name, found in values.items()} == {
        "A": "environment",
        "B": "env-file",
        "C": "secret",
        "D": 4,
        "E": "pyproject",
        "F": "home",
        "Z": 1,
    }
    assert values["D"].source.label == f"toml {tmp_path / 'dify-runtime.toml'}"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (".env", b"A=\xff\xfe", "it must be a UTF-8 text file"),
        ("dify-runtime.toml", b"= nonsense", "it must be a valid TOML file"),
        ("pyproject.toml", b"[tool", "it must be a valid TOML file"),
    ],
)
def test_an_unreadable_file_is_named(tmp_path, name, content, expected):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SettingsError, match=expected) as caught:
        read_local(environ={}, cwd=tmp_path)
    assert name in str(caught.value)


def test_a_named_secrets_directory_must_exist(tmp_path):
    with pytest.raises(SettingsError, match="cannot read the secrets directory"):
        read_local(environ={"DIFY_RUNTIME_SECRETS_DIR": str(tmp_path / "ghost")}, cwd=tmp_path)


class Rival(Settings):
    PORT: int = Field(1, description="another default")


class Twin(Settings):
    PORT: int = Field(5432, description="the same type and default")


def test_two_plugins_may_share_a_setting_that_is_the_same():
    store = SettingsStore(Layers())
    store.claim("one", Sample)
    store.claim("two", Twin)
    store.check_clashes()
    explanation = store.explain("port")
    assert explanation is not None
    assert explanation.owners == ("one", "two")


def test_two_claims_that_differ_are_an_error_that_names_both():
    store = SettingsStore(Layers())
    store.claim("one", Sample)
    store.claim("two", Rival)
    with pytest.raises(SettingsError) as caught:
        store.check_clashes()
    assert "setting PORT is claimed by plugin 'one' as int = 5432 and by plugin 'two' as int = 1" in str(caught.value)


def test_explain_says_what_won_and_what_lost():
    store = SettingsStore(stack(environment={"PORT": "1"}, dotenv={"PORT": "2"}, toml={"API_PASSWORD": "hidden"}))
    store.validate("sample", Sample)
    port = store.explain("Port")
    secret = store.explain("API_PASSWORD")
    assert port is not None
    assert secret is not None
    assert port.to_json() | {"description": None} == {
        "name": "PORT",
        "value": "1",
        "layer": "environment",
        "variable": "PORT",
        "lost": [{"layer": ".env", "variable": "PORT", "value": "2"}],
        "owners": ["sample"],
        "default": 5432,
        "description": None,
    }
    assert secret.to_json()["value"] == MASK
    assert store.explain("GHOST") is None


def test_remote_values_are_taken_over_only_if_every_model_accepts_them():
    store = SettingsStore(stack(environment={"NAME": "fixed"}))
    store.validate("sample", Sample)
    assert store.replace_remote({"port": "1", "NAME": "remote"}, "apollo") == {"PORT", "NAME"}
    assert (store.get(Sample).PORT, store.get(Sample).NAME) == (1, "fixed")
    with pytest.raises(SettingsError, match=r"PORT \(from remote apollo"):
        store.replace_remote({"port": "x"}, "apollo")
    assert store.get(Sample).PORT == 1
    assert store.replace_remote({"port": "1", "NAME": "remote"}, "apollo") == frozenset()


def test_a_model_nobody_declared_cannot_be_looked_up():
    with pytest.raises(SettingsError, match="Sample is not declared by any plugin"):
        SettingsStore(Layers()).get(Sample)


def test_an_instance_reads_nothing_by_itself(monkeypatch):
    monkeypatch.setenv("PORT", "1")
    assert Sample().PORT == 5432
