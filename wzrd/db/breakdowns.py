"""Edits of a project's breakdown, by version; how it is read is not kept here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text

from wzrd.contracts.breakdown import Breakdown, SceneBreakdown
from wzrd.db.engine import Tx, to_json


@dataclass(frozen=True, slots=True)
class StoredEdits:
    """Edits of a breakdown: people, places and props (`listed`, without scenes), and scenes by their ids.

    `version` rises with each writing, 0 where there was none. `reader`: the model that reads the scenes; empty: rules.
    """

    version: int = 0
    reader: str = ""
    listed: Breakdown = field(default_factory=Breakdown)
    scenes: Mapping[UUID, SceneBreakdown] = field(default_factory=dict[UUID, SceneBreakdown])


@dataclass(frozen=True, slots=True)
class SceneEdit:
    """A scene as somebody has it (None: as it is read), and the stamp of what its shots are written from."""

    body: SceneBreakdown | None
    stamp: str


_SELECT = text("select version, reader, body from wzrd.breakdowns where project_id = :project_id")
_SELECT_SCENES = text("""
    select edit.scene_id, edit.body from wzrd.scene_breakdowns edit join public.scenes scene on scene.id = edit.scene_id
    where scene.project_id = :project_id and edit.body is not null
""")

# Of two writers of one version the second waits for the first's commit, and then finds another version.
_WRITE = text("""
    insert into wzrd.breakdowns (project_id, body, reader)
    select :project_id, cast(:body as jsonb), :reader
    where :expected = 0 or exists (select 1 from wzrd.breakdowns where project_id = :project_id)
    on conflict (project_id) do update
        set body = excluded.body, reader = excluded.reader, version = breakdowns.version + 1, updated_at = now()
        where breakdowns.version = :expected
    returning version
""")
_CLEAR_SCENES = text("""
    delete from wzrd.scene_breakdowns where scene_id in (select id from public.scenes where project_id = :project_id)
""")
_INSERT_SCENES = text("""
    insert into wzrd.scene_breakdowns (scene_id, body, stamp)
    select edit.scene_id, edit.body, edit.stamp
    from jsonb_to_recordset(cast(:rows as jsonb)) as edit (scene_id uuid, body jsonb, stamp text)
    join public.scenes scene on scene.id = edit.scene_id and scene.project_id = :project_id
""")


async def find_edits(tx: Tx, project_id: UUID) -> StoredEdits:
    """The edits of a project's breakdown, none where nobody has made any."""
    row = (await tx.execute(_SELECT, {"project_id": project_id})).first()
    if row is None:
        return StoredEdits()
    rows = await tx.execute(_SELECT_SCENES, {"project_id": project_id})
    scenes = {one.scene_id: SceneBreakdown.model_validate(one.body) for one in rows}
    return StoredEdits(row.version, row.reader, Breakdown.model_validate(row.body), scenes)


async def write_edits(
    tx: Tx, project_id: UUID, listed: Breakdown, scenes: Mapping[UUID, SceneEdit], *, reader: str, expected: int
) -> int | None:
    """Keep edits in the place of those of version `expected`; returns the new version, None if that is another."""
    body = to_json(listed.model_dump(mode="json", exclude={"scenes"}))
    values = {"project_id": project_id, "body": body, "reader": reader, "expected": expected}
    version = await tx.scalar(_WRITE, values)
    if version is None:
        return None
    rows = [
        {"scene_id": str(key), "body": one.body and one.body.model_dump(mode="json"), "stamp": one.stamp}
        for key, one in scenes.items()
    ]
    await tx.execute(_CLEAR_SCENES, {"project_id": project_id})
    await tx.execute(_INSERT_SCENES, {"project_id": project_id, "rows": to_json(rows)})
    return version
