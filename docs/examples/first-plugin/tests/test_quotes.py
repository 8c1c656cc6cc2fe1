"""What the plugin promises, tried on a runtime that holds nothing else."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from dify_quotes.commands import quote
from dify_quotes.plugin import QuotesPlugin

from dify_runtime.cli.context import BootingContext
from dify_runtime.errors import BootError
from dify_runtime.testing.booted import RuntimeFactory
from dify_runtime_sdk import Introspection


async def test_two_requests_on_one_day_get_the_same_quotation(runtime: RuntimeFactory) -> None:
    booted = await runtime({"quotes": QuotesPlugin})
    first = await booted.client.get("/quote", params={"day": "2026-01-31"})
    second = await booted.client.get("/quote", params={"day": "2026-01-31"})
    assert first.status_code == 200
    assert first.json() == second.json()
    assert first.json()["day"] == "2026-01-31"


async def test_the_next_day_has_the_next_line_of_the_file(runtime: RuntimeFactory, tmp_path: Path) -> None:
    file = tmp_path / "quotes.txt"
    file.write_text("one\ntwo\n", encoding="utf-8")
    booted = await runtime({"quotes": QuotesPlugin}, settings={"QUOTES_FILE": str(file)})
    answers = [(await booted.client.get("/quote", params={"day": f"2026-01-0{day}"})).json() for day in (1, 2)]
    assert {answer["text"] for answer in answers} == {"one", "two"}


async def test_a_day_that_is_none_is_the_clients_mistake(runtime: RuntimeFactory) -> None:
    booted = await runtime({"quotes": QuotesPlugin})
    answer = await booted.client.get("/quote", params={"day": "yesterday"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_param"


async def test_a_missing_file_stops_the_boot_and_is_named(runtime: RuntimeFactory, tmp_path: Path) -> None:
    missing = tmp_path / "missing.txt"
    with pytest.raises(BootError, match=r"missing\.txt.*set QUOTES_FILE"):
        await runtime({"quotes": QuotesPlugin}, settings={"QUOTES_FILE": str(missing)})


async def test_a_file_that_goes_away_shows_in_the_health_checks(runtime: RuntimeFactory, tmp_path: Path) -> None:
    file = tmp_path / "quotes.txt"
    file.write_text("one\n", encoding="utf-8")
    booted = await runtime({"quotes": QuotesPlugin}, settings={"QUOTES_FILE": str(file)}, strict=False)
    introspection = await booted.services.get(Introspection)
    assert (await introspection.readiness()).status == "ready"
    file.unlink()
    readiness = await introspection.readiness()
    assert readiness.status == "degraded"
    assert "quotes.txt" in str(readiness.checks[0].error)


def test_the_command_prints_the_quotation_of_a_day(tmp_path: Path) -> None:
    file = tmp_path / "quotes.txt"
    file.write_text("the only one\n", encoding="utf-8")
    context = BootingContext({"quotes": QuotesPlugin}, environ={"QUOTES_FILE": str(file)})
    result = CliRunner().invoke(quote, ["--day", "2026-01-31"], obj=context)
    assert result.output == "the only one\n"
