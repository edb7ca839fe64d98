"""Director's Cut with paid voices: priced a line, spoken once, read when heard; scratch voices where one fails."""

import asyncio
import signal
import uuid
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from server.fakes import Behaviour, Fakes
from server.fakes.elevenlabs import SECONDS_A_CHARACTER
from tasks.director_cut import record_voice
from tests.generation.claimed import armed
from tests.generation.forked import open_forked
from tests.playing import log_of, run_once, run_until_ended
from tests.rows import balance, broken_promises
from tests.tasks.cut_project import FUNDS, FalRig, open_fal_rig
from tests.tasks.test_director_cut import captions_of
from wzrd.animatic.provider import Animatic
from wzrd.assets.content_cache import cache_key
from wzrd.contracts.wire import dumps
from wzrd.db.export_jobs import read_cut
from wzrd.db.items import find_item
from wzrd.db.ledger import hold
from wzrd.db.node_outputs import claim_keys
from wzrd.db.run_leases import claim_run
from wzrd.db.runs import find_run, list_runs
from wzrd.db.storyboards import read_storyboard
from wzrd.domain.errors import BadRequest, InsufficientCredits, NotConfigured
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.film.cut_list import cut_from_json
from wzrd.generation.recovery import recover
from wzrd.language.sound.casting import cast_voices
from wzrd.language.sound.dialogue import dialogue_of
from wzrd.media.probe import probe
from wzrd.models.voices import recipe_of
from wzrd.operations.director_cut.kind import DIRECTOR_CUT
from wzrd.operations.voice_casting import line_price
from wzrd.providers.registry import Adapters
from wzrd.runs.execute import Interrupted
from wzrd.runs.finish import cancel
from wzrd.runtime.process import Runtime
from wzrd.screenplay.elements import elements_to_json
from wzrd.screenplay.parse import parse_fountain
from wzrd.storyboard.takes import record_take

pytestmark = pytest.mark.usefixtures("module_runtime", "module_fakes")

SARAH, GEORGE = "EXAVITQu4vr4xnSDxMaL", "JBFqnCBsd6RMkjVDRZzb"
LINE = line_price()
MARA, BEN = "Who kept the light burning?", "I did. Every night."
PAGE = f"INT. LAMP ROOM - NIGHT\n\nRain.\n\nMARA\n{MARA}\n\nBEN (O.S.)\n(beat)\n{BEN}\n"


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes, tmp_path: Path) -> AsyncGenerator[FalRig]:
    """A project of one shot in which MARA and BEN speak, and ElevenLabs on a good day."""
    async with open_fal_rig(runtime, fakes, tmp_path / "home") as made:
        await write_page(made, PAGE)
        await made.cut.shot(image_url=await made.cut.still(60))
        yield made


async def write_page(rig: FalRig, page: str) -> None:
    """The script of the first scene."""
    elements = [*elements_to_json(parse_fountain(page.encode()).scenes[0].elements)]
    statement = text("""insert into wzrd.scene_scripts (scene_id, elements) values (:id, cast(:elements as jsonb))
        on conflict (scene_id) do update set elements = excluded.elements""")
    async with rig.runtime.begin() as tx:
        await tx.execute(statement, {"id": rig.cut.studio.scene_ids[0], "elements": dumps(elements).decode()})


async def speak(lease: Lease) -> Outcome:
    """The voices of a film and nothing else: what is made of them is other tests' business."""
    await record_voice(lease.run_id, 1, "the shot")
    return Outcome()


async def spoken(rig: FalRig, **settings: Any) -> tuple[uuid.UUID, dict[str, Any]]:
    """A film's voices, made; the run and what its voice has kept."""
    run_id = await rig.cut.opened(**settings)
    await run_once(rig.runtime, run_id, work=speak)
    return run_id, await voice(rig, run_id)


async def submits(rig: FalRig) -> list[str]:
    """Lines that ElevenLabs was paid to say."""
    return [one.prompt for one in await rig.fakes.paid_submits("elevenlabs")]


async def voice(rig: FalRig, run_id: uuid.UUID) -> dict[str, Any]:
    """Output and status of the item of the shot's voice."""
    async with rig.runtime.begin() as tx:
        item = await find_item(tx, run_id, "voice/1")
    assert item is not None
    return {**(item.output or {}), "status": item.status}


