"""The command line that all benchmarks share, and how a report is printed."""

import argparse
import json
import platform
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tests.benchmarks.measure import Detail, Report, Row, RunFailed, Spread

_COLUMNS = ("", "unit", "ours", "(min .. max)", "baseline", "(min .. max)", "ratio", "target", "")


def parser(name: str, description: str | None, *, runs: int, processes: bool = False) -> argparse.ArgumentParser:
    """The parser of one benchmark: `--runs` and `--json`; benchmarks add what is theirs.

    `processes`: it starts interpreters, for which bytecode is compiled first unless `--no-compile` says otherwise.
    """
    made = argparse.ArgumentParser(f"python -m tests.benchmarks.{name}", description=description)
    made.add_argument("--runs", type=_positive, default=runs, help=f"repetitions of each side; default {runs}")
    made.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    if processes:
        made.add_argument("--no-compile", dest="compile", action="store_false", help="do not compile bytecode first")
    return made


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


def run(options: argparse.Namespace, measure: Callable[[argparse.Namespace], Report]) -> int:
    """Measure and print; returns the exit status: 1 when a run failed, else 0, whether targets are met or not."""
    try:
        report = measure(options)
    except RunFailed as error:
        print(f"failed: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"python": platform.python_version(), "runs": options.runs, **report.to_json()}, indent=2))
    else:
        _print(report, options.runs)
    return 0


def _print(report: Report, runs: int) -> None:
    print(f"ours:     {report.ours}\nbaseline: {report.baseline}")
    print(f"medians of {runs} interleaved runs, Python {platform.python_version()}\n")
    _print_table(_COLUMNS, [_cells(row) for row in report.rows])
    for detail in report.details:
        _print_detail(detail)
    for note in report.notes:
        print(f"\n{note}")


def _print_detail(detail: Detail) -> None:
    print(f"\n{detail.title}")
    _print_table(detail.columns, [[_shown(value) for value in row] for row in detail.rows])


def _cells(row: Row) -> list[str]:
    verdict = {True: "met", False: "MISSED", None: ""}[row.met]
    return [
        row.name,
        row.unit,
        *_spread(row.ours),
        *_spread(row.baseline),
        "" if row.ratio is None else f"{row.ratio:.3f}",
        "" if row.target is None else str(row.target),
        verdict,
    ]


def _spread(spread: Spread | None) -> Iterable[str]:
    if spread is None:
        return "", ""
    return _shown(spread.median), f"({_shown(spread.least)} .. {_shown(spread.greatest)})"


def _shown(value: Any) -> str:
    """A number in at most four significant digits, without an exponent."""
    if value is None:
        return ""
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
