"""What may differ from recorded answers is told to readers."""

import json
from pathlib import Path

HERE = Path(__file__)
PAGE = HERE.parents[4] / "docs" / "reference" / "differences.md"


def test_every_accepted_difference_is_on_the_page_with_its_reason() -> None:
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    explained = {row[1].strip() for row in rows if len(row) == 6 and row[4].strip()}
    accepted = json.loads((HERE.parent / "accept.json").read_text(encoding="utf-8"))["differences"]
    assert accepted
    assert {one["record"] for one in accepted} <= explained
