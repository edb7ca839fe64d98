"""A paid submit happens once: crashes, cancels, crowds, lost owners; real server, real database."""

import asyncio
from dataclasses import replace

import psycopg
import pytest
from sqlalchemy import event, text

from tests.fakes.chat import Call, drops, hangs, refuses, says
from tests.generation.claimed import ASKED, PAID, TextRun, armed, providers_for
from wzrd.domain.errors import (
    CancelRequested,
    LeaseLost,
    ProviderUnknown,
)
from wzrd.faults import FaultRaised
from wzrd.generation import Generated, generate
from wzrd.operations import KINDS
from wzrd.providers.base import Delta
from wzrd.runs.finish import cancel
from wzrd.runtime.process import make_runtime


async def test_one_generation_is_one_submit_and_one_row(rig: TextRun) -> None:
    """Deltas arrive, the whole follows, and the row has result, times and usage."""
    rig.server.script = [says('{"shots": ', "[]}")]
    text, made = await rig.ask()
    assert (text, made.output.text, made.replayed) == ('{"shots": []}', '{"shots": []}', False)
    job = (await rig.jobs())[0]
    assert (job.status, job.submission_no, job.error) == ("succeeded", 0, None)
    assert job.intent_key == f"{rig.lease.run_id}/writer/1/groq:llama/0"
    assert job.output is not None
    assert job.output["raw"]["usage"]["completion_tokens"] == 5


async def listen(rig: TextRun, heard: asyncio.Event) -> str:
    """All deltas; `heard` is set at the first."""
    texts = list[str]()
    async for chunk in generate(rig.runtime, rig.lease, ASKED):
        if isinstance(chunk, Delta):
            texts.append(chunk.text)
            heard.set()
    return "".join(texts)


async def test_deltas_arrive_while_the_model_still_writes(rig: TextRun) -> None:
    """The first word is heard long before the last is said."""
    gate, heard = asyncio.Event(), list[str]()
    rig.server.script = [says("first ", "last", gate=gate)]
    async for chunk in generate(rig.runtime, rig.lease, ASKED):
        if isinstance(chunk, Delta):
            heard.append(chunk.text)
            gate.set()
    assert heard == ["first ", "last"]


async def test_a_repeated_step_gets_the_recorded_result(rig: TextRun) -> None:
    """After a success the same item answers from its row: no second submit, whoever resumes."""
    rig.server.script = [says("once")]
    await rig.ask()
    text, made = await rig.ask(lease=await rig.resumed())
    assert (text, made.output.text, made.replayed, rig.server.submits) == ("", "once", True, 1)


async def test_ten_at_once_are_one_submit(rig: TextRun) -> None:
    """Ten askers of one item hear one and the same answer, late comers all of it."""
    rig.server.script = [says("a", "b", "c", pause=0.05)]

    async def later(delay: float) -> tuple[str, Generated]:
        await asyncio.sleep(delay)  # a slow provider
        return await rig.ask()

    answers = await asyncio.gather(*(later(0.012 * number) for number in range(10)))
    assert {text for text, made in answers if not made.replayed} == {"abc"}
    assert rig.server.submits == 1
    assert await rig.statuses() == [(0, "succeeded")]


@pytest.mark.parametrize("place", ["before_send", "after_send", "after_ack", "before_record"])
async def test_a_death_after_sending_began_is_told_as_lost_and_tried_once_more(rig: TextRun, place: str) -> None:
    """Wherever a process dies between the commit and the record: never sent from `sending`, one more, no third."""
    rig.server.otherwise = says("answer")
    for death in range(2):
        async with armed(f"{place}=raise"):
            with pytest.raises(FaultRaised):
                await rig.ask(lease=await rig.resumed())
        assert (await rig.statuses())[-1] == (death, "sending")
    with pytest.raises(ProviderUnknown):
        await rig.ask(lease=await rig.resumed())
    assert await rig.statuses() == [(0, "lost"), (1, "lost")]
    assert rig.server.submits == (0 if place == "before_send" else 2)


