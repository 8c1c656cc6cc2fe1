"""The parts that benchmarks are made of."""

import argparse
import asyncio
import sys

import pytest

from tests.benchmarks import empty_server
from tests.benchmarks.boot import compare, libraries
from tests.benchmarks.command import parser, run
from tests.benchmarks.load import load
from tests.benchmarks.measure import Detail, Report, Row, RunFailed, Spread, Target, interleaved
from tests.benchmarks.processes import run_to_end, serving

OURS, BASELINE = Spread(30.0, 20.0, 40.0), Spread(20.0, 10.0, 30.0)


def test_a_spread_holds_median_least_and_greatest():
    samples = [{"wall": 3.0}, {"wall": 1.0}, {"wall": 8.0}]

    assert Spread.of(samples, "wall") == Spread(3.0, 1.0, 8.0)


def test_a_quantity_that_was_not_measured_is_a_failed_run():
    with pytest.raises(RunFailed, match="'memory'"):
        Spread.of([{"wall": 1.0}], "memory")


@pytest.mark.parametrize(
    ("target", "met"),
    [
        (Target("median", 30), True),
        (Target("median", 29), False),
        (Target("ratio", 1.5), True),
        (Target("ratio", 1.4), False),
        (Target("ratio", 1.6, at_least=True), False),
        (Target("difference", 10), True),
        (Target("difference", 9), False),
    ],
)
def test_a_row_is_held_against_its_target(target, met):
    assert Row("one", "ms", OURS, BASELINE, target).met is met


def test_a_row_without_a_target_is_not_judged():
    assert Row("one", "ms", OURS, BASELINE).met is None


def test_a_ratio_target_without_a_baseline_is_missed():
    assert Row("one", "ms", OURS, None, Target("ratio", 9)).met is False


def test_subjects_take_turns_and_the_first_turn_is_dropped():
    calls = []

    def subject(name):
        calls.append(name)
        return {"n": float(len(calls))}

    samples = interleaved(2, {"a": lambda: subject("a"), "b": lambda: subject("b")})

    assert calls == ["a", "b"] * 3
    assert samples == {"a": [{"n": 3.0}, {"n": 5.0}], "b": [{"n": 4.0}, {"n": 6.0}]}


def test_a_missed_target_is_shown_and_is_no_failure(capsys):
    rows = [Row("first", "ms", OURS, BASELINE, Target("ratio", 1.2))]
    detail = Detail("where", ("step", "ms"), [("scan", 1234.56), ("rest", None)])

    status = run(parser("one", "", runs=3).parse_args([]), lambda _: Report("this", "that", rows, [detail], ["a note"]))

    shown = capsys.readouterr().out
    assert status == 0
    assert "MISSED" in shown
    assert "ratio <= 1.2" in shown
    assert "scan  1235" in shown
    assert shown.endswith("a note\n")


def test_a_failed_run_ends_with_status_one(capsys):
    def fail(_: argparse.Namespace) -> Report:
        raise RunFailed("the server ended")

    assert run(parser("one", "", runs=3).parse_args(["--json"]), fail) == 1
    assert capsys.readouterr().err == "failed: the server ended\n"


def test_no_repetitions_are_refused(capsys):
    with pytest.raises(SystemExit):
        parser("one", "", runs=3).parse_args(["--runs", "0"])
    assert "at least 1" in capsys.readouterr().err


def test_a_baseline_with_other_libraries_is_refused():
    with pytest.raises(RunFailed, match=r"the baseline lacks: svcs; only the baseline loads: flask"):
        compare({"quart", "svcs"}, {"quart", "flask"})


def test_only_third_parties_count_as_libraries():
    modules = {"quart": empty_server.asyncio.__file__, "dify_runtime": __file__, "pytest": pytest.__file__}

    assert libraries({"modules": modules}) == {"pytest"}


def test_a_command_that_fails_is_a_failed_run(tmp_path):
    with pytest.raises(RunFailed, match="ended with 3: sorry"):
        run_to_end([sys.executable, "-c", "import sys; sys.stderr.write('sorry'); sys.exit(3)"], tmp_path)


def test_a_server_that_ends_before_it_answers_is_a_failed_run(tmp_path):
    with (
        pytest.raises(RunFailed, match="ended with 2: no"),
        serving([sys.executable, "-c", "import sys; sys.stderr.write('no'); sys.exit(2)"], 1, tmp_path) as server,
    ):
        server.await_answer()


async def test_an_answer_other_than_200_is_a_failed_run():
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(RunFailed, match="503 Busy"):
            await asyncio.to_thread(load, port, 1, 5.0, None)
