"""`wzrd shots`: every scene's shots, in order, on the right stream and with the right code."""

import asyncio
import json
import os
import signal
import sys

import pytest

from server.stack.environment import ROOT
from tests.ctrl_c import HEARS_CTRL_C
from tests.rows import balance
from tests.server.cli.conftest import CliStack
from tests.waiting import until
from wzrd.contracts.gen_shots import PHASES
from wzrd.db.runs import list_runs


async def test_every_scene_gets_its_shots_in_order(site: CliStack) -> None:
    """Plain lines on stdout: a heading a scene, one line a shot with size, lens, move; the sum on stderr."""
    await site.import_example()
    ended = await site.wzrd("shots", "queen to nowhere", "--count", "2")
    assert ended.code == 0
    headings = [line for line in ended.lines if line.startswith("scene ")]
    assert [line.split()[1] for line in headings] == ["1", "2"]
    shots = [line for line in ended.lines if " mm " in line]
    assert [line.split()[2] for line in shots] == ["1", "2", "1", "2"]
    assert all(len(line) <= 120 for line in ended.lines)
    assert "4 shots in 2 scenes" in ended.err
    assert "2 credits" in ended.err
    assert "no_credentials:groq" in ended.err
    assert await balance(site.runtime, site.user.user_id) == 98


async def test_json_is_one_event_a_line(site: CliStack) -> None:
    """Each line stands alone, names its scene and run, and each shot goes through all its phases."""
    project = await site.import_example()
    ended = await site.wzrd("shots", project[:8], "--scene", "2", "--count", "3", "--json")
    lines = [json.loads(line) for line in ended.lines]
    assert ended.code == 0
    assert {line["scene"] for line in lines} == {2}
    assert (lines[0]["event"], lines[-1]["event"]) == ("meta", "done")
    phases: dict[str, list[str]] = {}
    for line in lines:
        if line["event"] == "shot":
            phases.setdefault(line["data"]["id"], []).append(line["data"]["status"])
    assert list(phases.values()) == [list(PHASES)] * 3


async def test_one_scene_of_many(site: CliStack) -> None:
    """--scene may be repeated; a number that the project has not is told with those it has, and starts nothing."""
    project = await site.import_example("dead-air.fountain")
    ended = await site.wzrd("shots", project, "--scene", "4", "--scene", "2", "--count", "1")
    assert [line.split()[1] for line in ended.lines if line.startswith("scene ")] == ["2", "4"]
    missing = await site.wzrd("shots", project, "--scene", "2", "--scene", "9")
    assert (missing.code, missing.out) == (1, "")
    assert "no scene 9; its scenes are 1, 2, 3, 4, 5" in missing.err
    async with site.runtime.begin() as tx:
        assert len(await list_runs(tx, site.user.user_id)) == 2


async def test_a_broken_run_fails_the_command_and_keeps_what_came(site: CliStack) -> None:
    """Exit code 1; the first line of the reason; the shot that was delivered is shown and charged, no more."""
    await site.import_example()
    site.worker.broken = True
    ended = await site.wzrd("shots", "queen to nowhere", "--scene", "1", "--count", "4")
    assert ended.code == 1
    assert "scene 1 failed: the lamp broke\n" in ended.err
    assert "only a log" not in ended.out + ended.err
    assert len([line for line in ended.lines if " mm " in line]) == 1
    assert await balance(site.runtime, site.user.user_id) == 99


async def test_no_credits_is_told_with_what_to_do(site: CliStack) -> None:
    """A refused hold fails its scene, names both numbers, and starts nothing."""
    await site.wzrd("user", "add", "poor@example.org")
    file = await site.import_example()
    assert file
    async with site.runtime.begin() as tx:
        from wzrd.db import ledger

        await ledger.hold(
            tx, site.user.user_id, 99, key="k", resource_type="text", reference_type="test", reference_id="t"
        )
    ended = await site.wzrd("shots", "queen to nowhere", "--scene", "1", "--count", "4")
    assert ended.code == 1
    assert "2 credits needed, 1 available" in ended.err
    assert "wzrd credits grant" in ended.err


@pytest.mark.parametrize("arguments", [(), ("x", "--count", "0"), ("x", "--count", "7"), ("x", "--scene", "two")])
async def test_wrong_use(site: CliStack, arguments: tuple[str, ...]) -> None:
    """Exit code 2, and nothing on stdout."""
    ended = await site.wzrd("shots", *arguments)
    assert (ended.code, ended.out) == (2, "")


async def test_a_strangers_project_is_not_found(site: CliStack) -> None:
    """Another user's project is no project, by id and by title."""
    project = await site.import_example()
    await site.wzrd("user", "add", "grace@example.org")
    for text in (project, "queen to nowhere"):
        ended = await site.wzrd("shots", text, "--user", "grace@example.org")
        assert (ended.code, ended.out) == (1, "")


async def test_a_given_token_decides_whose(site: CliStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """WZRD_TOKEN is used as it is; what is no token, or another server's, fails plainly."""
    project = await site.import_example()
    monkeypatch.setenv("WZRD_TOKEN", (await site.wzrd("user", "token")).out)
    assert (await site.wzrd("shots", project, "--scene", "1", "--count", "1")).code == 0
    monkeypatch.setenv("WZRD_TOKEN", "nonsense")
    assert (await site.wzrd("shots", project)).code == 1
    token = (await site.wzrd("user", "token")).out.strip()
    monkeypatch.setenv("WZRD_TOKEN", token[:-6] + ("AAAAAA" if not token.endswith("AAAAAA") else "BBBBBB"))
    ended = await site.wzrd("runs")
    assert ended.code == 1
    assert "Unauthorized" in ended.err


async def test_ctrl_c_leaves_with_130_and_the_runs_go_on(site: CliStack) -> None:
    """The command says which runs are still being written; they end without it."""
    project = await site.import_example()
    site.worker.pace = 3.0  # far slower than a signal on the busiest machine
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HEARS_CTRL_C, "shots", project, "--count", "2",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while b"scene 1" not in await process.stdout.readline():
            pass
        await until(lambda: site.worker.executing)
        await asyncio.sleep(0.3)  # the command follows by now, and tells nobody
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
    site.worker.pace = 0.0
    assert process.returncode == 130, err
    assert b"still being written" in err
    assert b"Traceback" not in err
    await until(lambda: not site.worker.executing)
    async with site.runtime.begin() as tx:
        assert {run.status for run in await list_runs(tx, site.user.user_id)} == {"succeeded"}
