"""`serve` in one process: the ready line, failures, and where its address comes from."""

import socket

import pytest

from tests.server.plugins import BROKEN, LOUD, RELAY, REMOTE


async def test_the_ready_line_is_one_line_and_means_that_requests_are_answered(serve):
    serving = await (await serve(plugins={"relay": RELAY})).ready()
    assert (await serving.get("/pid")).json()["pid"] == serving.pid
    end = await serving.stop()
    assert end.status == 0
    assert end.stdout == ["process ids are at /pid", "this line was found out"]
    assert end.stderr == ""


async def test_lines_of_the_banner_that_cannot_be_found_out_are_left_out(serve):
    serving = await (await serve(plugins={"relay": RELAY}, NOTHING_FOUND="yes")).ready()
    assert (await serving.get("/pid")).json()["pid"] == serving.pid
    end = await serving.stop()
    assert (end.status, end.stdout) == (0, ["process ids are at /pid"])
    assert "plugin 'relay' cannot say its lines of the banner" in end.stderr


async def test_a_signal_while_lines_of_the_banner_are_found_out_is_a_stop_like_any_other(serve):
    serving = await serve(plugins={"relay": RELAY}, LOOKING_FOR_EVER="yes")
    assert await serving.line() == "looks"
    end = await serving.stop()
    assert (end.status, end.stdout) == (0, [])


async def test_the_ready_line_counts_the_started_plugins(serve):
    serving = await serve(plugins={"relay": RELAY, "loud": LOUD})
    assert await serving.line() == "loud starts"
    assert (await serving.ready()).plugins == 2


async def test_a_port_in_use_ends_it_before_any_plugin_starts(serve):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        end = await (await serve("--port", str(port), plugins={"loud": LOUD})).end()
    assert end.status == 1
    assert end.stdout == []
    assert f"Error: cannot listen on 127.0.0.1:{port}: the port is in use" in end.stderr
    assert "--port" in end.stderr


async def test_address_and_port_come_from_lower_layers_too(serve, tmp_path):
    (tmp_path / ".env").write_text("DIFY_BIND_ADDRESS=::1\n")
    serving = await (await serve()).ready()
    assert serving.address[0] == "::1"


async def test_an_argument_wins_over_the_environment(serve):
    serving = await (await serve("--host", "127.0.0.1", DIFY_BIND_ADDRESS="192.0.2.1")).ready()
    assert serving.address[0] == "127.0.0.1"


async def test_an_address_from_the_remote_layer_comes_too_late_and_that_is_said(serve):
    serving = await (await serve(plugins={"remote": REMOTE}, REMOTE_SETTINGS_SOURCE_NAME="fixed")).ready()
    assert serving.address[0] == "127.0.0.1"
    end = await serving.stop()
    assert "DIFY_BIND_ADDRESS=192.0.2.1 of the remote settings came too late: 127.0.0.1 is in force" in end.stderr


async def test_degraded_it_serves_and_says_in_one_line_what_failed(serve):
    serving = await (await serve(plugins={"relay": RELAY, "broken": BROKEN})).ready()
    assert serving.plugins == 1
    assert (await serving.get("/pid")).status_code == 200
    warnings = [line for line in (await serving.stop()).stderr.splitlines() if line.startswith("warning:")]
    assert warnings == ["warning: plugin 'broken' is out: OSError: no such device"]


async def test_a_boot_that_stops_shows_the_reason_and_no_traceback(serve):
    wrong = LOUD.replace("import asyncio", "import no_such_module")
    end = await (await serve(plugins={"loud": wrong}, PLUGIN_FAILURE="fail")).end()
    assert end.status == 1
    assert end.stdout == []
    assert "Error: plugin 'loud' failed in phase import: ModuleNotFoundError" in end.stderr
    assert "Traceback" not in end.stderr


async def test_a_plugin_that_fails_to_start_stops_the_boot_and_shows_the_reason_and_no_traceback(serve):
    end = await (await serve(plugins={"broken": BROKEN, "loud": LOUD}, PLUGIN_FAILURE="fail")).end()
    assert (end.status, end.stdout) == (1, ["loud starts", "loud stops"])
    assert "Error: plugin 'broken' failed in phase start: OSError: no such device" in end.stderr
    assert "Traceback" not in end.stderr


async def test_a_wrong_setting_of_the_server_is_an_error_that_names_it(serve):
    end = await (await serve(DIFY_PORT="many")).end()
    assert end.status == 1
    assert "DIFY_PORT (from environment, owned by plugin 'host')" in end.stderr
    assert "Traceback" not in end.stderr


@pytest.mark.parametrize(
    ("mode", "command"), [("worker", "worker"), ("beat", "scheduler"), ("migration", "db upgrade")]
)
async def test_another_mode_is_refused_with_the_right_command(serve, mode, command):
    end = await (await serve(MODE=mode)).end()
    assert end.status == 1
    assert f"MODE={mode} is not for serving" in end.stderr
    assert f"`dify-runtime {command}`" in end.stderr


async def test_the_mode_api_needs_no_lock_of_the_home(serve, tmp_path):
    first, second = await serve(MODE="api"), await serve(MODE="api")
    await first.ready()
    await second.ready()
    assert not (tmp_path / ".dify-runtime" / "serve.lock").exists()
