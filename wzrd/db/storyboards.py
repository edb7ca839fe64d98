"""A project's storyboard: its scenes with their briefs and scripts, and every shot with what has been made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.contracts.wire import members_of
from wzrd.db.engine import Tx, read_all, read_first, to_json
from wzrd.db.screenplays import brief_of
from wzrd.db.shot_assets import Source
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot

# A style reference is a picture of the project's or of its owner's: nobody else's is fetched for them.
_PROJECT = text("""
    select id as project_id, user_id, coalesce(title, '') as title, aspect_ratio, coalesce((
            select delivery from public.project_settings where project_id = projects.id), '{}') as delivery, coalesce((
            select style.url from public.media_items style where style.id = projects.style_reference_asset_id
                and (style.project_id = projects.id or style.user_id = projects.user_id)), '') as style_url
    from public.projects
    where id = :project_id and deleted_at is null and (cast(:user_id as uuid) is null or user_id = :user_id)
""")

_SCENES = text("""
    select scene.id, scene.scene_number, scene.title, scene.description, scene.location, scene.lighting,
        scene.weather, project.tone, project.genre, project.video_style, script.elements, screenplay.cast_list
    from public.scenes scene
    join public.projects project on project.id = scene.project_id
    left join wzrd.scene_scripts script on script.scene_id = scene.id
    left join wzrd.screenplays screenplay on screenplay.project_id = project.id
    where scene.project_id = :project_id order by scene.scene_number, scene.id
""")

# The order is Director's Cut's: no number counts as 0. A shot whose scene lies in another project is nobody's: its
# owner would have it made at the other's expense.
_SHOT = """
    select shot.id as shot_id, shot.scene_id, shot.shot_number as number, coalesce(shot.shot_type, '') as shot_type,
        coalesce(shot.prompt_idea, '') as prompt_idea, coalesce(shot.visual_prompt, '') as visual_prompt,
        coalesce(shot.dialogue, '') as dialogue, coalesce(shot.sound_effects, '') as sound_effects,
        coalesce(shot.image_url, '') as image_url, shot.image_status, coalesce(shot.video_url, '') as video_url,
        shot.video_status, coalesce(shot.audio_url, '') as audio_url, shot.audio_status, shot.locked,
        shot.shot_packet as packet
    from public.shots shot join public.scenes scene on scene.id = shot.scene_id and scene.project_id = shot.project_id
"""
_SHOTS = text(f"{_SHOT} where shot.project_id = :project_id order by coalesce(shot.shot_number, 0), shot.id")
_ONE_SHOT = text(f"{_SHOT} where shot.id = :shot_id and shot.project_id = :project_id")
_IMAGE_BEFORE = text("""
    select image_url, image_asset_id from public.shots
    where scene_id = :scene_id and shot_number < :number and image_status = 'completed' and image_url <> ''
    order by shot_number desc limit 1
""")


async def read_storyboard(tx: Tx, project_id: UUID, *, user_id: UUID | None = None) -> Storyboard | None:
    """The project (of `user_id`, or anybody's when None) as a storyboard; None when there is none."""
    storyboard = read_first(_reel, await tx.execute(_PROJECT, {"project_id": project_id, "user_id": user_id}))
    if storyboard is None:
        return None
    rows = (await tx.execute(_SCENES, {"project_id": project_id})).mappings().all()
    shots: dict[UUID, list[StoryboardShot]] = {}
    for shot in read_all(_shot, await tx.execute(_SHOTS, {"project_id": project_id})):
        shots.setdefault(shot.scene_id, []).append(shot)
    return replace(storyboard, scenes=tuple(_scene(row, shots.get(row["id"], [])) for row in rows))


async def write_delivery(tx: Tx, project_id: UUID, delivery: Mapping[str, Any]) -> None:
    """Have the project's films in this format, what it leaves open as before.

    A row that is made for it names no models: those of the table's defaults are nobody's choice.
    """
    statement = text("""
        insert into public.project_settings as settings (project_id, base_text_model, base_image_model,
            base_video_model, delivery)
        values (:id, null, null, null, cast(:delivery as jsonb))
        on conflict (project_id) do update set delivery = coalesce(settings.delivery, '{}') || excluded.delivery
    """)
    await tx.execute(statement, {"id": project_id, "delivery": to_json(delivery)})


async def find_shot(tx: Tx, project_id: UUID, shot_id: UUID) -> StoryboardShot | None:
    """One shot of the project as it stands now; None when it is not, or no longer, there."""
    return read_first(_shot, await tx.execute(_ONE_SHOT, {"shot_id": shot_id, "project_id": project_id}))


async def find_image_before(tx: Tx, shot: StoryboardShot) -> Source | None:
    """The picture that its scene has of the latest shot before this one."""
    row = (await tx.execute(_IMAGE_BEFORE, {"scene_id": shot.scene_id, "number": shot.number or 0})).first()
    return Source(row.image_url, row.image_asset_id) if row else None


async def read_models(tx: Tx, project_id: UUID) -> dict[str, str]:
    """The models that the project's settings name, by media type (`text`, `image`, `video`, `audio`); often none.

    `prompt` is the one that writes visual prompts.
    """
    statement = text("""
        select media, model from public.project_settings, lateral (values ('text', base_text_model),
            ('image', base_image_model), ('video', base_video_model), ('audio', base_audio_model),
            ('prompt', storyline_text_model)
        ) as named (media, model) where project_id = :project_id and model <> ''
    """)
    return {row.media: row.model for row in await tx.execute(statement, {"project_id": project_id})}


def _scene(row: Any, shots: Sequence[StoryboardShot]) -> StoryboardScene:
    brief = brief_of({**row, "scene_number": row["scene_number"] or 0})
    return StoryboardScene(row["id"], row["scene_number"], brief, tuple(shots))


def _reel(*, delivery: object, **columns: Any) -> Storyboard:
    """The setting is the client's to write: what is no object says nothing."""
    known = members_of(delivery)
    return Storyboard(scenes=(), delivery=known, **columns)


def _shot(*, packet: object, **columns: Any) -> StoryboardShot:
    """The packet is the client's to write: what is no object says nothing."""
    known = members_of(packet)
    return StoryboardShot(packet=known, **columns)