async def test_a_film_with_paid_voices(rig: FalRig, tmp_path: Path) -> None:
    """Priced a line and held, spoken once, charged once; captions where the words are, a pause as the page asks."""
    started = await rig.cut.open(voices={"Mara": SARAH, "*": GEORGE})
    assert started.answer.provider_payload["estimatedCredits"] == 2 * LINE
    assert await rig.credits() == FUNDS - 2 * LINE
    assert await run_once(rig.runtime, started.run_id) == "succeeded"
    assert sorted(await submits(rig)) == sorted([MARA, BEN])
    assert await balance(rig.runtime, rig.cut.studio.user_id) == FUNDS - 2 * LINE
    assert ("voice/1", "committed", 2 * LINE) in await rig.holds(started.run_id)
    film = await rig.cut.film(started.run_id, tmp_path / "film.mp4")
    first = len(MARA) * SECONDS_A_CHARACTER
    kept = await voice(rig, started.run_id)
    ((_, _, one), (start, end, two), (again, _, three)) = kept["captions"]
    assert (one, two, three) == (f"MARA: {MARA}", "BEN: I did.", "Every night.")
    assert abs(start - (first + 0.5 + 0.8)) < 0.15  # the other speaker, after a beat; MP3 pads
    assert abs(again - start - len("I did. ") * SECONDS_A_CHARACTER) < 0.01
    assert (kept["charged"], kept["seconds"] > end) == (2 * LINE, True)
    shown = captions_of(film)
    assert [words for _, words in shown] == [one, two, three]
    assert abs(shown[1][0] - 0.35 - start) < 0.002
    assert probe(film).audio
    name, told = (await log_of(rig.runtime, started.run_id))[-1]
    assert (name, told["credits"], "voiceFallbacks" in told) == ("complete", 2 * LINE, False)


async def test_the_same_words_are_free(rig: FalRig) -> None:
    """A second film asks nobody and costs nothing; of an edited line only that one is spoken and paid."""
    await spoken(rig, voices={"*": SARAH})
    again = await rig.cut.open(voices={"*": SARAH}, resolution="512x288")
    assert "estimatedCredits" not in again.answer.provider_payload
    await run_once(rig.runtime, again.run_id, work=speak)
    assert len(await submits(rig)) == 2
    assert (await rig.credits(), (await voice(rig, again.run_id))["charged"]) == (FUNDS - 2 * LINE, 0)
    await write_page(rig, PAGE.replace(BEN, "Not I."))
    _, kept = await spoken(rig, voices={"*": SARAH})
    assert ((await submits(rig))[2:], await rig.credits()) == (["Not I."], FUNDS - 3 * LINE)
    assert kept["charged"] == LINE


async def test_who_has_no_paid_voice_speaks_as_before(rig: FalRig) -> None:
    """Only MARA is paid; a shot's own file is kept, its scratch take is not."""
    async with rig.runtime.begin() as tx:
        board = await read_storyboard(tx, rig.cut.studio.project_id)
    assert board is not None
    dialogue = dialogue_of(board)
    take = await record_take(
        rig.runtime, rig.cut.studio.user_id, dialogue.lines[rig.cut.shots[0]], cast_voices(("MARA", "BEN"))
    )
    await rig.cut.change(rig.cut.shots[0], audio_url=take.url)
    _, kept = await spoken(rig, voices={"mara": SARAH, "*": "animatic"})
    assert (kept["status"], await submits(rig)) == ("succeeded", [MARA])
    assert ([words for _, _, words in kept["captions"]], kept["charged"]) == ([f"MARA: {MARA}", f"BEN: {BEN}"], LINE)
    await rig.cut.change(rig.cut.shots[0], audio_url=await rig.cut.voice(0.5))
    started = await rig.cut.open(voices={"*": GEORGE})
    assert "estimatedCredits" not in started.answer.provider_payload
    await run_once(rig.runtime, started.run_id, work=speak)
    assert (len(await submits(rig)), (await voice(rig, started.run_id))["seconds"]) == (1, 0.5)


async def test_a_voice_that_fails(rig: FalRig) -> None:
    """Nobody has that id: the scratch voice speaks its line, told with the provider's words; the other is paid."""
    run_id, status = await rig.cut.cut(voices={"BEN": "nobody-has-it", "*": SARAH})
    assert (status, await submits(rig)) == ("succeeded", [MARA])
    (told,) = (await rig.cut.job(run_id)).provider_payload["voiceFallbacks"]
    assert (told["character"], told["voice"], told["fallbackReason"]) == ("BEN", "nobody-has-it", "provider_rejected")
    assert "was not found" in told["reason"]
    assert (await rig.credits(), await rig.holds(run_id)) == (
        FUNDS - LINE,
        [("voice/1", "committed", LINE)],
    )
    log = await log_of(rig.runtime, run_id)
    assert log[-1][1]["voiceFallbacks"] == [told]
    assert [data["voiceFallbacks"] for _, data in log if data.get("item") == "voice/1"] == [[told]]


