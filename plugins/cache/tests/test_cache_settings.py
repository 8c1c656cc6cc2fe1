import pytest
from pydantic import ValidationError

from dify_cache import CacheSettings, RedisSettings
from dify_cache.redis.address import locate


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ({}, "local"),
        ({"REDIS_HOST": "localhost"}, "redis"),
        ({"REDIS_HOST": "redis.example"}, "redis"),
        ({"REDIS_HOST": ""}, "local"),
        ({"REDIS_USE_SENTINEL": "true"}, "redis"),
        ({"REDIS_USE_SENTINEL": "false"}, "local"),
        ({"REDIS_USE_SENTINEL": None}, "local"),
        ({"REDIS_USE_CLUSTERS": "1"}, "redis"),
        ({"REDIS_USE_CLUSTERS": False}, "local"),
        ({"CACHE_BACKEND": "auto", "REDIS_HOST": "localhost"}, "redis"),
        ({"CACHE_BACKEND": "auto"}, "local"),
        ({"CACHE_BACKEND": "redis"}, "redis"),
        ({"CACHE_BACKEND": "local", "REDIS_HOST": "redis.example"}, "local"),
        ({"CACHE_BACKEND": "third-party", "REDIS_HOST": "redis.example"}, "third-party"),
    ],
)
def test_redis_is_chosen_when_it_is_named(given, chosen):
    backends = {settings.CACHE_BACKEND for settings in (CacheSettings.model_validate(given), CacheSettings(**given))}
    assert backends == {chosen}


def test_a_wrong_switch_is_the_error_of_that_switch():
    with pytest.raises(ValidationError) as caught:
        CacheSettings.model_validate({"REDIS_USE_CLUSTERS": "perhaps"})
    assert [error["loc"] for error in caught.value.errors()] == [("REDIS_USE_CLUSTERS",)]


def test_the_address_of_a_single_server():
    address = locate(RedisSettings(REDIS_HOST="redis.example", REDIS_PORT=1, REDIS_DB=2, REDIS_PASSWORD="hunter2"))
    assert address.label == "Redis at redis.example:1"
    assert (address.database, address.login, address.tls) == (2, (None, "hunter2"), None)
    assert "hunter2" not in repr(address)


def test_an_empty_password_is_none():
    assert locate(RedisSettings(REDIS_USERNAME="me", REDIS_PASSWORD="")).login == (None, None)


def test_sentinels_win_over_a_cluster():
    settings = RedisSettings(
        REDIS_USE_SENTINEL=True,
        REDIS_SENTINELS="one.example, [::1]:7000 ,two.example:1",
        REDIS_SENTINEL_SERVICE_NAME="primary",
        REDIS_USE_CLUSTERS=True,
        REDIS_DB=3,
    )
    address = locate(settings)
    assert address.nodes == (("one.example", 26379), ("::1", 7000), ("two.example", 1))
    assert address.label == "Redis 'primary' of the Sentinels at one.example:26379, [::1]:7000, two.example:1"
    assert address.database == 3


def test_a_cluster_has_its_own_password_and_no_databases():
    settings = RedisSettings(
        REDIS_USE_CLUSTERS=True,
        REDIS_CLUSTERS="one.example:7000",
        REDIS_CLUSTERS_PASSWORD="theirs",
        REDIS_PASSWORD="another",
        REDIS_DB=3,
    )
    address = locate(settings)
    assert (address.mode, address.login, address.database) == ("cluster", (None, "theirs"), 0)


@pytest.mark.parametrize(
    ("text", "checks"),
    [("CERT_REQUIRED", "required"), ("CERT_OPTIONAL", "optional"), ("CERT_NONE", "none"), ("required", "none")],
)
def test_an_unknown_kind_of_check_is_none(text, checks):
    tls = locate(RedisSettings(REDIS_USE_SSL=True, REDIS_SSL_CERT_REQS=text)).tls
    assert tls is not None
    assert tls.checks == checks


@pytest.mark.parametrize("wrong", [{"REDIS_PORT": 0}, {"REDIS_DB": -1}, {"REDIS_SERIALIZATION_PROTOCOL": 4}])
def test_impossible_values_are_refused(wrong):
    with pytest.raises(ValidationError):
        RedisSettings(**wrong)
