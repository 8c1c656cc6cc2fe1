import pytest
from pydantic import SecretStr, ValidationError

from dify_database.backends.connecting import connect_arguments
from dify_database.settings import DatabaseSettings, MigrationSettings
from dify_runtime_sdk import SettingsError


def arguments(**settings):
    return connect_arguments(DatabaseSettings(**settings))


def test_the_time_zone_is_utc_whatever_the_extras_say():
    assert arguments()["server_settings"] == {"timezone": "UTC"}
    assert arguments(DB_EXTRAS="options=-c timezone%3DAsia/Tokyo")["server_settings"] == {"timezone": "UTC"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("-c a=1 -c b=2", {"a": "1", "b": "2"}),
        ("-ca=1 --work-mem=4MB", {"a": "1", "work_mem": "4MB"}),
        (r"-c search_path=one,\ two", {"search_path": "one, two"}),
    ],
)
def test_options_of_the_command_line_become_settings_of_the_session(options, expected):
    found = arguments(DB_EXTRAS=f"options={options}")["server_settings"]
    assert found == {**expected, "timezone": "UTC"}


@pytest.mark.parametrize("options", ["-d 5", "-c", "-c nothing", "--flag"])
def test_options_that_set_nothing_are_refused(options):
    with pytest.raises(SettingsError, match="options may hold"):
        arguments(DB_EXTRAS=f"options={options}")


def test_the_charset_is_a_setting_of_the_session():
    assert arguments(DB_CHARSET="utf8")["server_settings"]["client_encoding"] == "utf8"


def test_parameters_of_the_driver_are_numbers():
    found = arguments(DB_EXTRAS="connect_timeout=3&statement_cache_size=0&prepared_statement_cache_size=0")
    assert (found["timeout"], found["statement_cache_size"], found["prepared_statement_cache_size"]) == (3.0, 0, 0)
    with pytest.raises(SettingsError, match="connect_timeout must be a number"):
        arguments(DB_EXTRAS="connect_timeout=soon")


def test_what_asyncpg_and_libpq_share_is_handed_on():
    found = arguments(DB_EXTRAS="sslmode=verify-full&sslrootcert=/certs/my ca.pem&keepalives=1")
    assert found["dsn"] == "postgresql://?sslmode=verify-full&sslrootcert=%2Fcerts%2Fmy+ca.pem"


def test_blank_and_odd_separators_do_no_harm():
    assert "dsn" not in arguments(DB_EXTRAS="&")
    assert arguments(DB_EXTRAS="?sslmode=require&")["dsn"] == "postgresql://?sslmode=require"


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({}, "sqlite"),
        ({"DB_DATABASE": "other", "DB_PASSWORD": "x"}, "sqlite"),
        ({"DB_HOST": "localhost"}, "postgresql"),
        ({"DB_TYPE": "postgresql"}, "postgresql"),
        ({"DB_TYPE": "sqlite", "DB_HOST": "db"}, "sqlite"),
    ],
)
def test_the_database_is_a_file_unless_a_server_is_named(settings, kind):
    assert DatabaseSettings(**settings).kind == kind


@pytest.mark.parametrize("kind", ["mysql", "oceanbase", "seekdb"])
def test_other_databases_of_dify_are_refused_by_name(kind):
    with pytest.raises(ValidationError, match=f"{kind} is not supported; use postgresql or sqlite"):
        DatabaseSettings(DB_TYPE=kind)


def test_the_password_is_not_shown():
    assert "hidden-word" not in repr(DatabaseSettings(DB_PASSWORD=SecretStr("hidden-word")))


@pytest.mark.parametrize(
    ("settings", "automatic"),
    [
        ({}, True),
        ({"MIGRATION_ENABLED": False}, False),
        ({"MODE": "api"}, False),
        ({"MODE": "api", "MIGRATION_ENABLED": True}, True),
        ({"MODE": "migration"}, False),
    ],
)
def test_a_start_migrates_alone_or_when_it_is_told_to(settings, automatic):
    assert MigrationSettings(**settings).automatic is automatic


@pytest.mark.parametrize(
    ("value", "echo"), [(True, True), ("true", True), ("false", False), ("0", False), ("debug", "debug"), ("", False)]
)
def test_what_is_logged_is_read_from_text(value, echo):
    assert DatabaseSettings(SQLALCHEMY_ECHO=value).echo == echo
