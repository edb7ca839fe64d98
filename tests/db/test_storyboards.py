"""A project read as a storyboard: whose, in which order, what counts, and what is noted of each shot."""

import uuid
from typing import Any

import pytest
from sqlalchemy import text

from tests.rows import Studio, make_studio
from tests.shots import insert_shot
from wzrd.db.engine import Tx
from wzrd.db.shots import mark_failed, mark_generating, mark_waiting, write_instead, write_made
from wzrd.db.storyboards import read_models, read_storyboard
from wzrd.domain.storyboard import Storyboard
from wzrd.runtime.process import Runtime


async def reel_of(runtime: Runtime, studio: Studio, user_id: uuid.UUID | None = None) -> Storyboard | None:
    async with runtime.begin() as tx:
        return await read_storyboard(tx, studio.project_id, user_id=user_id)


async def test_a_storyboard_is_its_owners(runtime: Runtime) -> None:
    """A stranger's, a deleted and an unknown project are None alike."""
    studio = await make_studio(runtime, scenes=2)
    found = await reel_of(runtime, studio, studio.user_id)
    assert found is not None
    assert (found.user_id, found.title, found.aspect_ratio, len(found.scenes)) == (
        studio.user_id,
        "The Light",
        "16:9",
        2,
    )
    assert await reel_of(runtime, studio) == found
    assert await reel_of(runtime, studio, uuid.uuid4()) is None
    async with runtime.begin() as tx:
        assert await read_storyboard(tx, uuid.uuid4()) is None
        await tx.execute(text("update public.projects set deleted_at = now()"))
    assert await reel_of(runtime, studio) is None


async def test_scenes_and_shots_are_in_order(runtime: Runtime) -> None:
    """By scene number, then by shot number, whatever order they were inserted in; a scene may be empty."""
    studio = await make_studio(runtime, scenes=3)
    async with runtime.begin() as tx:
        made = {
            (scene, number): await insert_shot(tx, studio.project_id, studio.scene_ids[scene], number)
            for scene, number in ((2, 1), (0, 10), (0, 2), (2, -1), (0, 1))
        }
    found = await reel_of(runtime, studio)
    assert found is not None
    assert [len(scene.shots) for scene in found.scenes] == [3, 0, 2]
    order = [made[key] for key in ((0, 1), (0, 2), (0, 10), (2, -1), (2, 1))]
    assert [shot.shot_id for _, shot in found] == order
    assert found.scenes[0].brief.title == "The lamp room 1"
    assert found.scenes[0].brief.tone == "tense"


async def test_columns_are_read_into_their_fields(runtime: Runtime) -> None:
    """Nulls are empty texts; a packet that is no object is as none."""
    studio = await make_studio(runtime)
    scene_id = studio.scene_ids[0]
    columns = {
        "shot_type": "wide",
        "prompt_idea": "idea",
        "visual_prompt": "prompt",
        "dialogue": "words",
        "sound_effects": "rain",
        "image_url": "i",
        "image_status": "completed",
        "video_url": "v",
        "video_status": "failed",
        "audio_url": "a",
        "audio_status": "generating",
    }
    async with runtime.begin() as tx:
        await insert_shot(tx, studio.project_id, scene_id, 1, **columns, shot_packet='{"shot": {"idea": "x"}}')
        await insert_shot(tx, studio.project_id, scene_id, 2, shot_packet='["not", "ours"]')
    found = await reel_of(runtime, studio)
    assert found is not None
    full, bare = found.scenes[0].shots
    assert {name: getattr(full, name) for name in columns} == columns
    assert (full.packet, full.scene_id, full.number) == ({"shot": {"idea": "x"}}, scene_id, 1)
    assert (bare.prompt_idea, bare.image_url, bare.image_status, dict(bare.packet)) == ("", "", "pending", {})


