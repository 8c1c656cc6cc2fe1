"""`config show|explain|docs`: where each value comes from, and never a secret."""

import json
import socket

import pytest

from dify_runtime.cli.config.masking import masked
from tests.cli.plugin_code import SOURCE

SETTINGS = """
from pydantic import AliasChoices, Field, SecretStr
from dify_runtime_sdk import Plugin, Settings

class Own(Settings):
    VAT_SIZE: int = Field(3, ge=1, description="Litres in the vat")
    VAT_PASSWORD: SecretStr = Field(SecretStr("initial"), description="Opens the vat")
    VAT_URL: str = Field("", validation_alias=AliasChoices("VAT_URL", "OLD_VAT_URL"), description="Where it is")
    VAT_LABELS: list[str] = Field(default_factory=list, description="What it says")

class One(Plugin):
    settings = Own
"""


@pytest.fixture
def vat(install):
    return install("vat", SETTINGS)


@pytest.fixture
def explained(cli):
    def run(name, **environ):
        result = cli("config", "explain", name, "--json", **environ)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return run


def shown(result):
    return {one["name"]: one for one in json.loads(result.stdout)}


def test_show_lists_what_is_set_with_layer_and_owner(cli, vat, somewhere):
    (somewhere / "dify-runtime.toml").write_text("vat_labels = ['a']\n")
    found = shown(cli("config", "show", "--json", VAT_SIZE="7"))
    assert found["VAT_SIZE"] == {"name": "VAT_SIZE", "value": "7", "layer": "environment", "owners": ["vat"]}
    assert found["VAT_LABELS"]["value"] == ["a"]
    assert found["VAT_LABELS"]["layer"].startswith("toml ")
    assert "VAT_URL" not in found


def test_show_all_lists_defaults_too(cli, vat):
    found = shown(cli("config", "show", "--all", "--json"))
    assert found["VAT_SIZE"] == {"name": "VAT_SIZE", "value": 3, "layer": "default", "owners": ["vat"]}
    assert found["DIFY_PORT"]["owners"] == ["host"]


@pytest.mark.parametrize("arguments", [("show",), ("show", "--all"), ("show", "--json"), ("explain", "VAT_PASSWORD")])
def test_a_secret_is_never_shown(cli, vat, somewhere, arguments):
    (somewhere / ".env").write_text("VAT_PASSWORD=hunter1\n")
    result = cli("config", *arguments, VAT_PASSWORD="hunter2")
    assert "VAT_PASSWORD" in result.stdout
    assert "********" in result.stdout
    for secret in ("hunter1", "hunter2", "initial"):
        assert secret not in result.output


def test_the_password_inside_a_url_is_masked(cli, vat, explained):
    result = cli("config", "show", VAT_URL="redis://user:hunter2@cellar:6379/0")
    assert "redis://user:********@cellar:6379/0" in result.stdout
    assert "hunter2" not in json.dumps(explained("VAT_URL", OLD_VAT_URL="https://:hunter2@cellar"))


def test_an_entry_of_a_table_that_is_named_like_a_secret_is_masked():
    value = {"host": "cellar", "password": "hunter2", "inner": [{"api_key": "hunter3"}]}
    assert masked(value) == {"host": "cellar", "password": "********", "inner": [{"api_key": "********"}]}


def test_explain_names_winner_losers_owner_and_default(vat, explained, somewhere):
    (somewhere / ".env").write_text("VAT_SIZE=5\n")
    (somewhere / "dify-runtime.toml").write_text("VAT_SIZE = 6\n")
    found = explained("vat_size", VAT_SIZE="7")
    assert (found["value"], found["layer"], found["variable"]) == ("7", "environment", "VAT_SIZE")
    assert [(lost["value"], lost["layer"].split()[0]) for lost in found["lost"]] == [("5", ".env"), (6, "toml")]
    assert found["owners"] == ["vat"]
    assert found["default"] == 3
    assert found["description"] == "Litres in the vat"
    assert found["errors"] == []


