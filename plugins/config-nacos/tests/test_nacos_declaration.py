"""The declaration and the settings: light to import, Dify's names and defaults, clear about what is wrong."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest
from pydantic import SecretStr

from dify_config_nacos.plugin import ConfigNacosPlugin
from dify_config_nacos.settings import NacosSettings
from dify_config_nacos.source import NacosSource
from dify_runtime_sdk import ENTRY_POINT_GROUP, Plugin, SettingsError

SECRETS = {"DIFY_ENV_NACOS_PASSWORD", "DIFY_ENV_NACOS_ACCESS_KEY", "DIFY_ENV_NACOS_SECRET_KEY"}


def test_the_entry_point_leads_to_the_plugin() -> None:
    [entry] = entry_points(group=ENTRY_POINT_GROUP, name="config-nacos")
    assert entry.load() is ConfigNacosPlugin
    assert issubclass(ConfigNacosPlugin, Plugin)
    assert ConfigNacosPlugin.config_source is NacosSource
    assert NacosSource.name == "nacos"


def test_the_declaration_imports_no_http_client() -> None:
    code = "import dify_config_nacos.plugin, sys; print({'httpx', 'httpcore', 'anyio'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_defaults_are_those_of_dify() -> None:
    assert NacosSettings().model_dump(exclude=SECRETS) == {
        "DIFY_ENV_NACOS_SERVER_ADDR": "localhost:8848",
        "DIFY_ENV_NACOS_USERNAME": "",
        "DIFY_ENV_NACOS_DATA_ID": "dify-api-env.properties",
        "DIFY_ENV_NACOS_GROUP": "nacos-dify",
        "DIFY_ENV_NACOS_NAMESPACE": "",
    }


def test_every_setting_is_described_and_every_secret_typed_as_one() -> None:
    fields = NacosSettings.model_fields
    assert all(field.description for field in fields.values())
    assert {name for name, field in fields.items() if field.annotation is SecretStr} == SECRETS


def test_the_secrets_are_not_in_the_settings_as_shown() -> None:
    settings = NacosSettings.model_validate(dict.fromkeys(SECRETS, "sesame") | {"DIFY_ENV_NACOS_USERNAME": "dify"})
    assert "sesame" not in repr(settings) + str(settings) + repr(NacosSource(settings))


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("nacos.example:8848", "http://nacos.example:8848"),
        ("http://nacos.example:8848/", "http://nacos.example:8848"),
        ("https://nacos.example", "https://nacos.example"),
        ("nacos.example/context", "http://nacos.example/context"),
        ("[::1]:8848", "http://[::1]:8848"),
        ("me:sesame@nacos.example", "http://nacos.example"),
    ],
)
def test_an_address_is_http_unless_it_says_https(address: str, url: str) -> None:
    shown = repr(NacosSource(NacosSettings(DIFY_ENV_NACOS_SERVER_ADDR=address)))
    assert f"url='{url}'" in shown


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://",
        "me:sesame@",
        "me:sesame@nacos.example:port",
        "me:sesame@nacos.example:99999",
        "me:sesame@nacos.example:0",
        "me:sesame@nacos.example/?a=1",
        "me:sesame@nacos.example#top",
        "me:sesame@one.example:8848,two.example:8848",
        "me:sesame@[::1",
    ],
)
def test_a_malformed_address_is_refused_without_showing_it(address: str) -> None:
    with pytest.raises(SettingsError, match="DIFY_ENV_NACOS_SERVER_ADDR is no address") as caught:
        NacosSource(NacosSettings(DIFY_ENV_NACOS_SERVER_ADDR=address))
    assert "sesame" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("name", ["DIFY_ENV_NACOS_DATA_ID", "DIFY_ENV_NACOS_GROUP"])
def test_an_empty_name_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=f"needs {name}, which is empty"):
        NacosSource(NacosSettings.model_validate({name: ""}))
