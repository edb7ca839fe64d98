"""Shots that gen-shots has written, as its log and the studio's table tell them."""

import json
import uuid
from collections import defaultdict
from typing import Any

from sqlalchemy import text

from tests.playing import log_of
from tests.rows import Studio
from wzrd.runtime.process import Runtime

PHASES = ["creating", "drafting", "enriching", "ready"]


async def check_whole(runtime: Runtime, run_id: uuid.UUID, count: int) -> list[dict[str, Any]]:
    """Exactly `count` shots, each through its four phases once and in order; the final event of each."""
    log = await log_of(runtime, run_id)
    assert [name for name, _ in log].count("meta") == 1
    assert [name for name, _ in log].count("done") == 1
    assert log[-1][0] == "done"
    assert log[-1][1]["total"] == count
    shots: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, data in log:
        if name == "shot":
            shots[data["id"]].append(data)
    assert len(shots) == count
    assert all([data["status"] for data in seen] == PHASES for seen in shots.values())
    assert all(len({data["shot_number"] for data in seen}) == 1 for seen in shots.values())
    return [seen[-1] for seen in shots.values()]


async def rows_of(runtime: Runtime, studio: Studio) -> list[Any]:
    """The project's shots as the studio's table has them, by number."""
    statement = text("select * from public.shots where project_id = :id order by scene_id, shot_number")
    async with runtime.begin() as tx:
        return list(await tx.execute(statement, {"id": studio.project_id}))


def answer(*ideas: str) -> str:
    """Answer of a good model."""
    return json.dumps({"shots": list(ideas)})
