"""A film in which three people speak: seen near, alone, from behind, off screen, far away, and two at once."""

import io
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from PIL import Image
from sqlalchemy import text

from server.fakes import Fakes
from tests.fakes.images import FakeImages
from tests.fakes.providers import asking
from tests.rows import Studio
from tests.shots import insert_shot
from tests.tasks.shot_batch import BatchRig, PaidRig
from wzrd.contracts.wire import dumps
from wzrd.db import ledger
from wzrd.db.screenplays import insert_screenplay
from wzrd.runtime.process import Runtime
from wzrd.screenplay.parse import parse

GEORGE, SARAH, DANIEL = "JBFqnCBsd6RMkjVDRZzb", "EXAVITQu4vr4xnSDxMaL", "onwK4e9ZLuTAKqWW03F9"
VOICES = {"MIKE": GEORGE, "ANNA": SARAH, "NARRATOR": DANIEL}
SCRIPT = """Title: The Lamp

INT. KITCHEN - DAY

MIKE, a man of 45, wipes the table. ANNA, a woman of 30, watches him.

MIKE
Where is the lamp?

ANNA
In the harbour.

NARRATOR (V.O.)
Nobody believed her.

MIKE
You did what?

ANNA
It was dark anyway.
"""
MIKE, ANNA = {"name": "MIKE", "side": "left"}, {"name": "ANNA", "side": "right"}
SHOTS: dict[str, dict[str, Any]] = {
    "face": {"size": "close_up", "move": "static", "brief": {"subjects": [MIKE], "lines": [0]}},
    "moving": {"size": "medium", "move": "dolly_in", "brief": {"subjects": [ANNA], "lines": [1]}},
    "told": {"size": "wide", "move": "static", "brief": {"subjects": [], "lines": [2]}},
    "behind": {"size": "medium", "move": "static", "brief": {"subjects": [ANNA], "over": MIKE, "lines": [3]}},
    "far": {"size": "wide", "move": "static", "brief": {"subjects": [MIKE, ANNA], "lines": [4]}},
}
"""Shots by name, as their writer conceived them; each has one of the lines."""
LINES = (
    "Where is the lamp?",
    "In the harbour.",
    "Nobody believed her.",
    "You did what?",
    "It was dark anyway.",
)
CLIPS, LIPS = "fal-ai/kling-video/v2.6/pro/image-to-video", "fal-ai/latentsync"
FUNDS = 2000


@dataclass(frozen=True, slots=True)
class SpeechRig(PaidRig):
    """The film and the fakes behind its runtime."""

    async def item_states(self, run_id: uuid.UUID) -> Mapping[str, str]:
        """Status of each item by its kind and its shot's name: `voice face`."""
        names = {str(shot_id): name for name, shot_id in self.batch.shots.items()}
        async with self.runtime.begin() as tx:
            found = await tx.execute(text("select key, status from wzrd.run_items where run_id = :id"), {"id": run_id})
            return {f"{key.partition('/')[0]} {names[key.partition('/')[2]]}": status for key, status in found}


def a_still(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (320, 180), (shade, 80, 120)).save(file, "PNG")
    return file.getvalue()


@asynccontextmanager
async def open_speech_rig(
    runtime: Runtime,
    fakes: Fakes,
    *,
    funds: int = FUNDS,
    script: str = SCRIPT,
    shots: Mapping[str, Mapping[str, Any]] = SHOTS,
    columns: Mapping[str, Any] | None = None,
) -> AsyncGenerator[SpeechRig]:
    """The film, each shot with its still unless `columns` say otherwise, in the scene that it names (the first)."""
    studio = Studio(uuid.uuid4(), uuid.uuid4())
    async with runtime.begin() as tx:
        await ledger.grant(tx, studio.user_id, funds, kind="grant", description="test", key="test")
        screenplay = parse(script.encode(), "lamp.fountain")
        await insert_screenplay(tx, user_id=studio.user_id, project_id=studio.project_id, screenplay=screenplay)
        found = text("select id from public.scenes where project_id = :id order by scene_number")
        studio.scene_ids.extend((await tx.execute(found, {"id": studio.project_id})).scalars())
        await tx.execute(
            text("update public.projects set aspect_ratio = '16:9' where id = :id"), {"id": studio.project_id}
        )
    made: dict[str, uuid.UUID] = {}
    for at, (name, shot) in enumerate(shots.items(), start=1):
        path = f"{studio.project_id}/still-{at}.png"
        stored = await runtime.storage.put_bytes("workflow-media", path, a_still(40 * at), content_type="image/png")
        idea = f"Somebody, as the writer has it in shot {name}."
        row = {
            "prompt_idea": idea, "visual_prompt": idea, "image_status": "completed",
            "image_url": runtime.storage.public_url(stored.bucket, stored.path),
            "dialogue": shot.get("dialogue"), **(columns or {}),
        }  # fmt: skip
        scene: int = shot.get("scene", 0)
        async with runtime.begin() as tx:
            made[name] = await insert_shot(tx, studio.project_id, studio.scene_ids[scene], at, **row)
            conceived = {field: value for field, value in shot.items() if field != "scene"}
            packet = dumps({"shot": {"idea": idea, **conceived}}).decode()
            keep = text("update public.shots set shot_packet = cast(:packet as jsonb) where id = :id")
            await tx.execute(keep, {"packet": packet, "id": made[name]})
    async with asking(fakes, runtime):
        yield SpeechRig(BatchRig(runtime, studio, made, FakeImages()), fakes)
