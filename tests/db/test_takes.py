"""Takes follow the shots' rows, whoever writes them; a still's approval goes with the still."""

import uuid
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.rows import Studio, make_studio
from tests.shots import insert_shot
from wzrd.db.engine import MIGRATIONS, Tx
from wzrd.db.takes import choose_take, find_take_of, holds_approval, judge_stills, keep_take, list_approved, list_takes
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")
STILL: dict[str, Any] = {"image_url": "http://x/1.png", "image_status": "completed"}


async def a_shot(tx: Tx, studio: Studio, number: int = 1, **columns: Any) -> uuid.UUID:
    return await insert_shot(tx, studio.project_id, studio.scene_ids[0], number, **columns)


async def write(tx: Tx, shot_id: uuid.UUID, **columns: Any) -> None:
    changes = ", ".join(f"{name} = :{name}" for name in columns)
    await tx.execute(text(f"update public.shots set {changes} where id = :id"), {"id": shot_id, **columns})


async def told(tx: Tx, studio: Studio) -> list[tuple[str, int, str, bool]]:
    return [(take.made, take.number, take.url, take.chosen) for take in await list_takes(tx, studio.project_id)]


async def test_what_is_written_to_a_shot_is_a_take(runtime: Runtime) -> None:
    """A picture that comes with the row, another, the first again, none, and a clip: each address is one take."""
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        shot_id = await a_shot(tx, studio, **STILL)
        for url in ("http://x/2.png", "http://x/1.png", None, "", "http://x/2.png"):
            await write(tx, shot_id, image_url=url)
        await write(tx, shot_id, video_url="http://x/1.mp4", prompt_idea="she waits")
        assert await told(tx, studio) == [
            ("image", 1, "http://x/1.png", False),
            ("image", 2, "http://x/2.png", True),
            ("video", 1, "http://x/1.mp4", True),
        ]


async def test_a_client_needs_no_right_to_takes(runtime: Runtime) -> None:
    """A role that may write shots alone, as PostgREST's: its picture is a take, and it may not say what is approved."""
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        shot_id = await a_shot(tx, studio)
        role = f"client_{uuid.uuid4().hex}"
        await tx.execute(text(f"create role {role} nologin"))
        await tx.execute(text(f"grant usage on schema public to {role}"))
        await tx.execute(text(f"grant select, update on public.shots to {role}"))
        await tx.execute(text(f"set local role {role}"))
        await write(tx, shot_id, image_url="data:image/png;base64," + "A" * 1_000_000)
        await tx.execute(text("reset role"))
        assert [(one[0], one[1], one[3]) for one in await told(tx, studio)] == [("image", 1, True)]
        await tx.execute(text(f"drop owned by {role}"))
        await tx.execute(text(f"drop role {role}"))


async def test_what_former_versions_made_is_take_one(engine: AsyncEngine) -> None:
    """The migration keeps the media that shots have: chosen, unapproved, number 1."""
    (file,) = MIGRATIONS.glob("[0-9]*_takes.sql")
    studio = Studio(uuid.uuid4(), uuid.uuid4(), [uuid.uuid4()])
    async with engine.begin() as tx:
        await tx.execute(text("drop trigger wzrd_keep_takes on public.shots"))
        for function in ("keep_takes()", "keep_take(uuid, text, text)"):
            await tx.execute(text(f"drop function wzrd.{function}"))
        await tx.execute(text("drop table wzrd.takes"))
        owned = {"id": studio.project_id, "user": studio.user_id, "scene": studio.scene_ids[0]}
        await tx.execute(text("insert into public.projects (id, user_id) values (:id, :user)"), owned)
        scene = text("insert into public.scenes (id, project_id, scene_number) values (:scene, :id, 1)")
        await tx.execute(scene, owned)
        await a_shot(tx, studio, **STILL, video_url="http://x/1.mp4", audio_url="")
        await a_shot(tx, studio, 2)
        await tx.exec_driver_sql(file.read_text())
        assert await told(tx, studio) == [("image", 1, "http://x/1.png", True), ("video", 1, "http://x/1.mp4", True)]
        assert await list_approved(tx, studio.project_id) == frozenset()


async def test_an_approval_goes_with_its_still(runtime: Runtime) -> None:
    """By whom and when is kept; another picture, and the same again, waits anew. A rejection stays."""
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        shot_id, other = await a_shot(tx, studio, **STILL), await a_shot(tx, studio, 2)
        by = studio.user_id
        assert await judge_stills(tx, studio.project_id, None, "approved", user_id=by) == {shot_id}
        assert await list_approved(tx, studio.project_id) == {shot_id}
        assert await holds_approval(tx, shot_id, "http://x/1.png")
        assert not await holds_approval(tx, shot_id, "http://x/2.png")
        (take,) = await list_takes(tx, studio.project_id, shot_id=shot_id)
        assert (take.verdict, take.judged_by, take.judged_at is not None) == ("approved", by, True)
        await write(tx, shot_id, video_url="http://x/1.mp4")
        assert await holds_approval(tx, shot_id, "http://x/1.png")
        for url in ("http://x/2.png", "http://x/1.png"):
            await write(tx, shot_id, image_url=url)
            assert await list_approved(tx, studio.project_id) == frozenset()
        await judge_stills(tx, studio.project_id, [shot_id, other], "rejected", user_id=by)
        await write(tx, shot_id, image_url="http://x/2.png")
        verdicts = [take.verdict for take in await list_takes(tx, studio.project_id, shot_id=shot_id)]
        assert verdicts == ["rejected", None, None]
        assert not await holds_approval(tx, shot_id, "http://x/1.png")


async def test_choosing_writes_the_row(runtime: Runtime) -> None:
    """The former picture is shown again, finished; a stranger's project has no such take; the clip stays."""
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        shot_id = await a_shot(tx, studio, **STILL)
        await write(tx, shot_id, image_url="http://x/2.png", image_status="failed", failure_reason="why")
        first, _ = await list_takes(tx, studio.project_id)
        assert await find_take_of(tx, uuid.uuid4(), first.take_id) is None
        assert await find_take_of(tx, studio.project_id, first.take_id) == first
        await choose_take(tx, first)
        row = (await tx.execute(text("select * from public.shots where id = :id"), {"id": shot_id})).one()
        assert (row.image_url, row.image_status, row.failure_reason) == (first.url, "completed", None)
        assert [one[3] for one in await told(tx, studio)] == [True, False]


async def test_what_was_made_and_not_shown_is_kept(runtime: Runtime) -> None:
    """A late result is a take that nobody has chosen, and says which run made it; twice it is the same one."""
    studio, run_id = await make_studio(runtime), uuid.uuid4()
    made: dict[str, Any] = {"made": "image", "run_id": run_id, "item_key": "output"}
    async with runtime.begin() as tx:
        shot_id = await a_shot(tx, studio, **STILL)
        for _ in range(2):
            await keep_take(tx, shot_id=shot_id, url="http://x/late.png", note="by day", **made)
        await keep_take(tx, shot_id=uuid.uuid4(), url="http://x/2.png", **made)
        brought, late = await list_takes(tx, studio.project_id)
    assert (brought.chosen, brought.run_id) == (True, None)
    assert (late.chosen, late.run_id, late.note) == (False, run_id, "by day")
