"""Files that users brought: `project_assets`. Those of generated shots are shot_assets'."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.contracts.wire import dumps
from wzrd.db.engine import Tx


@dataclass(frozen=True, slots=True)
class ProjectAsset:
    """One file of a project."""

    asset_id: UUID
    project_id: UUID
    name: str
    url: str
    type: str
    size: int
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])


# The project is asked for its owner in the same statement: it may have been deleted while the file came in.
_INSERT = text("""
    insert into public.project_assets (id, project_id, name, url, type, size, metadata)
    select :id, p.id, :name, :url, :type, :size, cast(:metadata as jsonb) from public.projects p
    where p.id = :project_id and p.user_id = :user_id and p.deleted_at is null
    returning created_at
""")


async def insert_asset(tx: Tx, asset: ProjectAsset, *, user_id: UUID) -> datetime | None:
    """Note the asset; when, or None: the project is not (or no more) the user's."""
    values = {
        "id": asset.asset_id,
        "project_id": asset.project_id,
        "name": asset.name,
        "url": asset.url,
        "type": asset.type,
        "size": asset.size,
        "metadata": dumps(asset.metadata).decode(),
        "user_id": user_id,
    }
    return await tx.scalar(_INSERT, values)
