"""`wzrd runs | events | cancel | retry`."""

import asyncio
import json
import uuid
from collections.abc import Sequence

import pytest

from server.cli import UsageError
from server.cli.runs import choose_run
from tests.rows import balance
from tests.server.cli.conftest import CliStack
from tests.waiting import answer_of
from wzrd.db.runs import RunRow, list_runs
from wzrd.domain.errors import NotFound


async def a_run(site: CliStack, *, count: int = 2) -> str:
    """One run of the example's first scene, as the command makes it; its id."""
    project = await site.import_example()
    ended = await site.wzrd("shots", project, "--scene", "1", "--count", str(count), "--json")
    return str(json.loads(ended.lines[0])["runId"])


async def a_queued_run(site: CliStack) -> tuple[str, "asyncio.Task[object]"]:
    """A run that nobody takes, and the command that waits for it."""
    site.worker.idle = True
    project = await site.import_example()
    waiting = asyncio.create_task(site.wzrd("shots", project, "--scene", "1", "--count", "2"))

    async def runs() -> Sequence[RunRow]:
        async with site.runtime.begin() as tx:
            return await list_runs(tx, site.user.user_id)

    return str((await answer_of(runs))[0].run_id), waiting


async def test_runs_are_listed_newest_first(site: CliStack) -> None:
    """Whole ids, so that scripts can go on with them; JSON has the wire's own spelling."""
    assert (await site.wzrd("runs")).err == "no runs yet\n"
    first, second = await a_run(site), await a_run(site)
    plain = await site.wzrd("runs")
    assert [line.split()[0] for line in plain.lines] == [second, first]
    assert all("succeeded" in line for line in plain.lines)
    lines = [json.loads(line) for line in (await site.wzrd("runs", "--json", "--limit", "1")).lines]
    assert [(one["id"], one["status"]) for one in lines] == [(second, "succeeded")]


async def test_runs_of_one_project(site: CliStack) -> None:
    """--project takes a title, and an unknown one fails."""
    await a_run(site)
    rain = await site.import_example("the-nine-forty-rain.fountain")
    assert len((await site.wzrd("runs", "--project", "Queen to Nowhere")).lines) == 1
    assert (await site.wzrd("runs", "--project", rain[:8])).lines == []
    assert (await site.wzrd("runs", "--project", "Nowhere")).code == 1


async def test_events_prints_the_log_and_can_begin_later(site: CliStack) -> None:
    """The whole log, by number; --after leaves out what was seen; beyond the end there is nothing."""
    run = await a_run(site)
    lines = [json.loads(line) for line in (await site.wzrd("events", run[:8], "--json")).lines]
    numbers = [line["seq"] for line in lines]
    assert numbers == sorted(set(numbers))
    assert (lines[0]["event"], lines[-1]["event"]) == ("meta", "done")
    later = await site.wzrd("events", run, "--after", str(numbers[-2]))
    assert len(later.lines) == 1
    assert "done" in later.out
    assert (await site.wzrd("events", run, "--after", str(numbers[-1]))).lines == []
    assert (await site.wzrd("events", run, "--after", str(numbers[-1]), "--follow")).lines == []


async def test_events_without_follow_does_not_wait(site: CliStack) -> None:
    """Of an open run it prints what there is, and ends; --follow goes on to the end."""
    run, waiting = await a_queued_run(site)
    async with asyncio.timeout(60):
        assert len((await site.wzrd("events", run)).lines) == 1
    following = asyncio.create_task(site.wzrd("events", run, "--follow"))
    await asyncio.sleep(0.3)  # that it says nothing has no signal
    site.worker.idle = False
    async with asyncio.timeout(60):
        assert "done" in (await following).lines[-1]
        await waiting


async def test_cancel_of_a_queued_run_settles_it_at_once(site: CliStack) -> None:
    """Stdout is the status; nothing is charged; the command that followed it fails with the reason."""
    run, waiting = await a_queued_run(site)
    ended = await site.wzrd("cancel", run[:8])
    assert (ended.code, ended.out) == (0, "canceled\n")
    assert "0 credits charged" in ended.err
    assert getattr(await waiting, "code", None) == 1
    assert await balance(site.runtime, site.user.user_id) == 100


async def test_cancel_of_a_running_run_waits_for_its_end(site: CliStack) -> None:
    """The worker stops, what it had delivered is kept, and the command says so."""
    site.worker.pace = 1.0  # much slower than a cancel
    project = await site.import_example()
    waiting = asyncio.create_task(site.wzrd("shots", project, "--scene", "1", "--count", "6"))
    listed = await answer_of(lambda: site.wzrd("runs"), lambda said: said.lines and "running" in said.out)
    run = listed.lines[0].split()[0]
    assert (await site.wzrd("cancel", run)).out == "canceled\n"
    assert (await waiting).code == 1


async def test_cancel_after_the_end_changes_nothing(site: CliStack) -> None:
    """It says how the run had ended."""
    run = await a_run(site)
    ended = await site.wzrd("cancel", run)
    assert (ended.code, ended.out) == (0, "succeeded\n")
    assert "already ended; 1 credits charged" in ended.err


async def test_retry_goes_on_with_what_is_left(site: CliStack) -> None:
    """A failed run gets its next attempt, and in the end both attempts cost what one would have."""
    site.worker.broken = True
    run = await a_run(site, count=6)
    site.worker.broken = False
    ended = await site.wzrd("retry", run[:12])
    assert (ended.code, ended.out) == (0, "queued\n")
    assert "attempt 2" in ended.err
    after = ended.err.split("--after ")[1].split()[0]
    followed = await site.wzrd("events", run, "--after", after, "--follow")
    assert "done" in followed.lines[-1]
    assert not any(" error " in line for line in followed.lines)
    assert await balance(site.runtime, site.user.user_id) == 97


async def test_retry_of_a_good_run_is_refused(site: CliStack) -> None:
    """A conflict, exit code 1, nothing on stdout."""
    ended = await site.wzrd("retry", await a_run(site))
    assert (ended.code, ended.out) == (1, "")


@pytest.mark.parametrize("command", ["events", "cancel", "retry"])
async def test_a_run_that_is_not_there(site: CliStack, command: str) -> None:
    """Absent and a stranger's look alike; too short a beginning is wrong use."""
    run = await a_run(site)
    await site.wzrd("user", "add", "grace@example.org")
    for text in (str(uuid.uuid4()), "deadbeef"):
        assert (await site.wzrd(command, text)).code == 1
    for text in (run, run[:8]):
        ended = await site.wzrd(command, text, "--user", "grace@example.org")
        assert (ended.code, ended.out) == (1, "")
    assert (await site.wzrd(command, "de")).code == 2
    assert (await site.wzrd(command)).code == 2


def test_a_beginning_must_mean_one_run() -> None:
    """Several are listed, none is an error."""
    known = [uuid.UUID(int=0xAAAA << 112), uuid.UUID(int=(0xAAAA << 112) + 1), uuid.UUID(int=0xBBBB << 112)]
    assert choose_run(known, "BBBB") == known[2]
    with pytest.raises(UsageError):
        choose_run(known, "aaaa")
    with pytest.raises(NotFound):
        choose_run(known, "cccc")