async def test_all_voices_fail(rig: FalRig) -> None:
    """The film is made in scratch voices, whole, and the hold goes back; a film after that tries again."""
    await rig.fakes.script(Behaviour(provider="elevenlabs", status=402, times=2))
    run_id, kept = await spoken(rig, voices={"*": SARAH})
    assert (kept["status"], len(kept["fallbacks"]), len(kept["captions"]) > 0) == ("succeeded", 2, True)
    assert (await rig.credits(), await rig.holds(run_id)) == (FUNDS, [("voice/1", "released", None)])
    _, again = await spoken(rig, voices={"*": SARAH})
    assert ("fallbacks" in again, await rig.credits()) == (False, FUNDS - 2 * LINE)


PLACES = ("before_send", "before_record", "after_store@1", "after_store@2", "after_store@3", "before_voice_delivery")


@pytest.mark.parametrize("place", PLACES)
async def test_a_cut_interrupted_anywhere_pays_once(rig: FalRig, place: str) -> None:
    """Interrupted there and resumed: nothing is charged twice; what ElevenLabs had said is not said again."""
    run_id = await rig.cut.opened(voices={"*": SARAH})
    async with armed(f"{place if '@' in place else place + '@1'}=raise"):
        _, interruptions = await run_until_ended(rig.runtime, run_id, work=speak)
    kept = await voice(rig, run_id)
    assert (kept["status"], interruptions, "fallbacks" in kept) == ("succeeded", 1, False)
    unknown = place != "before_voice_delivery"  # a line is sent again once where nobody knows that it was said
    assert len(await submits(rig)) in ({2, 3} if unknown else {2})
    assert await balance(rig.runtime, rig.cut.studio.user_id) == FUNDS - 2 * LINE


async def test_repeated_steps_speak_once(rig: FalRig) -> None:
    """The whole body three times at once under one lease: two lines are sent, and paid once."""
    run_id = await rig.cut.opened(voices={"*": SARAH})

    async def thrice(lease: Lease) -> Outcome:
        return (await asyncio.gather(*(speak(lease) for _ in range(3))))[0]

    await run_once(rig.runtime, run_id, work=thrice)
    assert (len(await submits(rig)), await rig.credits()) == (2, FUNDS - 2 * LINE)


@pytest.mark.parametrize("place", ["after_store@1", "after_store@3", "before_voice_delivery@1"])
async def test_a_canceled_film_pays_the_lines_that_were_spoken(rig: FalRig, place: str) -> None:
    """Canceled when lines are there and not in a film yet: they are kept and paid; the next film has them for that."""
    run_id = await rig.cut.opened(voices={"*": SARAH})
    async with armed(f"{place}=raise"):
        with pytest.raises(Interrupted):
            await run_once(rig.runtime, run_id, work=speak)
    for _, call in list(rig.runtime.providers.in_flight.values()):
        await call.wait()  # what was sent is received, whoever listens
    async with rig.runtime.begin() as tx:
        statement = "select count(*) from wzrd.provider_jobs where run_id = :id and status = 'succeeded'"
        spoken = await tx.scalar(text(statement), {"id": run_id})
    async with rig.runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set lease_until = now() where id = :id"), {"id": run_id})
    await cancel(rig.runtime, run_id, rig.cut.studio.user_id)
    await recover(rig.runtime)
    assert await rig.credits() == FUNDS - spoken * LINE
    assert all(status != "held" for _, status, _ in await rig.holds(run_id))
    assert await recover(rig.runtime) == 0
    assert [one for one in await broken_promises(rig.runtime) if one["run"] == str(run_id)] == []
    started = await rig.cut.open(voices={"*": SARAH})
    assert started.answer.provider_payload.get("estimatedCredits", 0) == (2 - spoken) * LINE
    said = len(await submits(rig))
    await run_once(rig.runtime, started.run_id, work=speak)
    assert (len(await submits(rig)) - said, await rig.credits()) == (2 - spoken, FUNDS - 2 * LINE)


