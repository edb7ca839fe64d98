"""The studio's timeline and its finished files: `timeline_assets` and `final_project_assets`."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.contracts.wire import members_of
from wzrd.db.engine import Tx, read_all, to_json
from wzrd.domain.timeline import FinalAudio, TimelineRow

_INSERT = text("""
    insert into public.timeline_assets
        (id, project_id, user_id, scene_id, shot_id, asset_type, source_url, duration_ms, position_order, metadata)
    select asset_id, :project_id, :user_id, scene_id, shot_id, asset_type, source_url, duration_ms, position, metadata
    from jsonb_to_recordset(cast(:rows as jsonb)) as row (asset_id uuid, scene_id uuid, shot_id uuid, asset_type text,
        source_url text, duration_ms integer, position integer, metadata jsonb)
""")


async def replace_timeline(tx: Tx, project_id: UUID, user_id: UUID, rows: Sequence[TimelineRow]) -> None:
    """Make these the project's timeline, whoever's rows stood there. The caller holds the project's lock."""
    await tx.execute(text("delete from public.timeline_assets where project_id = :id"), {"id": project_id})
    if rows:
        values = {"project_id": project_id, "user_id": user_id, "rows": to_json(list(rows))}
        await tx.execute(_INSERT, values)


async def list_timeline(tx: Tx, project_id: UUID, user_id: UUID) -> list[TimelineRow]:
    """The user's rows of the project that name a file, in order."""
    statement = text("""
        select id as asset_id, scene_id, shot_id, asset_type, source_url, duration_ms, position_order as position,
            metadata
        from public.timeline_assets
        where project_id = :project_id and user_id = :user_id and coalesce(source_url, '') <> ''
        order by position_order, created_at, id
    """)
    values = {"project_id": project_id, "user_id": user_id}
    return read_all(_timeline_row, await tx.execute(statement, values))


async def list_final_audio(tx: Tx, project_id: UUID, user_id: UUID) -> list[FinalAudio]:
    """The sounds of the whole project, oldest first."""
    statement = text("""
        select id as asset_id, file_url, duration_ms, metadata from public.final_project_assets
        where project_id = :project_id and user_id = :user_id and asset_type = 'audio' and coalesce(file_url, '') <> ''
        order by created_at, id
    """)
    values = {"project_id": project_id, "user_id": user_id}
    return read_all(_final_audio, await tx.execute(statement, values))


def _timeline_row(*, metadata: object, **columns: Any) -> TimelineRow:
    return TimelineRow(metadata=members_of(metadata), **columns)


def _final_audio(*, metadata: object, **columns: Any) -> FinalAudio:
    return FinalAudio(metadata=members_of(metadata), **columns)


# WHERE EXISTS: a project that was deleted meanwhile takes no film, and that is no failure.
_INSERT_FILM = text("""
    insert into public.final_project_assets
        (id, project_id, user_id, asset_type, file_url, storage_bucket, storage_path, file_size, duration_ms, metadata)
    select :id, :project_id, :user_id, 'video', :url, :bucket, :path, :size, :duration_ms, cast(:metadata as jsonb)
    where exists (select 1 from public.projects where id = :project_id)
    on conflict (id) do update set file_url = excluded.file_url, storage_bucket = excluded.storage_bucket,
        storage_path = excluded.storage_path, file_size = excluded.file_size, duration_ms = excluded.duration_ms,
        metadata = excluded.metadata, updated_at = now()
""")


async def store_film(
    tx: Tx,
    *,
    asset_id: UUID,
    project_id: UUID,
    user_id: UUID,
    url: str,
    bucket: str,
    path: str,
    size: int,
    duration_ms: int,
    metadata: Mapping[str, Any],
) -> None:
    """Show a film among the project's finished files; the same id again means the same job's newer film."""
    values = {
        "id": asset_id,
        "project_id": project_id,
        "user_id": user_id,
        "url": url,
        "bucket": bucket,
        "path": path,
        "size": size,
        "duration_ms": duration_ms,
        "metadata": to_json(metadata),
    }
    await tx.execute(_INSERT_FILM, values)
