"""A screenplay goes into the database whole or not at all, and each scene's brief comes back."""

import asyncio
import uuid
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from wzrd.db.engine import Tx
from wzrd.db.screenplays import insert_screenplay, read_brief
from wzrd.db.storyboards import read_storyboard
from wzrd.domain.errors import Conflict
from wzrd.domain.ids import derive
from wzrd.language.breakdown.by_rule import read_breakdown
from wzrd.screenplay.fountain import parse_fountain
from wzrd.screenplay.model import Screenplay, briefs_of, scene_brief
from wzrd.screenplay.parse import parse

EXAMPLES = Path(__file__).parents[2] / "examples"
COUNTS = """select (select count(*) from public.projects), (select count(*) from public.scenes),
    (select count(*) from wzrd.scene_scripts)"""


async def counts(tx: Tx) -> tuple[int, ...]:
    return tuple((await tx.execute(text(COUNTS))).one())


@pytest.mark.parametrize("name", ["the-nine-forty-rain.fountain", "dead-air.fountain", "queen-to-nowhere.json"])
async def test_every_brief_comes_back_as_the_file_told_it(engine: AsyncEngine, name: str) -> None:
    """The writer is given from the database what the file says, scene by scene."""
    screenplay = parse((EXAMPLES / name).read_bytes(), name)
    project_id = uuid.uuid4()
    async with engine.begin() as tx:
        assert (
            await insert_screenplay(tx, user_id=uuid.uuid4(), project_id=project_id, screenplay=screenplay)
            == project_id
        )
    project = {"tone": screenplay.tone, "genre": screenplay.genre, "style": screenplay.style}
    async with engine.begin() as tx:
        for scene in screenplay.scenes:
            brief = await read_brief(tx, derive(project_id, "scene", scene.number))
            assert brief == scene_brief(scene, **project)


async def test_the_project_row_has_the_title_page(engine: AsyncEngine) -> None:
    """Title, tone, genre, ratio, style and owner; what the page lacks is null, the ratio 16:9."""
    user_id, full_id, bare_id = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    full = parse_fountain(
        b"Title: T\nTone: dry\nGenre: noir\nStyle: ink\nAspect Ratio: 9x16\n\nINT. A #7B#\n\n= Why.\n"
    )
    select = text("select user_id, title, tone, genre, aspect_ratio, video_style from public.projects where id = :id")
    async with engine.begin() as tx:
        await insert_screenplay(tx, user_id=user_id, project_id=full_id, screenplay=full)
        await insert_screenplay(tx, user_id=user_id, project_id=bare_id, screenplay=parse_fountain(b"INT. A"))
        assert (await tx.execute(select, {"id": full_id})).one() == (user_id, "T", "dry", "noir", "9:16", "ink")
        bare = (await tx.execute(select, {"id": bare_id})).one()
        assert bare == (user_id, "Untitled screenplay", None, None, "16:9", None)
        details = text("select story_goal, location_details from public.scenes where project_id = :id")
        goal, facts = (await tx.execute(details, {"id": full_id})).one()
    assert goal == "Why."
    assert facts == {"heading": "INT. A", "intExt": "INT", "place": "A", "timeOfDay": "", "label": "7B"}


async def test_the_list_of_the_cast_comes_back_with_every_scene(engine: AsyncEngine) -> None:
    """Whoever reads the scenes knows whom they tell of, as where the file itself is read."""
    script = b"Title: T\n\nCHARACTERS:\nROBIN, a woman, 61\nSAM, 12\n\nINT. A\n\nRobin waits.\n\nROBIN\nSo?\n"
    screenplay, project_id = parse(script, "t.fountain"), uuid.uuid4()
    async with engine.begin() as tx:
        await insert_screenplay(tx, user_id=uuid.uuid4(), project_id=project_id, screenplay=screenplay)
        brief = await read_brief(tx, derive(project_id, "scene", 1))
        storyboard = await read_storyboard(tx, project_id)
    assert brief is not None
    assert storyboard is not None
    assert "ROBIN, a woman, 61" in brief.cast
    assert [scene.brief for scene in storyboard.scenes] == briefs_of(screenplay) == [brief]
    assert read_breakdown([brief]).people[0].years == 61