def forked_environment(rig: FalRig) -> dict[str, str]:
    """The rig's own world, for another process."""
    settings, more = rig.runtime.settings, {"WZRD_OFFLINE": "never", "WZRD_POOL_SIZE": "3", "PREFECT_API_URL": ""}
    here = {"WZRD_DATABASE_URL": settings.require_database_url(), "WZRD_HOME": str(settings.home)}
    return {**rig.fakes.environment(), **here, **more}


async def test_two_workers_have_a_line_spoken_once(rig: FalRig) -> None:
    """Two films of the same words in two processes at the same moment: one has them spoken, one waits, one pays."""
    runs = [await rig.cut.opened(voices={"*": SARAH}, resolution=size) for size in ("256x144", "320x180")]
    assert len(set(runs)) == 2
    async with open_forked(forked_environment(rig)) as forked:
        codes = await asyncio.gather(*(forked.execute(run_id, "before_send=pause:3") for run_id in runs))
    assert codes == [0, 0]
    assert [(await voice(rig, run_id))["status"] for run_id in runs] == ["succeeded", "succeeded"]
    assert (len(await submits(rig)), await rig.credits()) == (2, FUNDS - 2 * LINE)


async def test_the_claim_of_a_killed_worker_is_free_with_its_run(rig: FalRig) -> None:
    """Its worker died with a line in hand: another film waits until that run is given up, and has it spoken then."""
    runs = [await rig.cut.opened(voices={"*": SARAH}, resolution=size) for size in ("256x144", "320x180")]
    user_id = rig.cut.studio.user_id
    async with rig.runtime.begin() as tx:
        cut = cut_from_json(await read_cut(tx, runs[0]) or {})
    inputs = cut.paid_lines(cut.shots[0])[0]
    assert inputs is not None
    async with rig.runtime.begin() as tx:
        await claim_run(tx, runs[0], owner="dead", flow_run_id=None, seconds=0.0)
        dead = "update wzrd.run_items set status = 'running' where run_id = :id and key = 'voice/1'"
        await tx.execute(text(dead), {"id": runs[0]})
        assert await claim_keys(tx, runs[0], user_id, {"voice/1": cache_key(user_id, recipe_of(inputs))})
    waiting = asyncio.create_task(run_once(rig.runtime, runs[1], work=speak))
    await rig.fakes.wait_submit(1, provider="elevenlabs")
    done, _ = await asyncio.wait({waiting}, timeout=1)
    assert (done, len(await submits(rig))) == (set(), 1), "the other line was nobody's"
    await cancel(rig.runtime, runs[0], user_id)
    async with asyncio.timeout(60):
        await waiting
    assert (len(await submits(rig)), await rig.credits()) == (2, FUNDS - 2 * LINE)


@pytest.mark.parametrize("place", ["before_send", "after_send", "before_store"])
async def test_a_killed_workers_lines_are_spoken_by_who_takes_over(rig: FalRig, place: str) -> None:
    """SIGKILL with a line in hand; another film waits for it. The resumed run speaks it, once, and one pays.

    A line whose answer died with the process is sent once more, and what had come home is not.
    """
    runs = [await rig.cut.opened(voices={"*": SARAH}, resolution=size) for size in ("256x144", "320x180")]
    async with open_forked(forked_environment(rig)) as forked:
        assert await forked.execute(runs[0], f"{place}=kill") == -signal.SIGKILL
        claimed = text("select count(*) from wzrd.node_claims where run_id = :id")
        async with rig.runtime.begin() as tx:
            assert await tx.scalar(claimed, {"id": runs[0]}) >= 1
        waiting = asyncio.create_task(forked.execute(runs[1]))
        assert await forked.execute(runs[0]) == 0
        assert await waiting == 0
    made = [await voice(rig, run_id) for run_id in runs]
    assert [(one["status"], one.get("fallbacks", [])) for one in made] == [("succeeded", [])] * 2
    assert await rig.credits() == FUNDS - 2 * LINE
    assert len(await submits(rig)) <= 4
    assert [one for one in await broken_promises(rig.runtime) if one["run"] in {*map(str, runs)}] == []


