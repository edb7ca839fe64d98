"""`wzrd costs`: a table, CSV or JSON of the same report."""

import csv
import io
import json

import pytest

from tests.server.cli.conftest import CliStack


async def test_nothing_was_spent_yet(site: CliStack) -> None:
    """An empty report is a sum of nothing, in each of its forms."""
    table = await site.wzrd("costs")
    assert (table.code, table.out.splitlines()[0].split()) == (
        0,
        ["MODEL", "SUBMITS", "PLANNED", "UNKNOWN", "CREDITS", "BILLED"],
    )
    assert table.out.splitlines()[-1].split()[:4] == ["in", "all", "0", "$0.00"]
    told = json.loads((await site.wzrd("costs", "--json", "--by", "day", "--since", "7d")).out)
    assert (told["by"], told["lines"], told["total"]["credits"]) == ("day", [], 0)
    rows = list(csv.reader(io.StringIO((await site.wzrd("costs", "--csv")).out)))
    assert rows == [["key", "submits", "plannedUsd", "unknown", "credits", "billedUsd", "bills", "spentUsd"]]


@pytest.mark.parametrize("arguments", [("--since", "soon"), ("--by", "moon")])
async def test_wrong_use_is_told(site: CliStack, arguments: tuple[str, ...]) -> None:
    """Exit code 2, and what is allowed."""
    ended = await site.wzrd("costs", *arguments)
    assert (ended.code, ended.out) == (2, "")


async def test_a_backfill_begins_at_a_moment(site: CliStack) -> None:
    """One that is none is told before Prefect is asked, in words that say how one is written."""
    ended = await site.wzrd("backfill", "--until", "soon")
    assert (ended.code, ended.out) == (2, "")
    assert "--until" in ended.err
    assert "no moment: write 36h" in " ".join(ended.err.split())
