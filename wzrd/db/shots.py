"""Shot rows: public mirrors of the engine's items. A row that its owner deleted is simply no longer mirrored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, read_all, to_json


@dataclass(frozen=True, slots=True)
class ShotLine:
    """A shot as it stands in its scene."""

    shot_id: UUID
    shot_number: int
    shot_type: str | None
    prompt_idea: str | None
    visual_prompt: str | None


async def lock_scene(tx: Tx, scene_id: UUID) -> bool:
    """Take the scene's row lock, under which shot numbers are given; False when the scene is gone."""
    statement = text("select 1 from public.scenes where id = :scene_id for update")
    return await tx.scalar(statement, {"scene_id": scene_id}) is not None


# The scene is locked, so the highest number cannot change under us. WHERE EXISTS: a scene that was deleted takes no
# shots, and that is no failure. ON CONFLICT: a repeated step finds its rows.
_PLACE_SHOTS = text("""
    with top as (
        select greatest(coalesce(max(shot_number), 0), :floor) as number from public.shots where scene_id = :scene_id
    ), placed as (
        insert into public.shots (id, project_id, scene_id, shot_number, image_status, video_status, audio_status)
        select n.id, :project_id, :scene_id, top.number + row_number() over (order by n.ord),
            'pending', 'pending', 'pending'
        from top, unnest(cast(:ids as uuid[])) with ordinality as n(id, ord)
        where exists (select 1 from public.scenes where id = :scene_id and project_id = :project_id)
            and not exists (select 1 from public.shots where id = n.id)
        on conflict (id) do nothing returning id, shot_number
    )
    select id, shot_number from placed
    union select id, shot_number from public.shots where id = any(cast(:ids as uuid[]))
""")


async def place_shots(
    tx: Tx, *, project_id: UUID, scene_id: UUID, shot_ids: Sequence[UUID], floor: int
) -> dict[UUID, int]:
    """Insert blank shots numbered after the highest of the scene (or `floor`); returns the number of each."""
    values = {"project_id": project_id, "scene_id": scene_id, "ids": list(shot_ids), "floor": floor}
    return {row.id: row.shot_number for row in await tx.execute(_PLACE_SHOTS, values)}


async def write_draft(
    tx: Tx, shot_id: UUID, *, idea: str, shot_type: str, dialogue: str | None, packet: object
) -> None:
    """The shot has been conceived: idea and type are in its row."""
    statement = text("""
        update public.shots set prompt_idea = :idea, shot_type = :shot_type,
            dialogue = coalesce(nullif(:dialogue, ''), dialogue), shot_packet = cast(:packet as jsonb),
            updated_at = now()
        where id = :shot_id
    """)
    values = {
        "shot_id": shot_id,
        "idea": idea,
        "shot_type": shot_type,
        "dialogue": dialogue or "",
        "packet": to_json(packet),
    }
    await tx.execute(statement, values)


async def write_prompt(tx: Tx, shot_id: UUID, *, visual_prompt: str) -> None:
    """The shot's picture can be made: its visual prompt is in its row."""
    statement = text("""
        update public.shots set visual_prompt = :visual_prompt, image_status = 'prompt_ready', failure_reason = null,
            updated_at = now()
        where id = :shot_id
    """)
    await tx.execute(statement, {"shot_id": shot_id, "visual_prompt": visual_prompt})


async def revise_shot(tx: Tx, shot_id: UUID, *, idea: Mapping[str, Any], visual_prompt: str) -> None:
    """The shot is to show something else from now on: its words, and the idea that its packet keeps (`idea`)."""
    statement = text("""
        update public.shots set prompt_idea = :words, visual_prompt = :visual_prompt, updated_at = now(),
            shot_packet = case when jsonb_typeof(shot_packet) = 'object' then shot_packet else '{}' end
                || jsonb_build_object('shot', cast(:idea as jsonb))
        where id = :shot_id
    """)
    values = {"words": idea["idea"], "visual_prompt": visual_prompt, "idea": to_json(idea), "shot_id": shot_id}
    await tx.execute(statement, values)


