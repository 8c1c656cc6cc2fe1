"""The declaration and the settings: light to import, clear about what is missing."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest
from pydantic import SecretStr

from dify_config_apollo.plugin import ConfigApolloPlugin
from dify_config_apollo.settings import ApolloSettings
from dify_config_apollo.source import ApolloSource
from dify_runtime_sdk import ENTRY_POINT_GROUP, Plugin, SettingsError

COMPLETE = {
    "APOLLO_CONFIG_URL": "http://config.example:8080",
    "APOLLO_APP_ID": "shop",
    "APOLLO_CLUSTER": "default",
    "APOLLO_NAMESPACE": "application",
}


def test_the_entry_point_leads_to_the_plugin() -> None:
    [entry] = entry_points(group=ENTRY_POINT_GROUP, name="config-apollo")
    assert entry.load() is ConfigApolloPlugin
    assert issubclass(ConfigApolloPlugin, Plugin)
    assert ConfigApolloPlugin.config_source is ApolloSource
    assert ApolloSource.name == "apollo"


def test_the_declaration_imports_no_http_client() -> None:
    code = "import dify_config_apollo.plugin, sys; print({'httpx', 'httpcore', 'anyio'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_nothing_is_set_by_default() -> None:
    values = ApolloSettings().model_dump()
    assert values.pop("APOLLO_SECRET").get_secret_value() == ""
    assert values == dict.fromkeys(COMPLETE)


def test_every_setting_is_described() -> None:
    assert all(field.description for field in ApolloSettings.model_fields.values())


@pytest.mark.parametrize("missing", COMPLETE)
@pytest.mark.parametrize("value", [None, "", "  ", " , "])
def test_a_missing_setting_is_named(missing: str, value: str | None) -> None:
    if value == " , " and missing != "APOLLO_NAMESPACE":
        value = None
    settings = ApolloSettings.model_validate(COMPLETE | {missing: value})
    with pytest.raises(SettingsError, match=f"'apollo' needs {missing}, which is not set"):
        ApolloSource(settings)


@pytest.mark.parametrize(
    "url",
    [
        "config.example:8080",
        "ftp://config.example",
        "http://",
        "http://me:sesame@",
        "http://me:sesame@config.example:port",
        "http://me:sesame@config.example:99999",
        "http://me:sesame@config.example:0",
        "http://me:sesame@config.example/?app=1",
        "http://me:sesame@config.example/#top",
        "http://me:sesame@[::1",
    ],
)
def test_a_malformed_address_is_refused_without_showing_it(url: str) -> None:
    settings = ApolloSettings.model_validate(COMPLETE | {"APOLLO_CONFIG_URL": url})
    with pytest.raises(SettingsError, match="APOLLO_CONFIG_URL is no address") as caught:
        ApolloSource(settings)
    assert "sesame" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_secret_is_not_in_the_settings_as_shown() -> None:
    settings = ApolloSettings.model_validate(COMPLETE | {"APOLLO_SECRET": SecretStr("sesame")})
    assert "sesame" not in repr(settings) + str(settings) + repr(ApolloSource(settings))