async def test_one_death_costs_one_resubmission(rig: TextRun) -> None:
    """The usual case: the resumed run sends once more and goes on."""
    rig.server.otherwise = says("answer")
    async with armed("before_record=raise"):
        with pytest.raises(FaultRaised):
            await rig.ask()
    assert (await rig.ask(lease=await rig.resumed()))[1].output.text == "answer"
    assert await rig.statuses() == [(0, "lost"), (1, "succeeded")]


async def test_a_death_before_sending_began_costs_nothing(rig: TextRun) -> None:
    """A submit that stands as an intent is simply sent by the resume, under the same number."""
    async with armed("after_intent=raise"):
        with pytest.raises(FaultRaised):
            await rig.ask(PAID)
    assert [(job.submission_no, job.status) for job in await rig.jobs(PAID.item_key)] == [(0, "intent")]
    await rig.ask(PAID, lease=await rig.resumed())
    assert [(job.submission_no, job.status) for job in await rig.jobs(PAID.item_key)] == [(0, "succeeded")]
    assert rig.server.submits == 1


async def test_what_is_paid_for_leaves_no_intent_before_it_is_sent(rig: TextRun) -> None:
    """Intent and sending are one commit there: a death before it leaves nothing, and the resume sends once."""
    async with armed("after_intent=raise"):
        with pytest.raises(FaultRaised):
            await rig.ask()
    assert await rig.statuses() == []
    await rig.ask(lease=await rig.resumed())
    assert (await rig.statuses(), rig.server.submits) == ([(0, "succeeded")], 1)


async def test_items_that_begin_together_are_noted_together(rig: TextRun) -> None:
    """Many items of a run at once: each one submit and one row, in fewer commits than there are items."""
    rig.server.script = [says("words") for _ in range(12)]
    commits = list[object]()
    event.listen(rig.runtime.engine.sync_engine, "commit", commits.append)
    await asyncio.gather(*(rig.ask(replace(ASKED, item_key=f"writer/{number}")) for number in range(12)))
    assert len(commits) < 2 * 12
    assert rig.server.submits == 12
    for number in range(12):
        assert [job.status for job in await rig.jobs(f"writer/{number}")] == ["succeeded"]


async def test_the_user_may_ask_for_what_was_refused(rig: TextRun) -> None:
    """`--resubmit-unknown` gives exactly one more submit."""
    rig.server.script = [drops(), drops()]
    with pytest.raises(ProviderUnknown):
        await rig.ask()
    with pytest.raises(ProviderUnknown):
        await rig.ask()
    assert rig.server.submits == 2
    async with rig.runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set resubmit_at = clock_timestamp()"))
    assert (await rig.ask())[1].output.text == "Hello."
    assert await rig.statuses() == [(0, "lost"), (1, "lost"), (2, "succeeded")]


async def test_a_canceled_listener_does_not_lose_what_was_sent(rig: TextRun) -> None:
    """Cancelled in the middle of a stream: the answer is received and recorded, and nothing is sent twice."""
    gate, heard = asyncio.Event(), asyncio.Event()
    rig.server.script = [says(*["word "] * 10, gate=gate)]
    task = asyncio.create_task(listen(rig, heard))
    await heard.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await rig.statuses() == [(0, "sending")]
    gate.set()
    await rig.all_done()
    assert await rig.statuses() == [(0, "succeeded")]
    assert (await rig.ask())[1].output.text == "word " * 10
    assert rig.server.submits == 1


async def test_a_listener_that_leaves_does_not_disturb_the_others(rig: TextRun) -> None:
    """Two listen, one is canceled, the other hears the end."""
    gate, here = asyncio.Event(), [asyncio.Event(), asyncio.Event()]
    rig.server.script = [says("a", "b", "c", gate=gate)]
    first, second = [asyncio.create_task(listen(rig, heard)) for heard in here]
    for heard in here:
        await heard.wait()
    first.cancel()
    gate.set()
    assert await second == "abc"


