"""Shots that tests put into scenes by hand, and the brief of a scene as it was read."""

import uuid
from typing import Any

from sqlalchemy import text

from wzrd.db.engine import Tx
from wzrd.domain.shots import SceneBrief
from wzrd.screenplay.model import Scene, script_of


async def insert_shot(tx: Tx, project_id: uuid.UUID, scene_id: uuid.UUID, number: int, **columns: Any) -> uuid.UUID:
    """A shot with these columns; the others as the table fills them."""
    shot_id = uuid.uuid4()
    names = ["id", "project_id", "scene_id", "shot_number", *columns]
    values = ", ".join(f":{name}" for name in names)
    statement = text(f"insert into public.shots ({', '.join(names)}) values ({values})")
    row = {"id": shot_id, "project_id": project_id, "scene_id": scene_id, "shot_number": number, **columns}
    await tx.execute(statement, row)
    return shot_id


def scene_brief(scene: Scene, *, tone: str = "", genre: str = "", style: str = "") -> SceneBrief:
    """Brief of this scene for a writer of shots; tone, genre and style are the project's."""
    return SceneBrief(
        number=scene.number,
        title=scene.title,
        description=scene.description,
        location=scene.location,
        lighting=scene.lighting,
        weather=scene.weather,
        tone=tone,
        genre=genre,
        style=style,
        actions=scene.actions,
        dialogue=scene.dialogue,
        characters=scene.characters,
        script=script_of(scene.elements),
    )
