"""Six people in five places, from sheets to the film: what reached which shot is read from the MP4.

The fakes look at what they are sent: a still has the colours of the sheets that it was made from, a clip begins with
its still, a voice has a tone of its own, and moved lips spell the tone of the sound that they were given.
"""

import uuid
from itertools import accumulate
from pathlib import Path
from typing import Any

from server.fakes import Fakes
from server.fakes.elevenlabs import VOICES as KNOWN
from server.fakes.tones import tone_of
from tests.playing import run_once
from tests.rows import broken_promises
from tests.tasks.bible_project import EDIT
from tests.tasks.film_looks import names_in, pictures_in, save_picture
from tests.tasks.speech_project import CLIPS, FUNDS, LIPS, SpeechRig, open_speech_rig
from tests.tasks.test_speech import film_tones, shot_lengths
from tests.tasks.whole_film import AT_NIGHT, COLOURS, PLACES, SAID, SCRIPT, SHOTS, VOICES
from wzrd.assets.sources import open_source
from wzrd.contracts.director_cut import CutSettings
from wzrd.db.takes import judge_stills
from wzrd.operations.auto_generate.kind import start_approved
from wzrd.operations.bible import SheetName, give_sheet
from wzrd.operations.director_cut.kind import DirectorCutParams, read_job, start_director_cut
from wzrd.runtime.process import Runtime


def shown_in(name: str) -> set[str]:
    """Whom and what a shot shows."""
    brief = SHOTS[name]["brief"]
    people = {one["name"] for one in brief["subjects"]}
    return people | {prop.upper() for prop in brief["props"]} | {PLACES[SHOTS[name]["scene"]]}


async def give_sheets(rig: SpeechRig, folder: Path) -> None:
    studio = rig.batch.studio
    for name, (kind, colour) in COLOURS.items():
        look = "night" if name in AT_NIGHT else ""
        picture = save_picture(folder / f"{name}.png", colour)
        await give_sheet(rig.runtime, studio.user_id, str(studio.project_id), SheetName(kind, name, look), picture)


async def finish(rig: SpeechRig, run_id: uuid.UUID) -> None:
    assert await run_once(rig.runtime, run_id) == "succeeded", await rig.item_states(run_id)


async def approve_all(rig: SpeechRig) -> None:
    studio = rig.batch.studio
    async with rig.runtime.begin() as tx:
        await judge_stills(tx, studio.project_id, [*rig.batch.shots.values()], "approved", user_id=studio.user_id)


async def test_all_of_it_is_in_the_film(runtime: Runtime, fakes: Fakes, tmp_path: Path) -> None:
    """A clip begins with its approved still, made from exactly whom and what it shows; each voice is its person's."""
    prompted = {"image_status": "prompt_ready", "image_url": None}
    async with open_speech_rig(runtime, fakes, script=SCRIPT, shots=SHOTS, columns=prompted) as rig:
        await give_sheets(rig, tmp_path)
        pictures = await rig.plan(model=EDIT)
        await finish(rig, (await rig.open(model=EDIT)).run_id)
        asked: dict[str, Any] = {"model": CLIPS, "voices": VOICES, "lips": (LIPS,), "require_approval": True}
        waiting = await rig.open("videos", **asked)
        assert waiting.answer.awaiting_approval == len(SHOTS)
        await finish(rig, waiting.run_id)
        assert await rig.paid("fal-ai") == len(SHOTS), "no clip without an approval"
        await approve_all(rig)
        clips = await rig.plan("videos", **asked)
        started = await start_approved(runtime, rig.batch.studio.user_id, rig.batch.studio.project_id)
        assert started is not None
        await finish(rig, started.run_id)
        assert await rig.batch.left() == FUNDS - pictures.estimated_credits - clips.estimated_credits
        studio = rig.batch.studio
        settings = CutSettings(voices=VOICES)
        cut = await start_director_cut(
            runtime, DirectorCutParams(user_id=studio.user_id, project_id=str(studio.project_id), settings=settings)
        )
        await finish(rig, cut.run_id)
        await check_film(rig, cut.run_id)
        assert not await broken_promises(runtime)


async def check_film(rig: SpeechRig, run_id: uuid.UUID) -> None:
    """First frames, sounds and mouths of the finished film."""
    lengths = await shot_lengths(rig, run_id)
    starts = dict(zip(SHOTS, [0, *accumulate(lengths)], strict=False))
    job = await read_job(rig.runtime, str(run_id), user_id=rig.batch.studio.user_id)
    async with open_source(rig.runtime, str(job.output_url), "video") as path:
        firsts = dict(zip(SHOTS, pictures_in(path, [*starts.values()]), strict=True))
    colours = {name: colour for name, (_, colour) in COLOURS.items()}
    made_of = {name: names_in(first, colours, len(shown_in(name))) for name, first in firsts.items()}
    assert {name: {*found} for name, found in made_of.items()} == {name: shown_in(name) for name in SHOTS}
    heard, mouths, _ = await film_tones(rig, run_id)
    voices = {name: tone_of(voice, [*KNOWN]) for name, voice in VOICES.items()}
    assert {name: tone for name, tone in zip(SHOTS, heard, strict=True) if name in SAID} == {
        name: voices[who] for name, who in SAID.items()
    }
    near = {name for name in SAID if SHOTS[name]["size"] != "wide"}
    assert {name: tone for name, tone in zip(SHOTS, mouths, strict=True) if tone is not None} == {
        name: voices[SAID[name]] for name in near
    }
