"""A model's own speech: its line in the prompt, checked by length, heard in the film, and nobody else paid."""

import uuid
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from server.fakes import Behaviour, Fakes
from server.fakes.tones import TONES
from tests.playing import run_once
from tests.rows import broken_promises
from tests.tasks.speech_project import CLIPS, FUNDS, LINES, LIPS, VOICES, SpeechRig, open_speech_rig
from tests.tasks.test_speech import CLIP, LINE, captions_of, film_tones, tone
from wzrd.contracts.director_cut import CutSettings
from wzrd.db.items import list_items
from wzrd.domain.errors import BadRequest
from wzrd.operations.director_cut.kind import DirectorCutParams, start_director_cut
from wzrd.operations.director_cut.voices import plan_voices
from wzrd.runtime.process import Runtime

ASKED: dict[str, Any] = {
    "phase": "videos", "model": CLIPS, "voices": VOICES, "lips": ("native", LIPS), "native_sound": True,
}  # fmt: skip
HUM = min(range(len(TONES)), key=lambda at: abs(TONES[at] - 220))
"""The tone of a fake clip's own sound."""


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes) -> AsyncGenerator[SpeechRig]:
    async with open_speech_rig(runtime, fakes) as made:
        yield made


async def film_of(rig: SpeechRig) -> uuid.UUID:
    studio, settings = rig.batch.studio, CutSettings(voices=VOICES)
    params = DirectorCutParams(user_id=studio.user_id, project_id=str(studio.project_id), settings=settings)
    cut = await start_director_cut(rig.runtime, params)
    assert await run_once(rig.runtime, cut.run_id) == "succeeded"
    return cut.run_id


async def test_a_model_speaks_its_lines_itself(rig: SpeechRig) -> None:
    """Nobody else is paid for them; the film has them from the clip's first frame on, as loud as other voices."""
    plan = await rig.plan(**ASKED)
    ways = {line.character or "V.O.": line.route for one in plan.items for line in one.lines if line.route == "native"}
    assert ways == {"MIKE": "native", "ANNA": "native"}
    assert plan.estimated_credits == sum(one.credits for one in plan.items) == 5 * CLIP + 3 * LINE
    assert [(one.route, one.shots, one.lines) for one in plan.speech] == [("voice", 3, 3), ("native", 2, 2)]
    opened = await rig.open(**ASKED)
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"
    assert await rig.batch.left() == FUNDS - plan.estimated_credits
    said = [one.prompt for one in await rig.fakes.paid_submits("fal-ai") if one.model == CLIPS]
    assert sum(f'MIKE says: "{LINES[0]}"' in prompt for prompt in said) == 1
    assert sum(f'ANNA says: "{LINES[1]}"' in prompt for prompt in said) == 1
    assert sum(" says: " in prompt for prompt in said) == 2
    spoken = [one.prompt for one in await rig.fakes.paid_submits("elevenlabs")]
    assert sorted(spoken) == sorted(LINES[2:])
    studio, left = rig.batch.studio, await rig.batch.left()
    more = await plan_voices(rig.runtime, str(studio.project_id), CutSettings(voices=VOICES), user_id=studio.user_id)
    assert more.lines == 0
    cut = await film_of(rig)
    assert await rig.batch.left() == left
    heard, _, begins = await film_tones(rig, cut)
    assert heard == [HUM, HUM, *(tone(name) for name in ("NARRATOR", "MIKE", "ANNA"))]
    assert max(begins[:2]) < 0.1, "from its clip's first frame"
    assert [captions[0][2] for captions in await captions_of(rig, cut)][:2] == list(LINES[:2])
    assert not await broken_promises(rig.runtime)


async def test_what_a_model_does_not_say_is_spoken_by_a_voice(rig: SpeechRig) -> None:
    """A clip without a sound is no speech: that is told, and the film has the line in its person's voice."""
    await rig.fakes.script(Behaviour(match=LINES[0], media="hdr"))
    opened = await rig.open(**ASKED)
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"
    async with rig.runtime.begin() as tx:
        items = await list_items(tx, opened.run_id)
    outputs = {item.entity_id: item.output or {} for item in items if item.key.startswith("video/")}
    face, moving = (outputs[rig.batch.shots[name]] for name in ("face", "moving"))
    assert "its sound lasts 0.0 s" in face["unheard"]
    assert ("speech" in face, moving["speech"]) == (False, "native")
    heard, _, _ = await film_tones(rig, await film_of(rig))
    assert heard[:2] == [tone("MIKE"), HUM]


async def test_it_is_a_clips_own_sound(rig: SpeechRig) -> None:
    """Whoever asks for it without the sound is told; a model that has none goes another way."""
    silent: dict[str, Any] = {**ASKED, "native_sound": False}
    with pytest.raises(BadRequest, match="nativeSound"):
        await rig.open(**silent)
    mute: dict[str, Any] = {**ASKED, "model": "fal-ai/kling-video/v2.5-turbo/pro/image-to-video"}
    plan = await rig.plan(**mute)
    assert {line.route for one in plan.items for line in one.lines} == {"voice", "lips"}
