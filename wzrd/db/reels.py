"""A project's reel: its scenes with their briefs and scripts, and every shot with what has been made of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx
from wzrd.db.screenplays import brief_of
from wzrd.domain.reels import Reel, ReelScene, ReelShot

_PROJECT = text("""
    select id, user_id, coalesce(title, ''), aspect_ratio from public.projects
    where id = :project_id and deleted_at is null and (cast(:user_id as uuid) is null or user_id = :user_id)
""")

_SCENES = text("""
    select scene.id, scene.scene_number, scene.title, scene.description, scene.location, scene.lighting,
        scene.weather, project.tone, project.genre, project.video_style, script.elements
    from public.scenes scene
    join public.projects project on project.id = scene.project_id
    left join wzrd.scene_scripts script on script.scene_id = scene.id
    where scene.project_id = :project_id order by scene.scene_number, scene.id
""")

# The order is Director's Cut's: no number counts as 0. A shot whose scene lies in another project is nobody's: its
# owner would have it made at the other's expense.
_SHOTS = text("""
    select shot.id, shot.scene_id, shot.shot_number, coalesce(shot.shot_type, ''), coalesce(shot.prompt_idea, ''),
        coalesce(shot.visual_prompt, ''), coalesce(shot.dialogue, ''), coalesce(shot.sound_effects, ''),
        coalesce(shot.image_url, ''), shot.image_status, coalesce(shot.video_url, ''), shot.video_status,
        coalesce(shot.audio_url, ''), shot.audio_status, coalesce(shot.shot_packet, '{}')
    from public.shots shot join public.scenes scene on scene.id = shot.scene_id and scene.project_id = shot.project_id
    where shot.project_id = :project_id order by coalesce(shot.shot_number, 0), shot.id
""")


async def read_reel(tx: Tx, project_id: UUID, *, user_id: UUID | None = None) -> Reel | None:
    """The project (of `user_id`, or anybody's when None) as a reel; None when there is none."""
    project = (await tx.execute(_PROJECT, {"project_id": project_id, "user_id": user_id})).first()
    if project is None:
        return None
    scenes = (await tx.execute(_SCENES, {"project_id": project_id})).mappings().all()
    shots: dict[UUID, list[ReelShot]] = {}
    for row in await tx.execute(_SHOTS, {"project_id": project_id}):
        shots.setdefault(row[1], []).append(_shot(row))
    project_id, owner, title, aspect_ratio = project
    return Reel(
        project_id, owner, title, aspect_ratio, tuple(_scene(scene, shots.get(scene["id"], [])) for scene in scenes)
    )


async def read_models(tx: Tx, project_id: UUID) -> dict[str, str]:
    """The models that the project's settings name, by media type (`text`, `image`, `video`, `audio`); often none."""
    statement = text("""
        select media, model from public.project_settings, lateral (values ('text', base_text_model),
            ('image', base_image_model), ('video', base_video_model), ('audio', base_audio_model)
        ) as named (media, model) where project_id = :project_id and model <> ''
    """)
    return {row.media: row.model for row in await tx.execute(statement, {"project_id": project_id})}


def _scene(row: Any, shots: Sequence[ReelShot]) -> ReelScene:
    brief = brief_of({**row, "scene_number": row["scene_number"] or 0})
    return ReelScene(row["id"], row["scene_number"], brief, tuple(shots))


def _shot(row: Any) -> ReelShot:
    *columns, packet = row
    return ReelShot(*columns, packet if isinstance(packet, dict) else {})  # pyright: ignore[reportCallIssue, reportUnknownArgumentType] - the columns are in the order of the fields
