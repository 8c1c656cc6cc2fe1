"""The compose file, as far as that can be checked without a container engine."""

import re
import subprocess
import sys

import pytest

import dify_runtime
from dify_runtime.bootstrap import MODE_COMMANDS
from dify_runtime.http.settings import HttpSettings
from dify_runtime.server.run import STOP_MARGIN
from dify_runtime.server.settings import ServerSettings
from dify_tasks.settings import TaskSettings
from tests.deployment.compose import (
    FILE,
    REQUIRED,
    ROOT,
    MissingVariableError,
    environment,
    interpolate,
    load,
    variables,
)

COMPOSE = load()
SERVICES = COMPOSE["services"]
OURS = {"api": "api", "worker": "worker", "scheduler": "beat", "migration": "migration"}
"""The services that run this project's image, with their `MODE`."""
SECRET = re.compile(r"PASSWORD|SECRET|KEY")


def seconds(text):
    return float(text.removesuffix("s"))


def test_it_fits_the_schema_of_compose_files():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_every_part_of_the_topology_is_there():
    others = {"nginx", "postgres", "redis", "ssrf_proxy", "sandbox"}
    assert set(SERVICES) == {*OURS, *others}


@pytest.mark.parametrize("name", OURS)
def test_the_mode_says_what_the_one_image_runs(name):
    service = SERVICES[name]
    assert service["image"] == f"dify-runtime:{dify_runtime.__version__}"
    assert (ROOT / service["build"]["dockerfile"]).is_file()
    assert environment(name)["MODE"] == OURS[name]
    assert OURS[name] in MODE_COMMANDS
    assert not {"command", "entrypoint"} & set(service)


@pytest.mark.parametrize("name", REQUIRED)
def test_without_a_secret_nothing_starts(name):
    given = {**REQUIRED, name: ""}
    with pytest.raises(MissingVariableError, match=rf"set {name} in \.env"):
        interpolate(FILE.read_text(encoding="utf-8"), given)


def test_no_secret_has_a_value_in_the_file():
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if SECRET.search(variable):
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), f"{name}: {variable}"
    assert {name for name, how in variables().items() if how == "?"} == set(REQUIRED)


def test_the_example_knows_every_variable():
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    missing = [name for name in variables() if not re.search(rf"^(# )?{name}=", example, re.MULTILINE)]
    assert missing == []
    for name in REQUIRED:
        assert re.search(rf"^{name}=$", example, re.MULTILINE), f"{name} must be there to be filled in"


def test_the_defaults_in_the_example_are_those_of_the_file():
    text = FILE.read_text(encoding="utf-8")
    preamble = (ROOT / "docs/deploy/compose.env").read_text(encoding="utf-8")
    shown = dict(re.findall(r"^# ([A-Z_]+)=(.+)$", preamble, re.MULTILINE))
    assert len(shown) > 5
    for name, value in shown.items():
        assert f"${{{name}:-{value}}}" in text, name


def test_only_nginx_is_reached_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert SERVICES["nginx"]["ports"][0].endswith(f":{environment('nginx')['NGINX_LISTEN']}")


def on(network):
    return {name for name, service in SERVICES.items() if network in service["networks"]}


def test_the_sandbox_reaches_only_the_proxy():
    assert SERVICES["sandbox"]["networks"] == ["sandbox"]
    assert on("sandbox") == {"sandbox", "ssrf_proxy"}
    assert COMPOSE["networks"]["sandbox"]["internal"]
    assert environment("api")["CODE_EXECUTION_ENDPOINT"] == "http://ssrf_proxy:8194"


def test_the_data_is_reached_by_our_processes_alone():
    assert on("data") == {*OURS, "postgres", "redis"}
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["data"]
    assert COMPOSE["networks"]["data"]["internal"]
    assert COMPOSE["networks"]["proxy"]["internal"]
    assert on("front") == {"nginx", "api"}


@pytest.mark.parametrize("name", sorted({*SERVICES} - {"sandbox"}))
def test_it_runs_without_privileges(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_our_processes_write_to_the_home_and_tmp_alone():
    for name in OURS:
        assert SERVICES[name]["tmpfs"] == ["/tmp"]
        assert SERVICES[name]["volumes"] == [f"home:{environment(name)['DIFY_RUNTIME_HOME']}"]


def test_who_must_wait_waits_for_what_it_needs():
    for name, service in SERVICES.items():
        for other, needed in service.get("depends_on", {}).items():
            if needed["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], f"{name} waits for {other}"
            optional = "profiles" in SERVICES[other]
            assert needed.get("required", True) is not optional, f"{name} waits for {other}"
    migrated = {name for name in OURS if "migration" in SERVICES[name]["depends_on"]}
    assert migrated == {"api", "worker", "scheduler"}
    assert SERVICES["api"]["depends_on"]["migration"]["condition"] == "service_completed_successfully"
    assert SERVICES["migration"]["restart"] == "no"


def test_optional_parts_have_profiles_that_the_example_turns_on():
    profiles = {name for service in SERVICES.values() for name in service.get("profiles", ())}
    assert {name for name, service in SERVICES.items() if "profiles" in service} == {"postgres", "redis", "sandbox"}
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    [chosen] = re.findall(r"^COMPOSE_PROFILES=(.*)$", example, re.MULTILINE)
    assert set(chosen.split(",")) == profiles


def test_the_api_is_asked_for_its_health_by_our_own_command():
    assert SERVICES["api"]["healthcheck"]["test"] == ["CMD", "dify-runtime", "health"]


def test_a_stop_may_take_longer_than_the_graceful_limits():
    graceful = {"api": ServerSettings().SERVER_GRACEFUL_TIMEOUT, "worker": TaskSettings().TASK_STOP_TIMEOUT}
    for name, limit in graceful.items():
        assert seconds(SERVICES[name]["stop_grace_period"]) > limit + STOP_MARGIN


def test_nginx_takes_the_bodies_that_the_api_takes():
    assert environment("nginx")["NGINX_CLIENT_MAX_BODY_SIZE"] == "100m"
    assert HttpSettings().HTTP_MAX_BODY_BYTES == 100 * 1024 * 1024


def test_redis_keeps_its_data_on_disk():
    [*_, script] = SERVICES["redis"]["command"]
    assert "--appendonly yes" in script
    assert "--dir /data" in script
    assert SERVICES["redis"]["volumes"] == ["redis:/data"]


def test_everything_that_is_mounted_is_there():
    for name, service in SERVICES.items():
        for mount in service.get("volumes", ()):
            source = mount.partition(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).exists(), f"{name}: {mount}"
