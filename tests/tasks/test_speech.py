"""People who speak: every line routed and told, voices before clips, lips after them, all of it in the film."""

import uuid
from collections.abc import AsyncGenerator
from itertools import accumulate, pairwise
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from server.fakes import Fakes
from server.fakes.elevenlabs import VOICES as KNOWN
from server.fakes.shapes import field_of
from server.fakes.tones import DARKEST, MARK, STEP, TONES, read_tone, tone_of
from tests.playing import run_once
from tests.rows import broken_promises
from tests.tasks.speech_project import CLIPS, DANIEL, FUNDS, LINES, LIPS, VOICES, SpeechRig, open_speech_rig
from wzrd.assets.sources import open_source
from wzrd.contracts.director_cut import CutSettings
from wzrd.db.items import list_items
from wzrd.db.takes import list_clip_sounds
from wzrd.domain.errors import BadRequest
from wzrd.domain.pacing import VOICE_LEAD, VOICE_TAIL
from wzrd.media.wav import open_wav
from wzrd.models.routing import routed_catalog
from wzrd.operations.director_cut.kind import DirectorCutParams, read_job, start_director_cut
from wzrd.operations.director_cut.voices import plan_voices
from wzrd.operations.voice_casting import line_price
from wzrd.runtime.process import Runtime

CLIP, MOVED, LINE = routed_catalog().models[CLIPS].credits, routed_catalog().models[LIPS].credits, line_price()
ASKED: dict[str, Any] = {"phase": "videos", "model": CLIPS, "voices": VOICES, "lips": (LIPS,)}


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes) -> AsyncGenerator[SpeechRig]:
    async with open_speech_rig(runtime, fakes) as made:
        yield made


async def played(rig: SpeechRig, **more: Any) -> uuid.UUID:
    opened = await rig.open(**{**ASKED, **more})
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"
    return opened.run_id


def tone(name: str) -> int:
    return tone_of(VOICES[name], [*KNOWN])


async def lips_tone(rig: SpeechRig, name: str) -> int | None:
    """The tone that a shot's clip spells: of the sound that its lips were moved to; None where they were not."""
    return (await lips_tones(rig, name, 1))[0]