async def test_a_killed_workers_claim_goes_to_another_when_its_run_is_given_up(rig: FalRig) -> None:
    """SIGKILL before anything was sent, and its run is canceled: the other film's process has both lines spoken."""
    runs = [await rig.cut.opened(voices={"*": SARAH}, resolution=size) for size in ("256x144", "320x180")]
    async with open_forked(forked_environment(rig)) as forked:
        assert await forked.execute(runs[0], "before_send=kill") == -signal.SIGKILL
        waiting = asyncio.create_task(forked.execute(runs[1]))
        done, _ = await asyncio.wait({waiting}, timeout=2)
        assert done == set()
        assert len(await submits(rig)) <= 1  # the other line, where the kill came before it was claimed
        async with rig.runtime.begin() as tx:  # as its lease runs out: until then a cancel is its worker's affair
            await tx.execute(text("update wzrd.runs set lease_until = now() where id = :id"), {"id": runs[0]})
        await cancel(rig.runtime, runs[0], rig.cut.studio.user_id)
        assert await waiting == 0
    assert (len(await submits(rig)), await rig.credits()) == (2, FUNDS - 2 * LINE)


async def test_a_line_that_is_gone_is_paid_again_or_spoken_here(rig: FalRig) -> None:
    """Found when the film began, lost before it is made: what is missing is held then; what can't be is told."""
    await spoken(rig, voices={"*": SARAH})
    for left in (FUNDS - 2 * LINE, 0):
        run_id = await rig.cut.opened(voices={"*": SARAH})
        async with rig.runtime.begin() as tx:
            await tx.execute(text("delete from wzrd.node_outputs where user_id = :id"), {"id": rig.cut.studio.user_id})
            if not left:
                await spend(tx, rig, FUNDS - 4 * LINE)
        await run_once(rig.runtime, run_id, work=speak)
        if left:
            assert (len(await submits(rig)), await rig.credits()) == (4, FUNDS - 4 * LINE)
        else:
            reasons = {one["fallbackReason"] for one in (await voice(rig, run_id))["fallbacks"]}
            assert (len(await submits(rig)), await rig.credits(), reasons) == (4, 0, {"insufficient_credits"})


async def spend(tx: Any, rig: FalRig, amount: int) -> None:
    await hold(
        tx, rig.cut.studio.user_id, amount, key=str(uuid.uuid4()), resource_type="x", reference_type="x",
        reference_id="x", metadata={},
    )  # fmt: skip


async def test_too_few_credits(rig: FalRig) -> None:
    """402 with the sum of all voices and all there is, before anything stands; with maxCredits 400."""
    await write_page(rig, PAGE)
    await rig.cut.shot(image_url=await rig.cut.still(20), dialogue="More.", number=2)
    async with rig.runtime.begin() as tx:
        await spend(tx, rig, FUNDS - 2 * LINE)
    with pytest.raises(InsufficientCredits) as refused:
        await rig.cut.open(voices={"*": SARAH})
    assert (refused.value.required, refused.value.available) == (3 * LINE, 2 * LINE)
    with pytest.raises(BadRequest, match=f"may cost {3 * LINE} credits, more than settings.maxCredits 1"):
        await rig.cut.open(voices={"*": SARAH}, maxCredits=1)
    async with rig.runtime.begin() as tx:
        assert await list_runs(tx, rig.cut.studio.user_id) == []
    assert await rig.credits() == 2 * LINE


async def test_without_a_key(rig: FalRig) -> None:
    """Scratch voices stand in with the reason, free; WZRD_OFFLINE=never refuses; a key that goes away is told."""
    run_id = await rig.cut.opened(voices={"*": SARAH})
    rig.runtime.providers.install(Adapters((Animatic(),)))
    await run_once(rig.runtime, run_id, work=speak)
    reasons = {one["fallbackReason"] for one in (await voice(rig, run_id))["fallbacks"]}
    assert (reasons, await rig.credits()) == ({"no_credentials:elevenlabs"}, FUNDS)
    started = await rig.cut.open(voices={"*": SARAH})
    assert started.answer.provider_payload["voiceFallbackReason"] == "no_credentials:elevenlabs"
    async with rig.runtime.begin() as tx:
        run = await find_run(tx, started.run_id)
        assert run is not None
        assert dict(DIRECTOR_CUT.sum_up(run, []))["voiceFallbackReason"] == "no_credentials:elevenlabs"
    rig.runtime.settings = rig.runtime.settings.model_copy(update={"offline": "never"})
    with pytest.raises(NotConfigured, match="ElevenLabs API key not configured"):
        await rig.cut.open(voices={"*": SARAH})
    assert (await submits(rig), await rig.credits()) == ([], FUNDS)


async def test_a_name_that_nobody_has(rig: FalRig) -> None:
    """400 with the nearest; nothing is held."""
    with pytest.raises(BadRequest, match="nobody in this film is called 'mira': there are mara"):
        await rig.cut.open(voices={"Mira": SARAH})
    assert await rig.credits() == FUNDS
