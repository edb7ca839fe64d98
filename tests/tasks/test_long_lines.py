"""A line that outlasts a clip is cut at a breath; each clip gets its part of the sound."""

from collections.abc import AsyncGenerator
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from server.fakes import Behaviour, Fakes
from server.fakes.elevenlabs import SECONDS_A_CHARACTER
from tests.generation.claimed import armed
from tests.playing import run_once, run_until_ended
from tests.rows import broken_promises
from tests.tasks.speech_project import CLIPS, FUNDS, LIPS, MIKE, VOICES, SpeechRig, a_still, open_speech_rig
from tests.tasks.test_speech import CLIP, LINE, MOVED, film_tones, shot_lengths, tone
from wzrd.assets.sources import open_source
from wzrd.contracts.director_cut import CutSettings
from wzrd.db.items import list_items
from wzrd.domain.pacing import VOICE_LEAD, VOICE_TAIL
from wzrd.media.wav import open_wav
from wzrd.operations.director_cut.kind import DirectorCutParams, start_director_cut
from wzrd.runs.finish import reopen
from wzrd.runtime.process import Runtime

SPEECH = (
    "I put the lamp on the table, as I always do, and went to look for the boat, which had gone out without me. "
    "Nobody was there. So I waited under the crane, and at four I saw her lamp."
)
"""11 seconds as the fake says it: more than the ten of a clip. A sentence ends where both parts are long enough."""
SCRIPT = f"""Title: The Lamp

INT. KITCHEN - DAY

MIKE, a man of 45, wipes the table.

MIKE
{SPEECH}
"""
SHOTS: dict[str, dict[str, Any]] = {
    "tale": {"size": "medium_close_up", "move": "dolly_in", "brief": {"subjects": [MIKE], "lines": [0]}},
}
ASKED: dict[str, Any] = {"phase": "videos", "model": CLIPS, "voices": {"MIKE": VOICES["MIKE"]}, "lips": (LIPS,)}


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes) -> AsyncGenerator[SpeechRig]:
    async with open_speech_rig(runtime, fakes, script=SCRIPT, shots=SHOTS) as made:
        yield made


async def item_of(rig: SpeechRig, run_id: Any, kind: str) -> dict[str, Any]:
    async with rig.runtime.begin() as tx:
        items = await list_items(tx, run_id)
    return dict(next(item.output or {} for item in items if item.key.startswith(f"{kind}/")))


async def samples_of(rig: SpeechRig, url: str) -> NDArray[np.float32]:
    location = rig.runtime.storage.locate(url)
    assert location is not None
    async with rig.runtime.storage.local(*location) as path:
        return open_wav(path).read()[:, 0]


async def uploaded(rig: SpeechRig, url: str, path: Path) -> NDArray[np.float32]:
    """A sound as it was handed over to fal."""
    async with httpx.AsyncClient(base_url=rig.fakes.base_url, trust_env=False) as http:
        answer = await http.get(httpx.URL(url).path)
    path.write_bytes(answer.raise_for_status().content)
    return open_wav(path).read()[:, 0]


