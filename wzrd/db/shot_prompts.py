"""Who writes a shot's visual prompt: whose the shot is, and which open run writes it."""

from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx


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
