"""Failures of a generation: what is sent again, what is kept, what stands in, and that no secret shows."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.fakes.chat import Act, Call, breaks_off, chat_server, drops, hangs, raw, refuses, says
from tests.generation.claimed import ASKED, KEY, PAID, TextRun, providers_for
from tests.waiting import until
from wzrd.animatic.provider import Animatic
from wzrd.db.run_holds import list_run_holds
from wzrd.domain.errors import (
    NotConfigured,
    ProviderError,
    ProviderFailed,
    ProviderRejected,
    ProviderUnknown,
    ProviderUnsent,
    ResultUseless,
)
from wzrd.domain.shots import SceneBrief
from wzrd.domain.submission import RetryPolicy, Target
from wzrd.generation import generate
from wzrd.media.ffmpeg import MediaFailed
from wzrd.providers.base import Delta, Output
from wzrd.providers.limits import Breaker
from wzrd.providers.registry import Providers


async def test_429_waits_as_told_and_succeeds(rig: TextRun) -> None:
    """A refusal that says when is sent again then, under the next number, written with the end of the first."""
    rig.server.script = [refuses(429, retry_after="0.15"), refuses(429, retry_after="0.15"), says("ok")]
    clock = asyncio.get_running_loop().time
    started = clock()
    assert (await rig.ask())[0] == "ok"
    assert clock() - started >= 0.3
    assert await rig.statuses() == [(0, "rejected"), (1, "rejected"), (2, "succeeded")]


async def test_retries_are_bounded(rig: TextRun) -> None:
    """A server that always says "later" is asked four times; one that says "in an hour" once."""
    rig.server.otherwise = refuses(429)
    with pytest.raises(ProviderRejected):
        await rig.ask()
    assert rig.server.submits == 4
    rig.server.otherwise = refuses(429, retry_after="3600")
    with pytest.raises(ProviderRejected) as caught:
        await rig.ask(replace(ASKED, item_key="writer/2"))
    assert (caught.value.retry_after, rig.server.submits) == (3600.0, 5)


async def test_json_mode_is_renegotiated_within_one_generation(rig: TextRun) -> None:
    """A model without JSON mode costs one refused submit, once in the life of the process."""
    rig.server.script = [refuses(400, "response_format is not supported"), says("ok"), says("ok")]
    asked = replace(ASKED, inputs={**ASKED.inputs, "json": True})
    await rig.ask(asked)
    await rig.ask(replace(asked, item_key="writer/2"))
    assert ["response_format" in call.body for call in rig.server.calls] == [True, False, False]
    assert await rig.statuses() == [(0, "rejected"), (1, "succeeded")]


@pytest.mark.parametrize(
    ("acts", "kind", "statuses"),
    [
        ([refuses(401)], ProviderRejected, ["rejected"]),
        ([refuses(402)], ProviderRejected, ["rejected"]),
        ([refuses(500), refuses(500)], ProviderUnknown, ["lost", "lost"]),
        ([drops(), hangs()], ProviderUnknown, ["lost", "lost"]),
        ([breaks_off("Fade in")], ProviderFailed, ["failed"]),
        ([raw(b"data: nonsense\n\n")], ProviderFailed, ["failed"]),
        ([refuses(500), breaks_off("Fade in")], ProviderFailed, ["lost", "failed"]),
    ],
)
async def test_every_failure_is_recorded_and_final(
    rig: TextRun, acts: Sequence[Act], kind: type[ProviderError], statuses: list[str]
) -> None:
    """A failure stands in the table with its words; only a submit that may be sent again was."""
    rig.runtime.providers = providers_for(rig.server, idle=1.0)
    rig.server.script = list(acts)
    rig.server.otherwise = says("must not be asked")
    with pytest.raises(kind):
        await rig.ask()
    jobs = await rig.jobs()
    assert [job.status for job in jobs] == statuses
    assert all(job.error for job in jobs)
    assert rig.server.submits == len(acts)


async def test_a_broken_stream_keeps_what_had_come(rig: TextRun) -> None:
    """The caller heard it, the error carries it, the row has it; and it is not sent again in the same breath."""
    rig.server.script = [breaks_off('{"shots": ["one", ', '"tw')]
    heard = list[str]()

    async def listen() -> None:
        async for chunk in generate(rig.runtime, rig.lease, ASKED):
            heard.extend([chunk.text] if isinstance(chunk, Delta) else [])

    with pytest.raises(ProviderFailed) as caught:
        await listen()
    job = (await rig.jobs())[0]
    assert job.output is not None
    assert "".join(heard) == caught.value.details["partial"] == job.output["text"] == '{"shots": ["one", "tw'
    assert job.output["partial"] is True


async def test_an_answer_that_holds_something_else_is_paid_for_once(rig: TextRun) -> None:
    """An answer that holds no sound is `useless` and unpaid; nothing is sent again without leave."""

    async def keep(_target: Target, _output: Output) -> Output:
        raise MediaFailed("the sound is a page")

    for _ in range(2):
        with pytest.raises(ResultUseless, match="resubmitUnknown"):
            await rig.ask(replace(PAID, keep=keep))
    assert (await rig.statuses("asset/1"), rig.server.submits) == ([(0, "useless")], 1)
    async with rig.runtime.begin() as tx:
        assert {hold.status for hold in await list_run_holds(tx, rig.lease.run_id) if hold.item_key} == {"released"}


async def test_an_unreachable_provider_is_tried_and_then_told(rig: TextRun) -> None:
    """Nothing left the house: four rows say never_sent, the error says unreachable."""
    async with chat_server() as gone:
        pass
    rig.runtime.providers = providers_for(gone)
    with pytest.raises(ProviderUnsent):
        await rig.ask()
    assert [status for _, status in await rig.statuses()] == ["never_sent"] * 4


async def test_the_breaker_opens_probes_and_closes(rig: TextRun) -> None:
    """After three failures nothing is sent for a while; one probe goes out, and a success closes it."""
    breaker, gate = Breaker(threshold=3, window=600), asyncio.Event()
    rig.runtime.providers = providers_for(rig.server, breaker=lambda: breaker, retry_policy=RetryPolicy(tries=1))
    rig.server.script = [refuses(500), refuses(500), refuses(500)]
    for number in range(3):
        with pytest.raises(ProviderUnknown):
            await rig.ask(replace(ASKED, item_key=f"w/{number}"))
    with pytest.raises(ProviderUnsent, match="rests"):
        await rig.ask(replace(ASKED, item_key="w/3"))
    assert rig.server.submits == 3
    assert await rig.statuses("w/3") == []
    breaker.open_until = asyncio.get_running_loop().time()  # the while is over
    rig.server.script = [says("slow", "ly", gate=gate)]
    probe = asyncio.create_task(rig.ask(replace(ASKED, item_key="w/3")))
    await until(lambda: rig.server.submits >= 4)
    with pytest.raises(ProviderUnsent, match="rests"):
        await rig.ask(replace(ASKED, item_key="w/4"))
    gate.set()
    assert (await probe)[0] == "slowly"
    await rig.ask(replace(ASKED, item_key="w/4"))
    assert rig.server.submits == 5


async def test_a_provider_is_asked_by_few_at_a_time(rig: TextRun) -> None:
    """The concurrency limit holds for a crowd of items: it grows by one a round, and all are served."""
    rig.runtime.providers = providers_for(rig.server, limits={"groq": 3})
    three = asyncio.Event()

    async def together(call: Call) -> None:
        if rig.server.open_now == 3:
            three.set()
        await three.wait()
        await says("a", "b", pause=0.03)(call)

    rig.server.otherwise = together
    asked = [replace(ASKED, item_key=f"w/{number}") for number in range(12)]
    await asyncio.gather(*(rig.ask(request) for request in asked))
    assert rig.server.submits == 12
    assert 3 <= rig.server.most_open <= 6


async def test_who_gets_no_place_in_time_sent_nothing(rig: TextRun) -> None:
    """Waiting for a free slot counts against the deadline, and costs nothing."""
    rig.runtime.providers = providers_for(rig.server, limits={"groq": 1})
    gate = asyncio.Event()
    rig.server.script = [says("a", "b", "c", gate=gate)]
    first = asyncio.create_task(rig.ask())
    await rig.server.wait_for_submit()
    with pytest.raises(ProviderUnsent, match="busy"):
        await rig.ask(replace(PAID, deadline=0.1))
    assert await rig.holds() == [("asset/1", "released")]
    gate.set()
    await first


async def test_animatic_mode_stands_in_for_a_missing_key_and_says_so(rig: TextRun) -> None:
    """WZRD_OFFLINE=auto: the offline writer answers, nothing is sent or recorded, the reason is told."""
    rig.runtime.providers = Providers([Animatic()])
    scene = SceneBrief(1, "The lamp room", "MARA wipes the lens. She finds a letter.", "INT. LIGHTHOUSE - NIGHT")
    request = replace(ASKED, inputs={**ASKED.inputs, "scene": scene, "count": 2})
    text, made = await rig.ask(request)
    assert (made.fallback_reason, made.target.provider) == ("no_credentials:groq", "animatic")
    assert text == made.output.text
    assert text.count('"idea"') == 2
    assert (await rig.jobs(), rig.server.submits) == ([], 0)


async def test_offline_never_is_an_error(rig: TextRun) -> None:
    """WZRD_OFFLINE=never without a key: the documented provider error, no replacement."""
    rig.runtime.providers = Providers([Animatic()])
    rig.runtime.settings = rig.runtime.settings.model_copy(update={"offline": "never"})
    with pytest.raises(NotConfigured, match="groq"):
        await rig.ask()


async def test_the_key_is_in_no_log_no_error_and_no_row(rig: TextRun, caplog: pytest.LogCaptureFixture) -> None:
    """Over all failures, with all logging on, the secret stays a secret."""
    caplog.set_level(logging.DEBUG)
    rig.runtime.providers = providers_for(rig.server, idle=1.0)
    echo = f"bad key {KEY}, sent as Bearer {KEY}"
    acts = [refuses(401, echo), refuses(500, echo), drops(), breaks_off("x"), hangs(),
            raw(b'data: {"error":{"message":"' + echo.encode() + b'"}}\n\n')]  # fmt: skip
    for number, act in enumerate(acts):
        rig.server.script, rig.server.otherwise = [act], act
        with pytest.raises(ProviderError) as caught:
            await rig.ask(replace(ASKED, item_key=f"w/{number}"))
        assert KEY not in f"{caught.value!r} {caught.value.details}"
        assert KEY not in repr(await rig.jobs(f"w/{number}"))
    assert KEY not in caplog.text
