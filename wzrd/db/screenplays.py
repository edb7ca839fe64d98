"""A screenplay in the database: project, scenes and what is said in them; and a scene's brief read back."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from wzrd.db.engine import Tx, to_json
from wzrd.domain.errors import Conflict
from wzrd.domain.ids import derive
from wzrd.domain.shots import SceneBrief
from wzrd.screenplay.elements import elements_from_json, elements_to_json
from wzrd.screenplay.model import Scene, Screenplay, action_paragraphs, cast_of, script_of, speakers, spoken_lines

# A second import under the same id, at once or later, gets no row back: it waits for the first to commit.
_INSERT_PROJECT = text("""
    insert into public.projects (id, user_id, title, genre, tone, aspect_ratio, video_style)
    values (:id, :user_id, :title, nullif(:genre, ''), nullif(:tone, ''),
        coalesce(nullif(:aspect_ratio, ''), '16:9'), nullif(:style, ''))
    on conflict (id) do nothing
    returning id
""")

_INSERT_SCENES = text("""
    insert into public.scenes (id, project_id, scene_number, title, description, location, lighting, weather,
        story_goal, location_details)
    select id, :project_id, scene_number, title, nullif(description, ''), nullif(location, ''),
        nullif(lighting, ''), nullif(weather, ''), nullif(story_goal, ''), location_details
    from jsonb_to_recordset(cast(:rows as jsonb)) as scene (id uuid, scene_number integer, title text,
        description text, location text, lighting text, weather text, story_goal text, location_details jsonb)
""")

_INSERT_SCRIPTS = text("""
    insert into wzrd.scene_scripts (scene_id, elements)
    select id, elements from jsonb_to_recordset(cast(:rows as jsonb)) as scene (id uuid, elements jsonb)
""")

# A scene that reads exactly as it did in the newest former version of the film keeps the shots that were written then.
# The film's genre, tone and style count too: the writer was told them, and the prompts have them.
_CARRY_OVER = text("""
    with target as (
        select scene.id, scene.title, scene.description, scene.location, scene.lighting, scene.weather,
            script.elements, project.title as film, project.genre, project.tone, project.video_style
        from public.scenes scene join wzrd.scene_scripts script on script.scene_id = scene.id
        join public.projects project on project.id = scene.project_id
        where scene.project_id = :project_id
            and not exists (select 1 from public.shots where scene_id = scene.id)
    ), source as (
        select distinct on (target.id) target.id as target_id, former.id as source_id
        from target
        join public.projects project on project.user_id = :user_id and project.id <> :project_id
            and project.deleted_at is null and project.title = target.film
            and row(project.genre, project.tone, project.video_style)
                is not distinct from row(target.genre, target.tone, target.video_style)
        join public.scenes former on former.project_id = project.id
            and row(former.title, former.description, former.location, former.lighting, former.weather)
                is not distinct from
                row(target.title, target.description, target.location, target.lighting, target.weather)
        join wzrd.scene_scripts script on script.scene_id = former.id and script.elements = target.elements
        where (select count(*) from public.shots where scene_id = former.id and prompt_idea <> '')
            = coalesce(cast(:count as int), nullif(
                (select count(*) from public.shots where scene_id = former.id and prompt_idea <> ''), 0))
        order by target.id, project.created_at desc, former.id
    )
    insert into public.shots (id, project_id, scene_id, shot_number, shot_type, prompt_idea, visual_prompt, dialogue,
        sound_effects, shot_packet, image_status, video_status, audio_status)
    select gen_random_uuid(), :project_id, source.target_id, shot.shot_number, shot.shot_type, shot.prompt_idea,
        shot.visual_prompt, shot.dialogue, shot.sound_effects, shot.shot_packet,
        case when coalesce(shot.visual_prompt, '') <> '' then 'prompt_ready' else 'pending' end, 'pending', 'pending'
    from source join public.shots shot on shot.scene_id = source.source_id
    where shot.prompt_idea <> ''
    returning scene_id
""")

_SELECT_BRIEF = text("""
    select scene.scene_number, scene.title, scene.description, scene.location, scene.lighting, scene.weather,
        project.tone, project.genre, project.video_style, script.elements
    from public.scenes scene
    join public.projects project on project.id = scene.project_id
    left join wzrd.scene_scripts script on script.scene_id = scene.id
    where scene.id = :scene_id
""")


async def insert_screenplay(tx: Tx, *, user_id: uuid.UUID, project_id: uuid.UUID, screenplay: Screenplay) -> uuid.UUID:
    """Make the project, its scenes and their scripts, all in the caller's transaction; returns the project's id.

    A scene's id is `derive(project_id, "scene", number)`.

    Raises:
        Conflict: there is a project of this id already; nothing was changed.
    """
    values = {
        "id": project_id,
        "user_id": user_id,
        "title": screenplay.title,
        "genre": screenplay.genre,
        "tone": screenplay.tone,
        "aspect_ratio": screenplay.aspect_ratio,
        "style": screenplay.style,
    }
    if not await tx.scalar(_INSERT_PROJECT, values):
        raise Conflict(f"project {project_id} exists already; import the screenplay under another id")
    rows = to_json([_scene_row(project_id, scene) for scene in screenplay.scenes])
    await tx.execute(_INSERT_SCENES, {"project_id": project_id, "rows": rows})
    await tx.execute(_INSERT_SCRIPTS, {"rows": rows})
    return project_id


async def carry_shots_over(tx: Tx, user_id: uuid.UUID, project_id: uuid.UUID, *, count: int | None = None) -> int:
    """Give scenes without shots those of the same scene, word for word, in a former project of the same title.

    `count`: only where there are exactly so many. Returns how many scenes got their shots.
    """
    values = {"user_id": user_id, "project_id": project_id, "count": count}
    return len({row.scene_id for row in await tx.execute(_CARRY_OVER, values)})


def _scene_row(project_id: uuid.UUID, scene: Scene) -> dict[str, Any]:
    return {
        "id": derive(project_id, "scene", scene.number),
        "scene_number": scene.number,
        "title": scene.title,
        "description": scene.description,
        "location": scene.location,
        "lighting": scene.lighting,
        "weather": scene.weather,
        "story_goal": scene.synopsis,
        "location_details": {
            "heading": scene.heading,
            "intExt": scene.int_ext,
            "place": scene.place,
            "timeOfDay": scene.time_of_day,
            "label": scene.label,
        },
        "elements": elements_to_json(scene.elements),
    }


async def read_brief(tx: Tx, scene_id: uuid.UUID) -> SceneBrief | None:
    """Brief of this scene for a writer, or None if there is none; the caller has checked its owner.

    The scene's row wins over the file it came from, since people edit it. A scene that was not imported has no
    script: its brief is without actions and dialogue.
    """
    row = (await tx.execute(_SELECT_BRIEF, {"scene_id": scene_id})).mappings().one_or_none()
    return brief_of(row) if row else None


def brief_of(row: Mapping[Any, Any]) -> SceneBrief:
    """A scene's brief from its row with its project's tone, genre and style, and its script's elements."""
    elements = elements_from_json(row["elements"])
    lines = spoken_lines(elements)
    return SceneBrief(
        number=row["scene_number"],
        title=row["title"] or "",
        description=row["description"] or "",
        location=row["location"] or "",
        lighting=row["lighting"] or "",
        weather=row["weather"] or "",
        tone=row["tone"] or "",
        genre=row["genre"] or "",
        style=row["video_style"] or "",
        actions=action_paragraphs(elements),
        dialogue=lines,
        characters=speakers(lines),
        script=script_of(elements),
        cast=cast_of(elements),
    )
