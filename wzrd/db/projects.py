"""Projects and scenes as requests need them: who owns what, which scene is meant, and files that users brought."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.contracts.wire import dumps
from wzrd.db.engine import Tx, read_all, read_first
from wzrd.domain.project_choice import SceneLine


@dataclass(frozen=True, slots=True)
class SceneRef:
    """A project, and the scene that a request means (None: it has no such scene)."""

    project_id: UUID
    user_id: UUID
    scene_id: UUID | None
    title: str = ""
    scene_number: int | None = None


# One query answers both questions, and a stranger's scene id finds nothing inside the caller's own project.
_PLACE = text("""
    select p.id as project_id, p.user_id, s.id as scene_id, coalesce(p.title, '') as title, s.scene_number
    from public.projects p
    left join lateral (
        select id, scene_number from public.scenes where project_id = p.id
            and (cast(:scene_id as uuid) is null or id = cast(:scene_id as uuid))
        order by scene_number, id limit 1
    ) s on true
    where p.id = :project_id and p.deleted_at is null
        and (cast(:user_id as uuid) is null or p.user_id = cast(:user_id as uuid))
""")


async def find_scene(tx: Tx, project_id: UUID, scene_id: UUID | None, *, user_id: UUID | None) -> SceneRef | None:
    """The project (of `user_id`, or anybody's when None) with the scene named, or its first one."""
    values = {"project_id": project_id, "scene_id": scene_id, "user_id": user_id}
    return read_first(SceneRef, await tx.execute(_PLACE, values))


_OWN = text("""
    select id from public.projects
    where id = any(cast(:project_ids as uuid[])) and user_id = :user_id and deleted_at is null
""")


async def find_own_projects(tx: Tx, user_id: UUID, project_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the projects that are the user's."""
    rows = await tx.execute(_OWN, {"project_ids": list(project_ids), "user_id": user_id})
    return frozenset(rows.scalars())


async def lock_project(tx: Tx, project_id: UUID, *, user_id: UUID | None) -> UUID | None:
    """Take the project's row lock, under which batches about it are started one at a time; returns its owner.

    None when there is no such project (of `user_id`). Not FOR UPDATE: rows that refer to the project stay free.
    """
    statement = text("""
        select user_id from public.projects where id = :project_id and deleted_at is null
            and (cast(:user_id as uuid) is null or user_id = cast(:user_id as uuid)) for no key update
    """)
    return await tx.scalar(statement, {"project_id": project_id, "user_id": user_id})


async def list_scenes(tx: Tx, project_id: UUID) -> list[SceneLine]:
    """The project's scenes in order, and their shots."""
    statement = text("""
        select s.id as scene_id, s.scene_number as number, coalesce(s.title, '') as title,
            coalesce(s.location, '') as location, coalesce((
                select jsonb_agg(jsonb_build_object('id', id, 'number', shot_number)
                    order by coalesce(shot_number, 0), id)
                from public.shots where scene_id = s.id and project_id = s.project_id), '[]') as shots
        from public.scenes s where s.project_id = :project_id order by s.scene_number, s.id
    """)
    return read_all(SceneLine, await tx.execute(statement, {"project_id": project_id}))


async def find_meant_projects(tx: Tx, typed: str, *, user_id: UUID | None = None) -> list[tuple[UUID, str]]:
    """Projects (the user's, or anybody's) that a person may mean by an id, the beginning of one, or a title: a few."""
    statement = text("""
        select id, coalesce(title, '') as title from public.projects
        where deleted_at is null and (lower(btrim(title)) = lower(:typed) or starts_with(id::text, lower(:typed)))
            and (cast(:user_id as uuid) is null or user_id = cast(:user_id as uuid))
        order by created_at desc, id limit 20
    """)
    found = await tx.execute(statement, {"typed": typed.strip(), "user_id": user_id})
    return [(row.id, row.title) for row in found]


async def list_projects(tx: Tx, user_id: UUID, *, limit: int | None = None) -> list[tuple[UUID, str]]:
    """The user's projects, newest first: id and title."""
    statement = text("""
        select id, coalesce(title, '') as title from public.projects where user_id = :user_id and deleted_at is null
        order by created_at desc, id limit :limit
    """)
    found = await tx.execute(statement, {"user_id": user_id, "limit": limit})
    return [(row.id, row.title) for row in found]


@dataclass(frozen=True, slots=True)
class ProjectTitle:
    """A project's title. `shared`: an older project, of anybody, has the same."""

    title: str
    shared: bool


async def find_title(tx: Tx, project_id: UUID) -> ProjectTitle | None:
    """The project's title, deleted or not; None where it is gone."""
    statement = text("""
        select coalesce(p.title, '') as title, exists (
            select 1 from public.projects o where lower(o.title) = lower(p.title) and o.id <> p.id
                and (o.created_at, o.id) < (p.created_at, p.id)
        ) as shared
        from public.projects p where p.id = :id
    """)
    return read_first(ProjectTitle, await tx.execute(statement, {"id": project_id}))


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
_INSERT_ASSET = text("""
    insert into public.project_assets (id, project_id, name, url, type, size, metadata)
    select :asset_id, p.id, :name, :url, :type, :size, cast(:metadata as jsonb) from public.projects p
    where p.id = :project_id and p.user_id = :user_id and p.deleted_at is null
    returning created_at
""")


async def insert_asset(tx: Tx, asset: ProjectAsset, *, user_id: UUID) -> datetime | None:
    """Note the asset; when, or None: the project is not (or no more) the user's."""
    values = {**asdict(asset), "metadata": dumps(asset.metadata).decode(), "user_id": user_id}
    return await tx.scalar(_INSERT_ASSET, values)