def test_explain_names_the_alias_that_was_used(vat, explained):
    found = explained("VAT_URL", OLD_VAT_URL="somewhere")
    assert (found["name"], found["variable"], found["value"]) == ("VAT_URL", "OLD_VAT_URL", "somewhere")
    assert explained("old_vat_url", OLD_VAT_URL="somewhere") == found


def test_explain_names_the_file_in_the_secrets_directory(vat, explained, tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "VAT_SIZE").write_text("9\n")
    found = explained("VAT_SIZE", DIFY_RUNTIME_SECRETS_DIR=str(tmp_path / "secrets"))
    assert found["value"] == "9"
    assert found["layer"] == f"secrets {tmp_path / 'secrets'}"


def test_an_invalid_value_is_explained_with_the_error(vat, explained):
    found = explained("VAT_SIZE", VAT_SIZE="0")
    assert found["value"] == "0"
    assert "VAT_SIZE (from environment, owned by plugin 'vat')" in found["errors"][0]


def test_an_invalid_setting_of_the_host_is_explained_once(explained):
    found = explained("PLUGIN_FAILURE", PLUGIN_FAILURE="sometimes")
    assert found["value"] == "sometimes"
    assert len(found["errors"]) == 1


def test_the_text_shows_errors_too(cli, vat):
    result = cli("config", "explain", "VAT_SIZE", VAT_SIZE="0")
    assert result.exit_code == 0
    assert "invalid: plugin 'vat': VAT_SIZE" in result.stdout


def test_settings_of_a_plugin_that_failed_otherwise_are_explained(install, explained):
    install("vat", SETTINGS + "    def enabled(self, settings): return 1 / 0\n")
    assert explained("VAT_SIZE", VAT_SIZE="4")["value"] == "4"


def test_settings_of_a_config_source_that_is_down_are_explained(install, explained):
    install("cellar", SOURCE)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        found = explained("CELLAR_PORT", REMOTE_SETTINGS_SOURCE_NAME="cellar", CELLAR_PORT=port)
    assert found["value"] == port
    assert "light a candle" in found["errors"][0]


def test_an_unknown_name_is_an_error_with_the_nearest(cli, vat):
    result = cli("config", "explain", "VAT_SIZ")
    assert result.exit_code == 1
    assert "did you mean VAT_SIZE" in result.stderr


def test_an_unknown_name_may_belong_to_a_plugin_that_does_not_import(cli, install):
    install("broken", "1 / 0")
    result = cli("config", "explain", "SOMETHING")
    assert result.exit_code == 1
    assert "could not be imported: broken" in result.stderr
    assert "config show --all" in result.stderr


def test_show_works_with_wrong_settings_and_says_so(cli, vat):
    result = cli("config", "show", "--json", PLUGIN_FAILURE="sometimes", VAT_SIZE="7")
    assert shown(result)["PLUGIN_FAILURE"]["value"] == "sometimes"
    assert shown(result)["VAT_SIZE"]["value"] == "7"
    assert result.exit_code == 1
    assert "PLUGIN_FAILURE" in result.stderr


def test_docs_print_a_page_with_every_setting_and_no_value(cli, vat):
    page = cli("config", "docs", VAT_SIZE="12345", VAT_PASSWORD="hunter2").stdout
    assert page.startswith("# Settings")
    assert page.index("`DIFY_PORT`") < page.index("Plugin `vat`") < page.index("`VAT_SIZE`")
    assert "12345" not in page
    assert "hunter2" not in page


def test_docs_as_json_are_a_schema(cli, vat):
    schema = json.loads(cli("config", "docs", "--json", MODE="worker").stdout)
    assert schema["properties"]["VAT_SIZE"]["minimum"] == 1
    assert schema["properties"]["VAT_SIZE"]["x-owners"] == ["vat"]
    assert schema["properties"]["VAT_URL"]["x-names"] == ["VAT_URL", "OLD_VAT_URL"]
    assert schema["properties"]["VAT_PASSWORD"]["writeOnly"] is True
    assert "default" not in schema["properties"]["VAT_PASSWORD"]
    assert "HTTP_MAX_BODY_BYTES" in schema["properties"]
