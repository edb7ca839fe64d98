"""Shots that tests put into scenes by hand."""

import uuid
from typing import Any

from sqlalchemy import text

from wzrd.db.engine import Tx


async def insert_shot(tx: Tx, project_id: uuid.UUID, scene_id: uuid.UUID, number: int, **columns: Any) -> uuid.UUID:
    """A shot with these columns; the others as the table fills them."""
    shot_id = uuid.uuid4()
    names = ["id", "project_id", "scene_id", "shot_number", *columns]
    values = ", ".join(f":{name}" for name in names)
    statement = text(f"insert into public.shots ({', '.join(names)}) values ({values})")
    row = {"id": shot_id, "project_id": project_id, "scene_id": scene_id, "shot_number": number, **columns}
    await tx.execute(statement, row)
    return shot_id
