"""One serving process per home."""

import os
import signal
import stat

import pytest

from dify_runtime.errors import ServerError
from dify_runtime.server.home_lock import HOLDER, home_lock


def test_a_missing_home_is_made_for_its_owner_alone(tmp_path):
    home = tmp_path / "deep" / "home"
    with home_lock(home):
        assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_the_mode_of_a_home_that_is_there_stays(tmp_path):
    tmp_path.chmod(0o750)
    with home_lock(tmp_path):
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750


def test_the_holder_is_named_while_it_holds_the_lock(tmp_path):
    with home_lock(tmp_path):
        assert (tmp_path / HOLDER).read_text() == str(os.getpid())
    assert not (tmp_path / HOLDER).exists()


def test_a_second_holder_is_refused_with_process_home_and_remedy(tmp_path):
    with home_lock(tmp_path), pytest.raises(ServerError) as caught, home_lock(tmp_path):
        pass
    assert caught.value.message == f"home {tmp_path} is in use by process {os.getpid()}"
    assert "--home" in caught.value.hint


def test_a_refusal_leaves_the_holder_its_lock(tmp_path):
    with home_lock(tmp_path):
        for _ in range(2):
            with pytest.raises(ServerError), home_lock(tmp_path):
                pass
        assert (tmp_path / HOLDER).read_text() == str(os.getpid())


def test_a_home_can_be_held_again_and_again(tmp_path):
    for _ in range(2):
        with home_lock(tmp_path):
            assert (tmp_path / HOLDER).exists()


def test_a_home_that_is_a_file_is_an_error_that_names_it(tmp_path):
    home = tmp_path / "file"
    home.touch()
    with pytest.raises(ServerError, match=rf"home {home} cannot be used: .*--home"), home_lock(home):
        pass


async def test_a_second_serve_on_one_home_is_refused(serve, tmp_path):
    first = await (await serve()).ready()
    end = await (await serve("--home", ".dify-runtime")).end()
    assert end.status == 1
    assert end.stdout == []
    assert f"home {tmp_path / '.dify-runtime'} is in use by process {first.pid}" in end.stderr
    assert "--home" in end.stderr
    assert (await first.stop()).status == 0


async def test_a_serve_with_a_home_of_its_own_runs_beside_it(serve, tmp_path):
    first, second = await serve(), await serve("--home=other")
    await first.ready()
    await second.ready()
    assert (tmp_path / "other" / HOLDER).read_text() == str(second.pid)


async def test_a_killed_process_gives_its_home_back(serve, tmp_path):
    killed = await (await serve()).ready()
    assert (await killed.stop(signal.SIGKILL)).status == -signal.SIGKILL
    assert (tmp_path / ".dify-runtime" / HOLDER).read_text() == str(killed.pid)
    await (await serve()).ready()