async def lips_tones(rig: SpeechRig, name: str, count: int = 2) -> list[int | None]:
    """The tones that a shot's clip spells, of so many sounds."""
    url = (await rig.batch.row(name)).video_url
    async with open_source(rig.runtime, url, "video") as source:
        with av.open(str(source), "r") as file:
            frames = list(file.decode(video=0))
    return [tone_in_frame(frames[len(frames) // 2], at) for at in range(count)]


def tone_in_frame(frame: av.VideoFrame, sound: int = 0) -> int | None:
    """The tone that a frame of a fake's clip spells, in its luma, of its first sound or another; None: none."""
    luma = frame.to_ndarray(format="yuv420p")[: frame.height].astype(float)
    boxes = [field_of(at, frame.width, frame.height) for at in range(sound * 3, (sound + 1) * 3)]
    mark, *digits = (luma[upper + 4 : lower - 4, left + 4 : right - 4].mean() for left, upper, right, lower in boxes)
    if mark < MARK - STEP / 2 or min(digits) < DARKEST / 2:
        return None
    high, low = (round((grey - DARKEST) / STEP) for grey in digits)
    return high * 5 + low


async def test_every_line_is_routed_and_told(rig: SpeechRig) -> None:
    """Five lines, five ways: two mouths move, three are only heard, and the plan says why, and for how much."""
    plan = await rig.plan(**ASKED)
    names = {shot_id: name for name, shot_id in rig.batch.shots.items()}
    told = {names[one.shot_id]: [(line.character, line.route, line.reason) for line in one.lines] for one in plan.items}
    assert told == {
        "face": [("MIKE", "lips", "")],
        "moving": [("ANNA", "lips", "")],
        "told": [("", "voice", "nobody is seen saying it")],
        "behind": [("MIKE", "voice", "its speaker is turned away")],
        "far": [("ANNA", "voice", "its speaker's face is too small")],
    }
    voice, lips = plan.speech
    assert (voice.lines, voice.credits, voice.shots) == (3, 5 * LINE, 5)
    assert (lips.model, lips.lines, lips.credits, lips.shots) == (LIPS, 2, 2 * MOVED, 2)
    assert plan.estimated_credits == 5 * CLIP + 5 * LINE + 2 * MOVED
    assert sum(one.credits for one in plan.items) == plan.estimated_credits
    assert voice.estimated_cost["most"] == pytest.approx(sum(map(len, LINES)) * 0.1 / 1000)


async def test_nobody_pays_who_did_not_ask(rig: SpeechRig) -> None:
    """Without voices a batch of clips costs its clips, and its plan has no word of speech."""
    plan = await rig.plan(phase="videos", model=CLIPS)
    assert plan.estimated_credits == 5 * CLIP
    assert not {"speech", "speechFallbackReason"} & plan.wire().keys()
    assert not any("lines" in one for one in plan.wire()["items"])
    opened = await rig.open(phase="videos", model=CLIPS)
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"
    assert await rig.batch.left() == FUNDS - 5 * CLIP
    assert await rig.paid("elevenlabs") == 0


async def test_the_film_says_whose_voice_each_line_has(rig: SpeechRig) -> None:
    """Plan is charge; in the film each voice is its person's, and each mouth moves to its own line's voice."""
    plan = await rig.plan(**ASKED)
    run_id = await played(rig)
    assert await rig.batch.left() == FUNDS - plan.estimated_credits
    assert len(await rig.fakes.paid_submits("elevenlabs")) == 5
    assert [one.model for one in await rig.fakes.paid_submits("fal-ai")].count(LIPS) == 2
    assert set((await rig.item_states(run_id)).values()) == {"succeeded"}
    seen = {name: await lips_tone(rig, name) for name in rig.batch.shots}
    assert seen == {"face": tone("MIKE"), "moving": tone("ANNA"), "told": None, "behind": None, "far": None}
    studio = rig.batch.studio
    params = DirectorCutParams(
        user_id=studio.user_id, project_id=str(studio.project_id), settings=CutSettings(voices=VOICES)
    )
    cut = await start_director_cut(rig.runtime, params)
    assert await run_once(rig.runtime, cut.run_id) == "succeeded"
    assert await rig.batch.left() == FUNDS - plan.estimated_credits, "its lines have been paid"
    heard, shown, begins = await film_tones(rig, cut.run_id)
    assert heard == [tone(name) for name in ("MIKE", "ANNA", "NARRATOR", "MIKE", "ANNA")]
    assert shown == [tone("MIKE"), tone("ANNA"), None, None, None]
    assert all(abs(begin - VOICE_LEAD) <= 1 / 24 for begin in begins), begins
    assert not await broken_promises(rig.runtime)


async def film_tones(rig: SpeechRig, run_id: uuid.UUID) -> tuple[list[int | None], list[int | None], list[float]]:
    """Of each shot of a film: the tone that is heard, the one that its middle frame spells, and its first second."""
    job = await read_job(rig.runtime, str(run_id), user_id=rig.batch.studio.user_id)
    ends = list(accumulate(await shot_lengths(rig, run_id)))
    spans = list(pairwise([0, *ends]))
    async with open_source(rig.runtime, str(job.output_url), "video") as source:
        with av.open(str(source), "r") as file:
            middles = [(start + end) // 2 for start, end in spans]
            shown = [tone_in_frame(frame) for at, frame in enumerate(file.decode(video=0)) if at in middles]
        with av.open(str(source), "r") as file:
            resampler = av.AudioResampler("flt", "mono", 48_000)
            heard = [one.to_ndarray() for frame in file.decode(audio=0) for one in resampler.resample(frame)]
    sound = np.concatenate(heard, axis=1)[0].astype(np.float32)
    spoken = [sound[start * 2000 : end * 2000] for start, end in spans]  # 2,000 samples a frame
    lead, tail = int(VOICE_LEAD * 48_000), int(VOICE_TAIL * 48_000)
    tones = [read_tone(one[lead:-tail], 48_000) for one in spoken]
    return tones, shown, [begin_of(one, found) for one, found in zip(spoken, tones, strict=True) if found is not None]


def begin_of(samples: NDArray[np.float32], found: int) -> float:
    """Second at which a tone begins: where half of its strength is reached first, in steps of a hundredth."""
    step = 480
    wave = np.exp(-2j * np.pi * TONES[found] * np.arange(2 * step) / 48_000)
    power = [abs(np.dot(samples[at : at + 2 * step], wave)) for at in range(0, len(samples) - 2 * step, step)]
    return (power.index(next(one for one in power if one > max(power) / 2)) + 1) * step / 48_000


async def shot_lengths(rig: SpeechRig, run_id: uuid.UUID) -> list[int]:
    """Frames of each visual of a film."""
    async with rig.runtime.begin() as tx:
        items = await list_items(tx, run_id)
    return [int((item.output or {})["frames"]) for item in items if item.key.startswith("visual/")]


async def test_a_film_without_voices_of_its_own_has_those_of_its_shots(rig: SpeechRig) -> None:
    """Whoever cuts it later names nobody: the takes are the shots' own, heard and read as they were spoken."""
    run_id = await played(rig)
    studio, before = rig.batch.studio, await rig.batch.left()
    params = DirectorCutParams(user_id=studio.user_id, project_id=str(studio.project_id))
    cut = await start_director_cut(rig.runtime, params)
    assert await run_once(rig.runtime, cut.run_id) == "succeeded"
    assert await rig.batch.left() == before
    heard, shown, _ = await film_tones(rig, cut.run_id)
    assert heard == [tone(name) for name in ("MIKE", "ANNA", "NARRATOR", "MIKE", "ANNA")]
    assert shown[:2] == [tone("MIKE"), tone("ANNA")]
    assert await captions_of(rig, cut.run_id) == await captions_of(rig, run_id)
    assert [captions[0][2] for captions in await captions_of(rig, run_id)] == list(LINES)


async def captions_of(rig: SpeechRig, run_id: uuid.UUID) -> list[Any]:
    """Captions of each voice of a run."""
    async with rig.runtime.begin() as tx:
        items = await list_items(tx, run_id)
    return [(item.output or {})["captions"] for item in items if item.key.startswith("voice/")]


async def test_the_film_casts_its_voices_itself(rig: SpeechRig) -> None:
    """By register: a man's voice for MIKE, a woman's for ANNA, told; the cut and a later batch have the same."""
    asked: dict[str, Any] = {**ASKED, "voices": {"NARRATOR": DANIEL, "*": "auto"}}
    plan = await rig.plan(**asked)
    told = {one.character: KNOWN[one.voice_id] for one in plan.cast}
    assert (told["mike"][1][3], told["anna"][1][3], "narrator" in told) == ("male", "female", False)
    run_id = (await rig.open(**asked)).run_id
    assert await run_once(rig.runtime, run_id) == "succeeded"
    tones = {one.character: tone_of(one.voice_id, [*KNOWN]) for one in plan.cast}
    assert await lips_tone(rig, "face") == tones["mike"]
    studio = rig.batch.studio
    wanted = CutSettings(voices={"*": "auto", "NARRATOR": DANIEL})
    left = await plan_voices(rig.runtime, str(studio.project_id), wanted, user_id=studio.user_id)
    assert (left.lines, {one.character: one.voice_id for one in left.cast}) == (
        0, {one.character: one.voice_id for one in plan.cast},
    )  # fmt: skip


async def test_a_models_own_sound_is_bought_when_it_is_asked_for(rig: SpeechRig) -> None:
    """At its price; in the film it is heard below no voice, and lips that were moved keep it."""
    dear: dict[str, Any] = {**ASKED, "native_sound": True}
    silent, heard = await rig.plan(**ASKED), await rig.plan(**dear)
    assert (silent.own_sound, heard.own_sound) == (False, True)
    assert heard.estimated_cost["most"] > silent.estimated_cost["most"]
    opened = await rig.open(**dear)
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"
    studio = rig.batch.studio
    async with rig.runtime.begin() as tx:
        sounds = await list_clip_sounds(tx, studio.project_id)
    assert sounds.keys() == {*rig.batch.shots.values()}
    settings = CutSettings(voices=VOICES)
    params = DirectorCutParams(user_id=studio.user_id, project_id=str(studio.project_id), settings=settings)
    cut = await start_director_cut(rig.runtime, params)
    assert await run_once(rig.runtime, cut.run_id) == "succeeded"
    found, _, _ = await film_tones(rig, cut.run_id)
    assert found == [tone(name) for name in ("MIKE", "ANNA", "NARRATOR", "MIKE", "ANNA")], "voices are above it"
    async with rig.runtime.begin() as tx:
        (score,) = [item for item in await list_items(tx, cut.run_id) if item.key == "score"]
    bed = (score.output or {})["bed"]
    async with rig.runtime.storage.local(bed["bucket"], bed["path"]) as path:
        samples = open_wav(path).read()[:, 0]
    ends = list(accumulate(await shot_lengths(rig, cut.run_id)))
    for start, end in pairwise([0, *ends]):
        middle = samples[(start + end) * 1000 - 12_000 : (start + end) * 1000 + 12_000]
        wave = np.exp(-2j * np.pi * 220 * np.arange(len(middle)) / 48_000)
        assert 2 * abs(np.dot(middle, wave)) / len(middle) > 0.05, "each clip hums its own tone"


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"lips": (LIPS,), "voices": {}}, "lips move to paid voices"),
        ({"lips": ("fal-ai/flux/schnell",)}, "makes nobody speak"),
        ({"voices": {"TOM": "x"}}, "called 'tom'"),
        ({"voices": {"TOM": "auto"}}, "called 'tom'"),
        ({"phase": "images", "model": "fal-ai/flux/schnell"}, "pictures are silent"),
    ],
)
async def test_what_cannot_be_is_refused(rig: SpeechRig, wrong: dict[str, Any], word: str) -> None:
    """The value is named, and nothing is begun."""
    with pytest.raises(BadRequest, match=word):
        await rig.open(**{**ASKED, **wrong})
    assert await rig.batch.left() == FUNDS