async def test_nothing_is_half_imported(engine: AsyncEngine) -> None:
    """A failure behind the import takes all of it back."""
    screenplay = parse_fountain(b"INT. A\n\nANN\nHi.\n\nINT. B")
    with pytest.raises(RuntimeError, match="power cut"):  # noqa: PT012 - the transaction is what must fail
        async with engine.begin() as tx:
            await insert_screenplay(tx, user_id=uuid.uuid4(), project_id=uuid.uuid4(), screenplay=screenplay)
            assert await counts(tx) == (1, 2, 2)
            raise RuntimeError("power cut")
    async with engine.begin() as tx:
        assert await counts(tx) == (0, 0, 0)


async def test_the_same_project_twice_at_once_is_made_once(engine: AsyncEngine) -> None:
    """One import wins, the others conflict and change nothing."""
    screenplay, project_id = parse_fountain(b"INT. A\n\nINT. B"), uuid.uuid4()

    async def attempt() -> uuid.UUID:
        async with engine.begin() as tx:
            return await insert_screenplay(tx, user_id=uuid.uuid4(), project_id=project_id, screenplay=screenplay)

    outcomes = await asyncio.gather(*(attempt() for _ in range(8)), return_exceptions=True)
    assert outcomes.count(project_id) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 7
    async with engine.begin() as tx:
        assert await counts(tx) == (1, 2, 2)


async def test_a_scene_that_was_not_imported_has_a_brief_too(engine: AsyncEngine) -> None:
    """A row made by the studio, with nulls and without a script, gives a brief without speech."""
    project_id, scene_id = uuid.uuid4(), uuid.uuid4()
    async with engine.begin() as tx:
        await tx.execute(
            text("insert into public.projects (id, user_id, title, tone) values (:id, :id, 'P', 'dry')"),
            {"id": project_id},
        )
        await tx.execute(
            text("""insert into public.scenes (id, project_id, scene_number, description)
                values (:id, :project_id, 3, 'A door.')"""),
            {"id": scene_id, "project_id": project_id},
        )
        brief = await read_brief(tx, scene_id)
        assert await read_brief(tx, uuid.uuid4()) is None
    assert brief
    assert (brief.number, brief.description, brief.tone, brief.title) == (3, "A door.", "dry", "")
    assert (brief.actions, brief.dialogue, brief.characters) == ((), (), ())


async def test_the_row_wins_over_the_file(engine: AsyncEngine) -> None:
    """Who edits a scene's light in the studio gets that light; a damaged script costs no error."""
    project_id = uuid.uuid4()
    scene_id = derive(project_id, "scene", 1)
    async with engine.begin() as tx:
        screenplay = parse_fountain(b"INT. A - DAY\n\nANN\nHi.")
        await insert_screenplay(tx, user_id=uuid.uuid4(), project_id=project_id, screenplay=screenplay)
        await tx.execute(text("update public.scenes set lighting = 'neon' where id = :id"), {"id": scene_id})
        edited = await read_brief(tx, scene_id)
        await tx.execute(text("""update wzrd.scene_scripts set elements = '{"no": "list"}'"""))
        damaged = await read_brief(tx, scene_id)
    assert edited
    assert damaged
    assert (edited.lighting, edited.characters, damaged.dialogue) == ("neon", ("ANN",), ())


async def test_a_screenplay_at_the_limit_goes_in(engine: AsyncEngine) -> None:
    """2,000 scenes, hostile text and every script of the world in them, are three statements."""
    text_of = 'INT. \'; DROP TABLE scenes; -- {n}\n\nÉVA\n山が, \\u0000 "山" :name %s\n\n'
    screenplay: Screenplay = parse_fountain("".join(text_of.replace("{n}", str(n)) for n in range(2000)).encode())
    async with engine.begin() as tx:
        project_id = await insert_screenplay(tx, user_id=uuid.uuid4(), project_id=uuid.uuid4(), screenplay=screenplay)
        assert await counts(tx) == (1, 2000, 2000)
        brief = await read_brief(tx, derive(project_id, "scene", 2000))
    assert brief == scene_brief(screenplay.scenes[-1])
