"""`wzrd demo`: one command, however often."""

import json

from server.cli import demo
from server.cli.demo import EXAMPLE, program
from tests.rows import balance
from tests.server.cli.conftest import Site
from wzrd.db.projects import list_projects
from wzrd.db.runs import list_runs


async def test_a_demo_writes_every_scene_and_says_what_next(site: Site) -> None:
    """All scenes' shots, the Prefect address, the credits spent and left, and commands to try."""
    ended = await site.wzrd("demo")
    assert ended.code == 0
    assert len([line for line in ended.lines if " mm " in line]) == 12
    assert "✓ 12 shots in 4 scenes" in ended.out
    assert "8 credits spent, 92 left" in ended.out
    assert "http://127.0.0.1:9/runs" in ended.out
    for command in ("shots", "events", "import", "down"):
        assert f"wzrd {command}" in ended.out
    assert max(map(len, ended.lines)) <= 120
    assert not any(line != line.rstrip() for line in ended.lines)


async def test_a_second_demo_makes_and_charges_nothing(site: Site) -> None:
    """The same project, the same runs, the same shots, from the log; zero credits, and it says so."""
    first, second = await site.wzrd("demo"), await site.wzrd("demo")

    def shots(out: str) -> list[str]:
        return [line.split("s", 1)[1] for line in out.splitlines() if " mm " in line]

    assert (second.code, shots(second.out)) == (0, shots(first.out))
    assert "0 credits spent, 92 left" in second.out
    assert "nothing is charged twice" in second.out
    async with site.runtime.begin() as tx:
        assert len(await list_projects(tx, site.user.user_id)) == 1
        assert len(await list_runs(tx, site.user.user_id)) == 4


async def test_a_demo_that_failed_can_be_run_again(site: Site) -> None:
    """Exit code 1 with the reason; the next demo gives the same runs another attempt, and the whole costs the same."""
    site.crew.broken = True
    failed = await site.wzrd("demo")
    assert failed.code == 1
    assert "failed: the lamp broke" in failed.out
    site.crew.broken = False
    again = await site.wzrd("demo")
    assert again.code == 0
    assert "✓ 12 shots" in again.out
    assert await balance(site.runtime, site.user.user_id) == 92
    runs = [json.loads(line) for line in (await site.wzrd("runs", "--json")).lines]
    assert [run["attempt"] for run in runs] == [2, 2, 2, 2]


def test_the_example_is_there() -> None:
    """The demo's screenplay is in the checkout, and the program has a name that can be typed."""
    assert EXAMPLE.is_file()
    assert program()
    assert 1 <= demo.SHOTS <= 6