async def test_closing_lets_calls_finish(rig: TextRun) -> None:
    """A draining process waits for what is paid for, within its grace."""
    rig.server.script = [says("a", "b", pause=0.1)]
    task = asyncio.create_task(rig.ask())
    await rig.server.wait_for_submit()
    await rig.runtime.providers.aclose(grace=60)
    assert await rig.statuses() == [(0, "succeeded")]
    await task


async def test_closing_does_not_wait_for_ever(rig: TextRun) -> None:
    """A call that hangs is abandoned after the grace, its row tells the truth, and listeners are told to stop."""
    rig.server.script = [hangs()]
    task = asyncio.create_task(rig.ask())
    await rig.server.wait_for_submit()
    await rig.runtime.providers.aclose(grace=0.05)
    with pytest.raises(Exception, match="stopping"):
        await task
    assert await rig.statuses() == [(0, "sending")]


async def test_cancel_is_checked_before_every_send(rig: TextRun) -> None:
    """A canceled run sends nothing; not even the retry that was waiting."""
    canceled = asyncio.Event()

    async def late(call: Call) -> None:
        await canceled.wait()
        await refuses(429, retry_after="0.05")(call)

    rig.server.script = [late]
    task = asyncio.create_task(rig.ask())
    await rig.server.wait_for_submit()
    await cancel(rig.runtime, rig.lease.run_id, rig.studio.user_id)
    canceled.set()
    with pytest.raises(CancelRequested):
        await task
    assert rig.server.submits == 1
    with pytest.raises(CancelRequested):
        await rig.ask(replace(ASKED, item_key="writer/2"))
    assert rig.server.submits == 1


async def test_a_former_owner_sends_nothing_and_spoils_nothing(rig: TextRun) -> None:
    """A lost lease: no submit. A result that arrives after the loss is still kept for the new owner."""
    new = await rig.resumed()
    with pytest.raises(LeaseLost):
        await rig.ask()
    assert rig.server.submits == 0
    rig.server.script = [says("a", "b", pause=0.1)]
    flying = asyncio.create_task(rig.ask(lease=new))
    await rig.server.wait_for_submit()
    newest = await rig.resumed()
    assert (await flying)[0] == "ab"
    assert (await rig.ask(lease=newest))[1].replayed
    assert (await rig.statuses(), rig.server.submits) == ([(0, "succeeded")], 1)


async def test_a_second_process_buries_what_the_first_still_sends_and_keeps_its_late_result(
    rig: TextRun, database_url: str
) -> None:
    """A stopped owner wakes after its run was resumed elsewhere: its answer is noted on its own row, nothing breaks."""
    gate = asyncio.Event()
    rig.server.script = [says("slow ", "one", gate=gate), says("second")]
    first = asyncio.create_task(rig.ask())
    await rig.server.wait_for_submit()
    other = make_runtime(rig.runtime.settings, rig.runtime.engine, KINDS)
    other.providers = providers_for(rig.server)
    lease = await rig.resumed()
    chunks = [chunk async for chunk in generate(other, lease, ASKED)]
    assert isinstance(chunks[-1], Generated)
    assert chunks[-1].output.text == "second"
    assert await rig.statuses() == [(0, "lost"), (1, "succeeded")]
    gate.set()
    await first
    assert await rig.statuses() == [(0, "succeeded"), (1, "succeeded")]
    await other.providers.aclose()


async def test_a_lost_database_does_not_lose_a_paid_answer(rig: TextRun, database_url: str) -> None:
    """Every connection dies while the model writes: the result is recorded on a new one."""
    rig.server.script = [says("a", "b", pause=0.2)]
    task = asyncio.create_task(rig.ask())
    await rig.server.wait_for_submit()
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute("""select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()""")
    assert (await task)[0] == "ab"
    assert await rig.statuses() == [(0, "succeeded")]
