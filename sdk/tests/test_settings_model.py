"""Settings models: their names, and which of them are secrets."""

from pathlib import Path

import pytest
from pydantic import AliasChoices, Field, SecretStr

from dify_runtime_sdk import Settings, environment_names, is_secret


class Sample(Settings):
    PLAIN: str = Field("", description="a text")
    LOGIN: SecretStr = Field(SecretStr(""), description="typed as a secret")
    OPTIONAL_LOGIN: SecretStr | None = Field(None, description="typed as a secret")
    DB_PASSWORD: str = Field("", description="named like a secret")
    SECRET_KEY: str | None = Field(None, description="named like a secret")
    TOKEN_LIFETIME: int = Field(1, description="a number")
    SECRETS_DIR: Path | None = Field(None, description="a path")
    FILES_URL: str = Field("", validation_alias=AliasChoices("FILES_URL", "console_api_url"), description="a URL")


@pytest.mark.parametrize("name", ["LOGIN", "OPTIONAL_LOGIN", "DB_PASSWORD", "SECRET_KEY"])
def test_secrets_are_known_by_type_or_name(name):
    assert is_secret(name, Sample.model_fields[name])


@pytest.mark.parametrize("name", ["PLAIN", "TOKEN_LIFETIME", "SECRETS_DIR", "FILES_URL"])
def test_what_is_no_text_is_no_secret_whatever_its_name(name):
    assert not is_secret(name, Sample.model_fields[name])


def test_a_name_without_a_field_is_judged_by_its_words():
    assert is_secret("SMTP_PASSWORD")
    assert is_secret("access_key_id")
    assert not is_secret("SMTP_SERVER")


def test_environment_names_are_upper_case_and_the_preferred_one_is_first():
    assert environment_names("FILES_URL", Sample.model_fields["FILES_URL"]) == ("FILES_URL", "CONSOLE_API_URL")
    assert environment_names("PLAIN", Sample.model_fields["PLAIN"]) == ("PLAIN",)
