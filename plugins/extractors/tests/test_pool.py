"""Worker processes: what a hostile parser or file can do to the runtime, which is nothing."""

import asyncio
import os

import pytest

from dify_runtime_sdk.documents import ExtractionError


async def test_a_parser_runs_in_another_process_that_is_used_again(pool, parsers):
    workers = await pool()
    first = await workers.run(f"{parsers}pid", b"", "")
    assert first != str(os.getpid())
    assert await workers.run(f"{parsers}pid", b"", "") == first


async def test_a_parser_is_given_content_and_extension(pool, parsers):
    assert await (await pool()).run(f"{parsers}upper", b"abc" * 1_000_000, ".x") == ".x" + "ABC" * 1_000_000


@pytest.mark.parametrize(
    ("parser", "content", "says"),
    [
        ("allocate", b"", "takes too much memory"),
        ("abort", b"", "made its parser crash .signal 6."),
        ("leave", b"", "made its parser crash .exit status 3."),
        ("recurse", b"", "nested too deeply"),
        ("number", b"", "gave int instead of a text"),
        ("write", b"leak.txt", "File too large"),
        ("key", b"", r"malformed \(KeyError"),
        ("value", b"", "the third byte is wrong"),
        ("gone", b"", "AttributeError"),
    ],
)
async def test_whatever_a_parser_does_is_an_error_of_its_document(pool, parsers, tmp_path, parser, content, says):
    workers = await pool(memory=512)
    target = str(tmp_path / content.decode()).encode() if content else b""
    with pytest.raises(ExtractionError, match=says) as failure:
        await workers.run(parsers + parser, target, ".odd")
    assert ".odd document" in failure.value.message
    assert len(failure.value.message) < 700
    assert await workers.run(f"{parsers}upper", b"next", "") == "NEXT"


async def test_a_missing_module_is_an_error_too(pool):
    with pytest.raises(ExtractionError, match="no_such_module"):
        await (await pool()).run("no_such_module:read", b"", ".odd")


async def test_a_process_that_ran_out_of_memory_is_replaced(pool, parsers):
    workers = await pool(memory=512)
    first = await workers.run(f"{parsers}pid", b"", "")
    with pytest.raises(ExtractionError):
        await workers.run(f"{parsers}allocate", b"", "")
    assert await workers.run(f"{parsers}pid", b"", "") != first


async def test_what_a_parser_prints_goes_nowhere_and_it_has_nothing_to_read(pool, parsers):
    workers = await pool()
    assert await workers.run(f"{parsers}noise", b"", "") == "''"
    assert await workers.run(f"{parsers}upper", b"a", "") == "A"


async def test_a_parser_sees_no_environment(pool, parsers, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hidden")
    seen = await (await pool()).run(f"{parsers}environment", b"", "")
    assert set(seen.split(",")) <= {"PYTHONPATH", "LC_CTYPE"}


async def test_the_length_of_a_text_is_limited(pool, parsers):
    workers = await pool(characters=10)
    assert await workers.run(f"{parsers}long", b"10", "") == "x" * 10
    with pytest.raises(ExtractionError, match=r"longer than 10 characters .EXTRACTOR_MAX_TEXT_LENGTH"):
        await workers.run(f"{parsers}long", b"11", "")


async def test_half_a_character_does_not_break_the_answer(pool, parsers):
    assert await (await pool()).run(f"{parsers}surrogate", b"", "") == "a?"


@pytest.fixture
def announcement(tmp_path):
    """A pipe through which a parser says its process id, and what reads it."""
    path = tmp_path / "announcement"
    os.mkfifo(path)
    return path


def running(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_parser_that_takes_too_long_is_killed(pool, parsers, announcement):
    workers = await pool(timeout=0.3)
    attempt = asyncio.create_task(workers.run(f"{parsers}loop", str(announcement).encode(), ".odd"))
    process_id = int(await asyncio.to_thread(announcement.read_text))
    with pytest.raises(ExtractionError, match=r"longer than 0\.3 s .EXTRACTOR_TIMEOUT"):
        await attempt
    assert not running(process_id)


async def test_a_parser_whose_caller_has_gone_is_killed(pool, parsers, announcement):
    workers = await pool()
    attempt = asyncio.create_task(workers.run(f"{parsers}loop", str(announcement).encode(), ".odd"))
    process_id = int(await asyncio.to_thread(announcement.read_text))
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    assert not running(process_id)
    assert await workers.run(f"{parsers}upper", b"free again", "") == "FREE AGAIN"


async def test_an_idle_process_ends_and_another_takes_its_place(pool, parsers):
    workers = await pool(idle=1)
    first = await workers.run(f"{parsers}pid", b"", "")
    await workers._idle[0]._process.wait()
    assert await workers.run(f"{parsers}pid", b"", "") != first


async def test_a_process_that_was_killed_between_documents_is_replaced(pool, parsers):
    workers = await pool()
    first = int(await workers.run(f"{parsers}pid", b"", ""))
    os.kill(first, 9)
    assert await workers.run(f"{parsers}upper", b"a" * 1_000_000, "") == "A" * 1_000_000


async def test_as_many_documents_are_read_at_a_time_as_there_are_processes(pool, parsers):
    workers = await pool(size=2)
    pids = await asyncio.gather(*(workers.run(f"{parsers}pid", b"", "") for _ in range(6)))
    assert 1 <= len(set(pids)) <= 2


async def test_closing_the_pool_ends_its_processes(parsers):
    from dify_extractors.pool import Bounds, WorkerPool

    async with WorkerPool(1, Bounds()) as workers:
        process_id = int(await workers.run(f"{parsers}pid", b"", ""))
    assert not running(process_id)


@pytest.mark.parametrize("executable", ["/bin/false", "/nowhere/python"])
async def test_a_process_that_cannot_start_is_an_error_that_says_so(pool, parsers, monkeypatch, executable):
    monkeypatch.setattr("sys.executable", executable)
    with pytest.raises(ExtractionError, match="no process can be started") as failure:
        await (await pool()).run(f"{parsers}pid", b"", "")
    assert "EXTRACTOR_MEMORY_LIMIT" in str(failure.value.hint)


async def test_a_process_is_replaced_after_many_documents(pool, parsers, monkeypatch):
    monkeypatch.setattr("dify_extractors.pool._DOCUMENTS", 2)
    workers = await pool()
    pids = [await workers.run(f"{parsers}pid", b"", "") for _ in range(3)]
    assert pids[0] == pids[1] != pids[2]