async def test_a_long_line_is_seen_spoken_in_consecutive_clips(rig: SpeechRig, tmp_path: Path) -> None:
    """Plan is charge; each clip goes on where the one before ends; its lips get just its part of the voice."""
    plan = await rig.plan(**ASKED)
    [planned] = plan.items
    assert (planned.clips, [one.route for one in planned.lines]) == (2, ["lips"])
    assert plan.estimated_credits == planned.credits == 2 * (CLIP + MOVED) + LINE
    opened = await rig.open(**ASKED)
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"
    assert set((await rig.item_states(opened.run_id)).values()) == {"succeeded"}
    voice, clip, lips = [await item_of(rig, opened.run_id, kind) for kind in ("voice", "video", "lips")]
    frames = [one["frames"] for one in clip["parts"]]
    assert len(frames) == 2
    assert await rig.batch.left() == FUNDS - plan.estimated_credits
    assert max(frames) <= 10 * 24
    assert sum(frames) == lips["frames"] == -(-round((VOICE_LEAD + voice["seconds"] + VOICE_TAIL) * 24, 6) // 1)
    cut = frames[0] / 24 - VOICE_LEAD
    ends = [(SPEECH.index(word) + len(word) + 0.5) * SECONDS_A_CHARACTER for word in ("me.", "there.")]
    assert min(abs(cut - end) for end in ends) <= 1 / 24, "between two sentences"
    sent = [one.files for one in await rig.fakes.paid_submits("fal-ai") if one.model == LIPS]
    tracks = [await uploaded(rig, one["audio_url"], tmp_path / f"{at}.wav") for at, one in enumerate(sent)]
    assert [len(one) for one in tracks] == [count * 2000 for count in frames]
    whole, said = np.concatenate(tracks), await samples_of(rig, voice["url"])
    begin = round(VOICE_LEAD * 48_000)
    assert np.abs(whole[begin : begin + len(said)] - said).max() < 1e-3, "nothing is missing, nothing comes twice"
    assert not whole[:begin].any()
    assert not whole[begin + len(said) :].any()


async def test_the_film_shows_all_parts_under_one_voice(rig: SpeechRig) -> None:
    """In the film the shot is as long as its line, its mouth moves to MIKE's voice in both parts, and is heard once."""
    opened = await rig.open(**ASKED)
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"
    left, studio = await rig.batch.left(), rig.batch.studio
    params = DirectorCutParams(
        user_id=studio.user_id, project_id=str(studio.project_id), settings=CutSettings(voices=ASKED["voices"])
    )
    cut = await start_director_cut(rig.runtime, params)
    assert await run_once(rig.runtime, cut.run_id) == "succeeded"
    assert await rig.batch.left() == left
    lips, voice = await item_of(rig, opened.run_id, "lips"), await item_of(rig, opened.run_id, "voice")
    assert await shot_lengths(rig, cut.run_id) == [lips["frames"]]
    heard, shown, begins = await film_tones(rig, cut.run_id)
    assert (heard, shown) == ([tone("MIKE")], [tone("MIKE")])
    assert abs(begins[0] - VOICE_LEAD) <= 1 / 24
    assert voice["captions"][0][2].startswith("I put the lamp")
    assert not await broken_promises(rig.runtime)


async def test_each_part_begins_with_the_last_picture_of_the_one_before(rig: SpeechRig) -> None:
    """The first with the approved still, which the fake's clip shows as it is asked to."""
    opened = await rig.open(**ASKED)
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"
    clip = await item_of(rig, opened.run_id, "video")
    async with open_source(rig.runtime, clip["url"], "video") as path:
        with av.open(str(path), "r") as file:
            cut, count, pictures = int(clip["parts"][0]["frames"]), 0, dict[int, NDArray[np.float64]]()
            for count, frame in enumerate(file.decode(video=0), start=1):
                if count - 1 in {0, cut - 1, cut}:
                    pictures[count - 1] = np.asarray(frame.to_ndarray(format="rgb24"), np.float64)
    assert count == sum(one["frames"] for one in clip["parts"])
    height, width, _ = pictures[0].shape
    still = np.asarray(Image.open(BytesIO(a_still(40))).convert("RGB").resize((width, height)), np.float64)
    assert np.abs(pictures[0] - still).mean() < 4
    assert np.abs(pictures[cut] - pictures[cut - 1]).mean() < 4
    assert np.abs(pictures[cut] - still).mean() > 20


async def test_a_later_plan_knows_the_takes_own_timing(rig: SpeechRig) -> None:
    """Once the line is spoken, no word is counted any more: as many clips as it needs are priced, and charged."""
    silent: dict[str, Any] = {**ASKED, "lips": ()}
    opened = await rig.open(**silent)
    await rig.fakes.script(Behaviour(match=CLIPS, outcome="failure"))
    await run_once(rig.runtime, opened.run_id)
    before = await rig.batch.left()
    plan = await rig.plan(**ASKED)
    assert plan.estimated_credits == 2 * (CLIP + MOVED)
    again = await rig.open(**ASKED)
    assert await run_once(rig.runtime, again.run_id) == "succeeded"
    assert await rig.batch.left() == before - plan.estimated_credits


async def test_a_part_that_fails_costs_nothing_and_a_retry_pays_the_first_once(rig: SpeechRig) -> None:
    """The second clip fails: nothing is charged for the shot. The retry has the first again, and buys the second."""
    opened = await rig.open(**ASKED)
    await rig.fakes.script(Behaviour(match=CLIPS), Behaviour(match=CLIPS, outcome="failure"))
    await run_once(rig.runtime, opened.run_id)
    assert await rig.batch.left() == FUNDS - LINE
    await reopen(rig.runtime, opened.run_id)
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"
    assert await rig.batch.left() == FUNDS - 2 * (CLIP + MOVED) - LINE
    made = [one for one in await rig.fakes.paid_submits("fal-ai") if one.model == CLIPS]
    assert len(made) == 3, "one of them failed"
    assert not await broken_promises(rig.runtime)


@pytest.mark.parametrize("place", ["before_store@2", "after_store@2", "before_shot@1", "before_lips@1"])
async def test_a_fault_anywhere_pays_every_part_once(rig: SpeechRig, place: str) -> None:
    """The next process goes on with the parts that there are."""
    opened = await rig.open(**ASKED)
    async with armed(f"{place}=raise"):
        assert await run_until_ended(rig.runtime, opened.run_id) == ("succeeded", 1)
    made = [one.model for one in await rig.fakes.paid_submits("fal-ai")]
    assert (made.count(CLIPS), made.count(LIPS)) == (2, 2)
    assert await rig.batch.left() == FUNDS - 2 * (CLIP + MOVED) - LINE
    assert not await broken_promises(rig.runtime)