async def drop_undelivered(tx: Tx, shot_ids: Sequence[UUID]) -> None:
    """Remove shots that a run placed and never wrote: no blank rows stay behind on the storyboard."""
    if shot_ids:
        statement = text("delete from public.shots where id = any(cast(:ids as uuid[])) and image_url is null")
        await tx.execute(statement, {"ids": list(shot_ids)})


async def count_scene_shots(tx: Tx, scene_id: UUID) -> int:
    """Number of shots in a scene."""
    return int(await tx.scalar(text("select count(*) from public.shots where scene_id = :id"), {"id": scene_id}) or 0)


async def list_scene_shots(tx: Tx, scene_id: UUID, *, but: Sequence[UUID] = ()) -> list[ShotLine]:
    """The scene's written shots in order, without those of the run that asks."""
    statement = text("""
        select id as shot_id, shot_number, shot_type, prompt_idea, visual_prompt from public.shots
        where scene_id = :scene_id and not id = any(cast(:but as uuid[])) and coalesce(prompt_idea, '') <> ''
        order by shot_number
    """)
    return read_all(ShotLine, await tx.execute(statement, {"scene_id": scene_id, "but": list(but)}))


# Three things are made of a shot, each with a status and an address of its own; the names are ours, never a user's.
_MADE = ("image", "video", "audio")


async def mark_generating(tx: Tx, shot_id: UUID, made: str) -> None:
    """The shot's image, video or audio is being made."""
    assert made in _MADE, made
    statement = text(f"""
        update public.shots set {made}_status = 'generating', failure_reason = null, {_progress(made, 0)}
            updated_at = now()
        where id = :shot_id
    """)
    await tx.execute(statement, {"shot_id": shot_id})


def _progress(made: str, percent: int) -> str:
    """Of what is made of a shot, its picture alone has a column for how far it is."""
    return f"image_progress = {percent}," if made == "image" else ""


async def note_image_progress(tx: Tx, percents: Mapping[UUID, int]) -> None:
    """Note the progress of these shots' pictures, 0 to 100."""
    statement = text("""
        update public.shots shot set image_progress = told.percent
        from unnest(cast(:ids as uuid[]), cast(:percents as int[])) as told(id, percent)
        where shot.id = told.id and shot.image_status = 'generating'
    """)
    if percents:
        await tx.execute(statement, {"ids": list(percents), "percents": list(percents.values())})


async def write_made(tx: Tx, shot_id: UUID, made: str, url: str | None, *, over_another: bool = True) -> bool:
    """The shot's image, video or audio is there; `url` None: its sound is done, and is none.

    `over_another` false: what somebody else has made of the shot meanwhile stays; then the answer is False.
    """
    assert made in _MADE, made
    kept = "" if over_another else f"and {made}_status is distinct from 'completed'"
    statement = text(f"""
        update public.shots set {made}_status = 'completed', {made}_url = :url, failure_reason = null,
            {_progress(made, 100)} updated_at = now()
        where id = :shot_id {kept}
    """)
    return (await tx.execute(statement, {"shot_id": shot_id, "url": url})).rowcount == 1


async def link_asset(tx: Tx, shot_id: UUID, made: str, url: str, asset_id: UUID) -> None:
    """The shot's image or video is this row of the project's assets, as far as it is still this file."""
    assert made in {"image", "video"}, made
    statement = text(f"update public.shots set {made}_asset_id = :asset_id where id = :shot_id and {made}_url = :url")
    await tx.execute(statement, {"shot_id": shot_id, "url": url, "asset_id": asset_id})


async def drop_take(tx: Tx, shot_id: UUID, url: str) -> None:
    """The shot's words are spoken in its clip: a take of ours is its sound no more, unless it has another by now."""
    statement = text("""
        update public.shots set audio_status = 'pending', audio_url = null, updated_at = now()
        where id = :shot_id and audio_url = :url
    """)
    await tx.execute(statement, {"shot_id": shot_id, "url": url})