async def test_a_shot_that_somebody_hung_into_another_project_is_nobodys(runtime: Runtime) -> None:
    """A row of a stranger's project that names my scene is in neither storyboard: I would pay for it."""
    mine, theirs = await make_studio(runtime), await make_studio(runtime)
    async with runtime.begin() as tx:
        own = await insert_shot(tx, mine.project_id, mine.scene_ids[0], 1)
        await insert_shot(tx, theirs.project_id, mine.scene_ids[0], 2)
    found = [await reel_of(runtime, studio) for studio in (mine, theirs)]
    assert [[shot.shot_id for _, shot in storyboard or ()] for storyboard in found] == [[own], []]


async def test_the_models_of_a_project_are_those_that_its_settings_name(runtime: Runtime) -> None:
    """Often none; an empty name is none."""
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        assert await read_models(tx, studio.project_id) == {}
        await tx.execute(
            text("""insert into public.project_settings (project_id, base_image_model, base_video_model)
                values (:id, 'animatic', '')"""),
            {"id": studio.project_id},
        )
        assert await read_models(tx, studio.project_id) == {"text": "gpt-4o", "image": "animatic"}


async def made(tx: Tx, shot_id: uuid.UUID, what: str) -> tuple[Any, ...]:
    statement = text(f"select {what}_status, {what}_url, failure_reason from public.shots where id = :id")
    return tuple((await tx.execute(statement, {"id": shot_id})).one())


@pytest.mark.parametrize("what", ["image", "video", "audio"])
async def test_what_is_made_of_a_shot_is_told_in_its_row(runtime: Runtime, what: str) -> None:
    """generating, failed with the reason, generating without it, completed; a later failure takes nothing away."""
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        shot_id = await insert_shot(tx, studio.project_id, studio.scene_ids[0], 1)
        await mark_generating(tx, shot_id, what)
        assert await made(tx, shot_id, what) == ("generating", None, None)
        await mark_failed(tx, [shot_id], what, "no")
        assert await made(tx, shot_id, what) == ("failed", None, "no")
        await mark_generating(tx, shot_id, what)
        assert await made(tx, shot_id, what) == ("generating", None, None)
        await write_made(tx, shot_id, what, "http://x/1")
        assert await made(tx, shot_id, what) == ("completed", "http://x/1", None)
        await mark_failed(tx, [shot_id], what, "another run was slower")
        await mark_waiting(tx, [shot_id], what)
        assert await made(tx, shot_id, what) == ("completed", "http://x/1", None)


async def test_who_waits_stands_where_it_stood_before(runtime: Runtime) -> None:
    """Only what was under way; an image that has its prompt is ready for another try."""
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        place = studio.project_id, studio.scene_ids[0]
        blank = await insert_shot(tx, *place, 1, image_status="generating", video_status="generating")
        ready = await insert_shot(tx, *place, 2, image_status="generating", visual_prompt="a lamp")
        failed = await insert_shot(tx, *place, 3, image_status="failed", failure_reason="no")
        for what in ("image", "video"):
            await mark_waiting(tx, [blank, ready, failed], what)
        assert [(await made(tx, shot_id, "image"))[0] for shot_id in (blank, ready, failed)] == [
            "pending",
            "prompt_ready",
            "failed",
        ]
        assert (await made(tx, blank, "video"))[0] == "pending"


async def test_a_take_never_replaces_somebodys_sound(runtime: Runtime) -> None:
    """It is written where there is none, whoever wrote one meanwhile."""
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        place = studio.project_id, studio.scene_ids[0]
        silent = await insert_shot(tx, *place, 1)
        empty = await insert_shot(tx, *place, 2, audio_url="")
        own = await insert_shot(tx, *place, 3, audio_url="http://x/own.mp3", audio_status="completed")
        for shot_id in (silent, empty, own):
            await write_instead(tx, shot_id, "audio", "http://x/take.wav", instead_of="")
        found = [await made(tx, shot_id, "audio") for shot_id in (silent, empty, own)]
        assert [url for _, url, _ in found] == ["http://x/take.wav", "http://x/take.wav", "http://x/own.mp3"]
        assert {status for status, _, _ in found} == {"completed"}
