"""A shot as its own functions need it, and the open work on it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, read_first
from wzrd.db.projects import lock_project

OUTPUT = "output"
"""The key of the item of a run that makes one shot alone; a batch's is `<media>/<shot>`."""


@dataclass(frozen=True, slots=True)
class ShotRef:
    """A shot in its project, with what its picture and clip are made of; absent texts are empty."""

    shot_id: UUID
    scene_id: UUID
    project_id: UUID
    user_id: UUID
    visual_prompt: str
    prompt_idea: str
    dialogue: str
    aspect_ratio: str | None
    image_model: str
    style_url: str | None


# A shot whose scene lies in another project is nobody's: its owner would have it made at the other's expense.
_SHOT = text("""
    select shot.id as shot_id, shot.scene_id, shot.project_id, project.user_id,
        coalesce(shot.visual_prompt, '') as visual_prompt, coalesce(shot.prompt_idea, '') as prompt_idea,
        coalesce(shot.dialogue, '') as dialogue,
        project.aspect_ratio, coalesce(settings.base_image_model, '') as image_model,
        (select nullif(url, '') from public.media_items where id = project.style_reference_asset_id
            and (project_id = project.id or user_id = project.user_id)) as style_url
    from public.shots shot
    join public.scenes scene on scene.id = shot.scene_id and scene.project_id = shot.project_id
    join public.projects project on project.id = shot.project_id and project.deleted_at is null
    left join public.project_settings settings on settings.project_id = project.id
    where shot.id = :shot_id and project.user_id = :user_id
""")


async def find_own_shot(tx: Tx, shot_id: UUID, *, user_id: UUID) -> ShotRef | None:
    """The user's shot; None when there is none of theirs."""
    return read_first(ShotRef, await tx.execute(_SHOT, {"shot_id": shot_id, "user_id": user_id}))


@dataclass(frozen=True, slots=True)
class OpenWork:
    """An item of an open run that makes a shot's picture or clip."""

    run_id: UUID
    item_key: str


# Both keys are known, so that each open run of the project is asked for two rows by their primary key, however many
# items it has. A run that is being canceled is no work that anybody should wait for.
_OPEN = """
    select run.id as run_id, item.key as item_key
    from wzrd.runs run join wzrd.run_items item on item.run_id = run.id
    where run.project_id = :project_id and run.status in ('queued', 'running', 'paused')
        and run.cancel_requested_at is null and item.key in ('output', :batch_key)
        and item.entity_id = :shot_id and item.entity_type = :entity_type
"""
_TO_JOIN = text(f"{_OPEN} and item.status in ('pending', 'running') order by run.created_at, run.id limit 1")
_IN_THE_WAY = text(f"""{_OPEN} and run.id <> :run_id
    and (item.status = 'running' or (item.key = 'output' and item.status = 'pending'))
    order by run.created_at, run.id limit 1
""")


async def find_open_work(tx: Tx, project_id: UUID, shot_id: UUID, media: str) -> OpenWork | None:
    """The open work on a shot's `image`, `video` or `audio`, begun or not. The caller holds the project's lock."""
    return read_first(OpenWork, await tx.execute(_TO_JOIN, _values(project_id, shot_id, media)))


async def find_concurrent_work(tx: Tx, project_id: UUID, shot_id: UUID, media: str, *, run_id: UUID) -> OpenWork | None:
    """Another run's work on it that a batch waits for: what has begun, and a run of its own, which waits for nobody.

    Two batches do not wait for each other: what has not begun is in nobody's way. The caller holds the project's lock.
    """
    values = {**_values(project_id, shot_id, media), "run_id": run_id}
    return read_first(OpenWork, await tx.execute(_IN_THE_WAY, values))


async def list_being_made(tx: Tx, project_id: UUID, media: str) -> frozenset[UUID]:
    """The shots of which open runs make, or are yet to make, a picture or clip. The caller holds the project's lock."""
    statement = text("""
        select item.entity_id from wzrd.runs run join wzrd.run_items item on item.run_id = run.id
        where run.project_id = :project_id and run.status in ('queued', 'running', 'paused')
            and run.cancel_requested_at is null and item.entity_type = :entity_type
            and item.status in ('pending', 'running')
    """)
    values = {"project_id": project_id, "entity_type": f"shot_{media}"}
    return frozenset((await tx.execute(statement, values)).scalars())


def _values(project_id: UUID, shot_id: UUID, media: str) -> dict[str, object]:
    return {
        "project_id": project_id,
        "shot_id": shot_id,
        "entity_type": f"shot_{media}",
        "batch_key": f"{media}/{shot_id}",
    }


@dataclass(frozen=True, slots=True)
class Claim:
    """State in which a batch finds a shot: `made` is the address of what is there by now; `locked`: leave it alone."""

    concurrent: OpenWork | None
    made: str = ""
    gone: bool = False
    locked: bool = False


async def look_before_work(tx: Tx, project_id: UUID, shot_id: UUID, media: str, *, run_id: UUID) -> Claim:
    """Take the project's lock, under which work on its shots is begun, and see whether this shot still needs any."""
    await lock_project(tx, project_id, user_id=None)
    concurrent = await find_concurrent_work(tx, project_id, shot_id, media, run_id=run_id)
    assert media in {"image", "video"}, media
    statement = text(f"""
        select case when {media}_status = 'completed' then coalesce({media}_url, '') else '' end as made, locked
        from public.shots where id = :shot_id
    """)
    shot = (await tx.execute(statement, {"shot_id": shot_id})).first()
    return Claim(concurrent, gone=True) if shot is None else Claim(concurrent, shot.made, locked=shot.locked)