async def write_instead(tx: Tx, shot_id: UUID, made: str, url: str, *, instead_of: str) -> None:
    """The shot's image, video or audio is this, unless it shows another by now than it did when that was begun.

    `instead_of`: the address that it showed then; empty: none.
    """
    assert made in _MADE, made
    statement = text(f"""
        update public.shots set {made}_status = 'completed', {made}_url = :url, {_progress(made, 100)}
            updated_at = now()
        where id = :shot_id and coalesce({made}_url, '') = :before
    """)
    await tx.execute(statement, {"shot_id": shot_id, "url": url, "before": instead_of})


async def mark_failed(tx: Tx, shot_ids: Sequence[UUID], made: str, reason: str) -> None:
    """The shots' image, video or audio could not be made; what stood there before stays.

    Where it is there (another run was quicker, or this one never came to it) nothing has failed.
    """
    assert made in _MADE, made
    statement = text(f"""
        update public.shots set {made}_status = 'failed', failure_reason = :reason, {_progress(made, 0)}
            updated_at = now()
        where id = any(cast(:ids as uuid[])) and {made}_status is distinct from 'completed'
    """)
    await tx.execute(statement, {"ids": list(shot_ids), "reason": reason})


async def mark_image_lost(tx: Tx, shot_id: UUID, url: str, reason: str) -> None:
    """The shot's picture, as far as it is still this one, is gone: whoever makes images next makes it again."""
    statement = text("""
        update public.shots set image_status = 'failed', failure_reason = :reason, updated_at = now()
        where id = :shot_id and image_url = :url
    """)
    await tx.execute(statement, {"shot_id": shot_id, "url": url, "reason": reason})


async def mark_waiting(tx: Tx, shot_ids: Sequence[UUID], made: str) -> None:
    """Nobody makes the shots' image, video or audio any more: those under way stand where they stood before."""
    assert made in _MADE, made
    before = "case when coalesce(visual_prompt, '') <> '' then 'prompt_ready' else 'pending' end"
    statement = text(f"""
        update public.shots set {made}_status = {before if made == "image" else "'pending'"}, {_progress(made, 0)}
            updated_at = now()
        where id = any(cast(:ids as uuid[])) and {made}_status = 'generating'
    """)
    await tx.execute(statement, {"ids": list(shot_ids)})


async def find_project_of_shot(tx: Tx, shot_id: UUID, *, user_id: UUID) -> UUID | None:
    """The project of a shot of this user's; None when there is none of theirs."""
    statement = text("""
        select project.id from public.shots shot
        join public.scenes scene on scene.id = shot.scene_id and scene.project_id = shot.project_id
        join public.projects project on project.id = shot.project_id and project.deleted_at is null
        where shot.id = :shot_id and project.user_id = :user_id
    """)
    return await tx.scalar(statement, {"shot_id": shot_id, "user_id": user_id})


async def is_there(tx: Tx, shot_id: UUID) -> bool:
    """True if the shot has not been deleted."""
    statement = text("select 1 from public.shots where id = :shot_id")
    return await tx.scalar(statement, {"shot_id": shot_id}) is not None


async def find_open_prompt(tx: Tx, project_id: UUID, shot_id: UUID, function: str) -> UUID | None:
    """The open run of this function about the shot, the oldest; one that is being canceled is none.

    The caller holds the project's lock.
    """
    statement = text("""
        select id from wzrd.runs where project_id = :project_id and status in ('queued', 'running', 'paused')
            and cancel_requested_at is null and params ->> 'function' = :function and params ->> 'shotId' = :shot_id
        order by created_at, id limit 1
    """)
    values = {"project_id": project_id, "function": function, "shot_id": str(shot_id)}
    return await tx.scalar(statement, values)
