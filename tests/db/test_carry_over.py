"""A film imported again keeps the shots of the scenes that read exactly as before, and of no others."""

import uuid
from typing import Any

import pytest
from sqlalchemy import text

from tests.shots import insert_shot
from wzrd.assets.breakdowns import find_stored, keep_edits
from wzrd.db.engine import Tx
from wzrd.db.screenplays import carry_shots_over, insert_screenplay
from wzrd.db.storyboards import read_storyboard
from wzrd.domain.ids import derive
from wzrd.domain.storyboard import StoryboardShot
from wzrd.runtime.process import Runtime
from wzrd.screenplay.fountain import parse_fountain

SCENES = "INT. LAMP ROOM - NIGHT\n\nMARA wipes the lens.\n\nMARA\nIt is his hand.\n\nEXT. CLIFF - DAY\n\nRain.\n"
SCRIPT = f"Title: The Light\nTone: tense\nGenre: noir\nStyle: ink\n\n{SCENES}"
USER = uuid.uuid4()


async def version(tx: Tx, script: str = SCRIPT, *, user_id: uuid.UUID = USER, age: int = 0) -> uuid.UUID:
    """Import a version of the film, `age` days ago."""
    project_id = await insert_screenplay(
        tx, user_id=user_id, project_id=uuid.uuid4(), screenplay=parse_fountain(script.encode())
    )
    statement = text("update public.projects set created_at = now() - make_interval(days => :age) where id = :id")
    await tx.execute(statement, {"age": age, "id": project_id})
    return project_id


async def write(tx: Tx, project_id: uuid.UUID, scene: int, ideas: list[str], **columns: Any) -> None:
    for number, idea in enumerate(ideas, start=1):
        values = {"prompt_idea": idea, "visual_prompt": f"{idea}, ink", **columns}
        await insert_shot(tx, project_id, derive(project_id, "scene", scene), number, **values)


async def shots(tx: Tx, project_id: uuid.UUID) -> list[list[StoryboardShot]]:
    storyboard = await read_storyboard(tx, project_id)
    assert storyboard is not None
    return [list(scene.shots) for scene in storyboard.scenes]


async def ideas(tx: Tx, project_id: uuid.UUID) -> list[list[str]]:
    return [[shot.prompt_idea for shot in scene] for scene in await shots(tx, project_id)]


async def test_an_unchanged_scene_keeps_its_shots_and_their_words(runtime: Runtime) -> None:
    """Copies under new ids with all that was written; what was made of them is found again by cache key."""
    async with runtime.begin() as tx:
        former = await version(tx, age=1)
        done = {"image_status": "completed", "image_url": "http://x/1.png", "video_status": "completed"}
        values = {"shot_type": "wide", "dialogue": "Words.", "sound_effects": "rain", "shot_packet": '{"shot": {}}'}
        await write(tx, former, 1, ["lens", "letter"], **values, **done, audio_url="http://x/1.wav")
        now = await version(tx)
        assert await carry_shots_over(tx, USER, now) == 1
        (first, second), rest = await shots(tx, now)
        assert (first.prompt_idea, first.visual_prompt, first.number) == ("lens", "lens, ink", 1)
        assert (second.prompt_idea, second.dialogue, second.sound_effects) == ("letter", "Words.", "rain")
        assert (first.shot_type, dict(first.packet), rest) == ("wide", {"shot": {}}, [])
        assert (first.image_status, first.image_url, first.video_status, first.audio_url) == (
            "prompt_ready",
            "",
            "pending",
            "",
        )
        olds = [shot.shot_id for shot in (await shots(tx, former))[0]]
        assert not {first.shot_id, second.shot_id} & set(olds)
        assert await carry_shots_over(tx, USER, now) == 0
        assert await ideas(tx, now) == [["lens", "letter"], []]


@pytest.mark.parametrize(
    "script",
    [
        SCRIPT.replace("wipes", "cleans"),
        SCRIPT.replace("his hand", "her hand"),
        SCRIPT.replace("LAMP ROOM", "STAIRS"),
        SCRIPT.replace("ROOM - NIGHT", "ROOM - DAY"),
        SCRIPT.replace("MARA\nIt", "MARA (V.O.)\nIt"),
        SCRIPT.replace("Title: The Light", "Title: The Lights"),
        SCRIPT.replace("Style: ink", "Style: oil"),
        SCRIPT.replace("Tone: tense", "Tone: merry"),
        SCRIPT.replace("Genre: noir\n", ""),
    ],
)
async def test_whatever_its_writer_was_told_otherwise_is_written_anew(runtime: Runtime, script: str) -> None:
    """A word, a line, the place, the hour, the voice, the film's title, tone, genre or style: the shots are others."""
    assert script != SCRIPT
    async with runtime.begin() as tx:
        await write(tx, await version(tx, script, age=1), 1, ["lens"])
        now = await version(tx)
        assert await carry_shots_over(tx, USER, now) == 0
        assert await ideas(tx, now) == [[], []]


async def test_nobody_elses_and_no_deleted_film_gives_shots(runtime: Runtime) -> None:
    """Another user's import of the screenplay, and one's own that was thrown away, give no shots."""
    async with runtime.begin() as tx:
        await write(tx, await version(tx, user_id=uuid.uuid4(), age=1), 1, ["theirs"])
        thrown = await version(tx, age=1)
        await write(tx, thrown, 1, ["thrown away"])
        await tx.execute(text("update public.projects set deleted_at = now() where id = :id"), {"id": thrown})
        now = await version(tx)
        assert await carry_shots_over(tx, USER, now) == 0


