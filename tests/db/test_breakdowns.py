"""Edits of a breakdown: kept with their project, by version, and what a scene is written from."""

import uuid

import pytest

from tests.rows import Studio, make_studio
from wzrd.assets.breakdowns import keep_edits, open_breakdown
from wzrd.contracts.breakdown import Beat, Breakdown, Character, SceneBreakdown
from wzrd.db.breakdowns import find_edits
from wzrd.domain.errors import BadRequest, Conflict, NotFound
from wzrd.domain.shots import SceneBrief
from wzrd.runtime.process import Runtime
from wzrd.storyboard.scene_shots import with_breakdown
from wzrd.storyboard.scene_writer import WritingRequest

BEAT = Beat(span="MARA wipes the great lens.", act="kiss", who=("ADA",), whom=("PAUL",), weight="decisive")
FILM = Breakdown(
    people=(Character(id="ADA", name="Ada"), Character(id="PAUL", name="Paul")),
    scenes=(SceneBreakdown(number=1, beats=(BEAT,)),),
)


async def keep(runtime: Runtime, studio: Studio, brought: Breakdown, version: int) -> int:
    """Bring a breakdown as an edit of this version."""
    now = await open_breakdown(runtime, studio.project_id)
    async with runtime.begin() as tx:
        return await keep_edits(tx, now, brought, version=version)


async def test_edits_are_kept_by_version(runtime: Runtime) -> None:
    """Each writing is the next version; one of a former version, or of none that there was, is refused."""
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        assert (await find_edits(tx, studio.project_id)).version == 0
    with pytest.raises(Conflict, match="at version 0 by now, not 3"):
        await keep(runtime, studio, FILM, 3)
    assert await keep(runtime, studio, FILM, 0) == 1
    assert await keep(runtime, studio, FILM, 1) == 2
    with pytest.raises(Conflict, match="at version 2 by now, not 1"):
        await keep(runtime, studio, FILM, 1)


async def test_only_what_is_otherwise_is_an_edit(runtime: Runtime) -> None:
    """A scene that is brought back as it was read is read anew the next time; one left out is as it is read."""
    studio = await make_studio(runtime, scenes=2)
    read = (await open_breakdown(runtime, studio.project_id)).whole
    await keep(runtime, studio, read, 0)
    async with runtime.begin() as tx:
        same = await find_edits(tx, studio.project_id)
    assert (same.version, dict(same.scenes), same.listed) == (1, {}, Breakdown())
    changed = read.model_copy(update={"scenes": (FILM.scenes[0], read.scenes[1]), "people": FILM.people + read.people})
    await keep(runtime, studio, changed, 1)
    found = await open_breakdown(runtime, studio.project_id)
    assert found.edited == [1]
    assert found.whole.scenes[0].beats[0].act == "kiss"
    assert found.whole.scenes[1] == read.scenes[1]
    await keep(runtime, studio, Breakdown(), 2)
    assert (await open_breakdown(runtime, studio.project_id)).whole == read


async def test_an_edit_stands_when_the_text_changes(runtime: Runtime) -> None:
    """Its words are looked for anew; those that are gone keep their place. Other scenes follow the text."""
    from sqlalchemy import text

    studio = await make_studio(runtime, scenes=2)
    await keep(runtime, studio, FILM, 0)
    async with runtime.begin() as tx:
        changed = "Night. MARA wipes the great lens. She sits."
        await tx.execute(text("update public.scenes set description = :changed"), {"changed": changed})
    found = await open_breakdown(runtime, studio.project_id)
    (beat,) = found.whole.scenes[0].beats
    assert (beat.act, beat.start) == ("kiss", len("Night.\n\n"))
    assert found.whole.scenes[1].beats[-1].act == "sit"


async def test_nobody_edits_by_words_that_are_not_there(runtime: Runtime) -> None:
    """The field is named, and nothing is kept."""
    studio = await make_studio(runtime)
    wrong = Breakdown(scenes=(SceneBreakdown(number=1, beats=(Beat(span="Nobody says this."),)),))
    with pytest.raises(BadRequest, match=r"scenes\.0\.beats\.0\.span"):
        await keep(runtime, studio, wrong, 0)
    async with runtime.begin() as tx:
        assert (await find_edits(tx, studio.project_id)).version == 0


async def test_a_strangers_breakdown_is_nobodys(runtime: Runtime) -> None:
    """It is not there, as their project is not."""
    studio = await make_studio(runtime)
    with pytest.raises(NotFound):
        await open_breakdown(runtime, studio.project_id, user_id=uuid.uuid4())


async def test_a_scene_is_written_from_it(runtime: Runtime) -> None:
    """From what somebody brought; a scene that it leaves out, and a project without one, is read by rule."""
    studio = await make_studio(runtime, scenes=2)
    one, two = (WritingRequest(SceneBrief(number), 3) for number in (1, 2))
    by_rule = await with_breakdown(runtime, one, studio.project_id, studio.scene_ids[0])
    assert by_rule.breakdown is not None
    assert by_rule.breakdown.beats[0].act != "kiss"
    await keep(runtime, studio, FILM, 0)
    brought = await with_breakdown(runtime, one, studio.project_id, studio.scene_ids[0])
    assert brought.breakdown is not None
    assert [beat.act for beat in brought.breakdown.beats] == ["kiss"]
    assert brought.film is not None
    assert {"ADA", "PAUL", "MARA"} <= {person.id for person in brought.film.people}
    left_out = await with_breakdown(runtime, two, studio.project_id, studio.scene_ids[1])
    assert left_out.breakdown == by_rule.breakdown.model_copy(update={"number": 2})


async def test_a_scene_that_is_gone_is_read_by_nobody(runtime: Runtime) -> None:
    """Nothing is written from another scene's beats."""
    studio = await make_studio(runtime)
    request = await with_breakdown(runtime, WritingRequest(SceneBrief(1), 3), studio.project_id, uuid.uuid4())
    assert request.breakdown is None
