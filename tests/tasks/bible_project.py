"""A film of three people in two places with shots that name them, whose pictures the fakes make."""

import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import text

from server.fakes import Fakes, open_fakes
from tests.fakes.images import FakeImages
from tests.fakes.providers import asking, settings_with
from tests.generation.forked import Forked, open_forked
from tests.rows import Studio
from tests.shots import insert_shot
from tests.tasks.shot_batch import BatchRig, PaidRig
from wzrd.db import ledger
from wzrd.db.screenplays import insert_screenplay
from wzrd.runtime.process import Runtime
from wzrd.screenplay.parse import parse

SCRIPT = """Title: The Coin

INT. KITCHEN - DAY

MIKE, 40s, in a red coat, wipes the table. ANNA enters and hugs MIKE.

MIKE
Where is it?

ANNA puts a COIN on the table. MIKE takes the COIN.

EXT. HARBOUR - NIGHT

ANNA waits at the water. TOM, 9, runs to ANNA.

TOM
I saw it!

ANNA hugs TOM.
"""
SHOTS = {
    "a": (0, "Mike, in a red coat, wipes the table."),
    "b": (0, "Anna hugs Mike."),
    "c": (0, "Anna puts a coin on the table."),
    "d": (1, "Anna waits at the water."),
    "e": (1, "Tom runs to Anna."),
}
"""Shots by name: their scene, and what they show. Tom is in one alone."""
EDIT, TEXT = "fal-ai/nano-banana-2/edit", "fal-ai/nano-banana-2"
FUNDS = 1000
Rig = TypeVar("Rig", bound=PaidRig)


@asynccontextmanager
async def open_bible_rig(
    runtime: Runtime, fakes: Fakes, *, funds: int = FUNDS, script: str = SCRIPT, **columns: Any
) -> AsyncGenerator[PaidRig]:
    """The film, its shots prompted, and the fakes behind its runtime."""
    studio = Studio(uuid.uuid4(), uuid.uuid4())
    async with runtime.begin() as tx:
        await ledger.grant(tx, studio.user_id, funds, kind="grant", description="test", key="test")
        screenplay = parse(script.encode(), "coin.fountain")
        await insert_screenplay(tx, user_id=studio.user_id, project_id=studio.project_id, screenplay=screenplay)
        found = text("select id from public.scenes where project_id = :id order by scene_number")
        studio.scene_ids.extend((await tx.execute(found, {"id": studio.project_id})).scalars())
        shots = {
            name: await insert_shot(
                tx, studio.project_id, studio.scene_ids[scene], at,
                **{"prompt_idea": idea, "visual_prompt": idea, "image_status": "prompt_ready", **columns},
            )
            for at, (name, (scene, idea)) in enumerate(SHOTS.items(), start=1)
        }  # fmt: skip
        wide = text("update public.projects set aspect_ratio = '16:9' where id = :id")
        await tx.execute(wide, {"id": studio.project_id})
    async with asking(fakes, runtime):
        yield PaidRig(BatchRig(runtime, studio, shots, FakeImages()), fakes)


@asynccontextmanager
async def open_processes(
    runtime: Runtime,
    database_url: str,
    home: Path,
    opening: Callable[..., AbstractAsyncContextManager[Rig]],
) -> AsyncGenerator[tuple[Rig, Forked]]:
    """The film, fakes in a process of their own, and processes that execute its runs and can be killed."""
    async with open_fakes(process=True) as fakes:
        environment = {
            **fakes.environment(),
            "WZRD_DATABASE_URL": database_url,
            "WZRD_HOME": str(home),
            "WZRD_OFFLINE": "never",
            "WZRD_POOL_SIZE": "4",
            "PREFECT_API_URL": "",
            "WZRD_STORAGE_SECRET": "a secret of forty characters and some more",
        }
        runtime.settings = settings_with(runtime.settings, environment)
        async with opening(runtime, fakes) as rig, open_forked(environment) as forked:
            yield rig, forked