async def test_the_newest_former_version_wins_scene_by_scene(runtime: Runtime) -> None:
    """One that never got to a scene is passed over for that scene."""
    async with runtime.begin() as tx:
        oldest, older, newest = [await version(tx, age=age) for age in (3, 2, 1)]
        await write(tx, oldest, 1, ["oldest"])
        await write(tx, oldest, 2, ["oldest cliff"])
        await write(tx, newest, 1, ["newest"])
        await write(tx, older, 1, ["older"])
        now = await version(tx)
        assert await carry_shots_over(tx, USER, now) == 2
        assert await ideas(tx, now) == [["newest"], ["oldest cliff"]]


async def test_a_scene_is_carried_over_only_in_the_number_asked_for(runtime: Runtime) -> None:
    """Another number means writing anew; shots without an idea count for nothing and stay behind."""
    async with runtime.begin() as tx:
        older, newer = await version(tx, age=2), await version(tx, age=1)
        await write(tx, older, 1, ["a", "b", "c"])
        await write(tx, newer, 1, ["one", "two", ""])
        four, three, two = [await version(tx, SCRIPT) for _ in range(3)]
        assert await carry_shots_over(tx, USER, four, count=4) == 0
        assert await carry_shots_over(tx, USER, three, count=3) == 1
        assert await ideas(tx, three) == [["a", "b", "c"], []]
        await tx.execute(text("update public.projects set title = 'other' where id = :id"), {"id": three})
        assert await carry_shots_over(tx, USER, two, count=2) == 1
        assert await ideas(tx, two) == [["one", "two"], []]


async def test_a_scene_that_has_shots_is_let_be(runtime: Runtime) -> None:
    """Also one that somebody has only just begun by hand."""
    async with runtime.begin() as tx:
        former = await version(tx, age=1)
        await write(tx, former, 1, ["lens"])
        await write(tx, former, 2, ["cliff"])
        now = await version(tx)
        await insert_shot(tx, now, derive(now, "scene", 1), 7)
        assert await carry_shots_over(tx, USER, now) == 1
        assert await ideas(tx, now) == [[""], ["cliff"]]


async def test_a_scene_that_is_told_twice_gets_shots_twice(runtime: Runtime) -> None:
    """Equal words in two places of the film: both are carried over, each once."""
    twice = SCRIPT + "\n" + SCENES
    async with runtime.begin() as tx:
        former = await version(tx, twice, age=1)
        for scene in (1, 3):
            await write(tx, former, scene, ["lens", "letter"])
        now = await version(tx, twice)
        assert await carry_shots_over(tx, USER, now) == 2
        assert await ideas(tx, now) == [["lens", "letter"], [], ["lens", "letter"], []]


async def edit(tx: Tx, project_id: uuid.UUID, scene: int, **changes: Any) -> None:
    """Edit the first beat of a scene, as it is read; and nothing else."""
    stored = await find_stored(tx, project_id)
    assert stored is not None
    now = stored.assemble()
    read = now.read.scenes[scene - 1]
    beats = (read.beats[0].model_copy(update=changes), *read.beats[1:])
    brought = now.read.model_copy(update={"scenes": (read.model_copy(update={"beats": beats}),)})
    await keep_edits(tx, now, brought, version=now.edits.version)


async def test_one_edited_scene_is_written_anew_and_no_other(runtime: Runtime) -> None:
    """By its stamp: of two films with the same edit the second keeps all, one with another edit keeps the rest."""
    async with runtime.begin() as tx:
        former = await version(tx, age=2)
        await write(tx, former, 1, ["lens"])
        await write(tx, former, 2, ["cliff"])
        edited = await version(tx, age=1)
        await edit(tx, edited, 1, act="cut")
        assert await carry_shots_over(tx, USER, edited) == 1
        assert await ideas(tx, edited) == [[], ["cliff"]]
        await write(tx, edited, 1, ["edited lens"])
        again, other = await version(tx), await version(tx)
        await edit(tx, again, 1, act="cut")
        await edit(tx, other, 1, act="kiss")
        assert (await carry_shots_over(tx, USER, again), await carry_shots_over(tx, USER, other)) == (2, 1)
        assert await ideas(tx, again) == [["edited lens"], ["cliff"]]
        assert await ideas(tx, other) == [[], ["cliff"]]


async def test_somebody_renamed_changes_the_scenes_that_they_are_in(runtime: Runtime) -> None:
    """And no others."""
    async with runtime.begin() as tx:
        former = await version(tx, age=1)
        await write(tx, former, 1, ["lens"])
        await write(tx, former, 2, ["cliff"])
        renamed = await version(tx)
        stored = await find_stored(tx, renamed)
        assert stored is not None
        now = stored.assemble()
        (mara,) = now.read.people
        brought = now.read.model_copy(update={"people": (mara.model_copy(update={"name": "Maria"}),)})
        await keep_edits(tx, now, brought, version=0)
        assert await carry_shots_over(tx, USER, renamed) == 1
        assert await ideas(tx, renamed) == [[], ["cliff"]]
