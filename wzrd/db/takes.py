"""Takes: every picture, clip and voice of a shot, the chosen ones, and the approval of stills.

The trigger of `migrations/0023_takes.sql` keeps what is written to a shot's row, whoever writes it. The chosen take is
the one whose address the row has.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, read_all, read_first

Verdict = Literal["approved", "rejected"]


@dataclass(frozen=True, slots=True)
class ShotTake:
    """One thing that was made of a shot, or brought to it: `made` is image, video or audio, `number` counts from 1.

    `model` and `credits`: of what was generated here. `verdict`: what a person said of a still, who and when.
    """

    take_id: UUID
    shot_id: UUID
    scene_number: int | None
    shot_number: int | None
    made: Literal["image", "video", "audio"]
    number: int
    url: str
    chosen: bool
    run_id: UUID | None
    note: str
    model: str
    credits: int | None
    made_at: datetime
    verdict: Verdict | None
    judged_by: UUID | None
    judged_at: datetime | None


# A batch keeps its model beside the address, a generation in its result.
_TAKES = """
    select take.id as take_id, take.shot_id, scene.scene_number, shot.shot_number, take.made, take.number, take.url,
        take.url = case take.made when 'image' then shot.image_url when 'video' then shot.video_url
            else shot.audio_url end is true as chosen,
        take.run_id, take.note, take.made_at, take.verdict, take.judged_by, take.judged_at,
        coalesce(item.output ->> 'resolvedModel', item.output -> 'result' ->> 'resolvedModel', '') as model,
        cast(item.output ->> 'charged' as int) as credits
    from wzrd.takes take
    join public.shots shot on shot.id = take.shot_id
    join public.scenes scene on scene.id = shot.scene_id and scene.project_id = shot.project_id
    left join wzrd.run_items item on item.run_id = take.run_id and item.key = take.item_key
    where shot.project_id = :project_id
"""


async def list_takes(tx: Tx, project_id: UUID, *, shot_id: UUID | None = None) -> list[ShotTake]:
    """The takes of a project, or of one of its shots, in film order; the caller has checked whose it is."""
    statement = text(f"""{_TAKES} and (cast(:shot_id as uuid) is null or shot.id = :shot_id)
        order by scene.scene_number, shot.shot_number, shot.id, take.made, take.number""")
    return read_all(ShotTake, await tx.execute(statement, {"project_id": project_id, "shot_id": shot_id}))


async def find_take_of(tx: Tx, project_id: UUID, take_id: UUID) -> ShotTake | None:
    """One take of the project's; the caller has checked whose it is."""
    statement = text(f"{_TAKES} and take.id = :take_id")
    return read_first(ShotTake, await tx.execute(statement, {"project_id": project_id, "take_id": take_id}))


# The shot's row is held, as the trigger holds it: numbers are given one by one. A deleted shot has no takes.
_KEEP = text("""
    with held as materialized (select id from public.shots where id = :shot_id for no key update),
    kept as (select wzrd.keep_take(id, :made, :url) from held)
    select count(*) from kept
""")
_ORIGIN = text("""
    update wzrd.takes set run_id = :run_id, item_key = :item_key, note = :note
    where shot_id = :shot_id and made = :made and url = :url and run_id is null
""")


async def keep_take(tx: Tx, *, shot_id: UUID, made: str, url: str, run_id: UUID, item_key: str, note: str = "") -> None:
    """Keep what an item has made, shown or not. What is known already stays as it is."""
    values = {"shot_id": shot_id, "made": made, "url": url}
    await tx.execute(_KEEP, values)
    await tx.execute(_ORIGIN, {**values, "run_id": run_id, "item_key": item_key, "note": note})


async def choose_take(tx: Tx, take: ShotTake) -> None:
    """Show the take in its shot's row."""
    made, progress = take.made, "image_progress = 100, " if take.made == "image" else ""
    asset = (
        ""
        if made == "audio"
        else f"""{made}_asset_id = (
        select id from public.project_assets where project_id = shots.project_id and url = :url
        order by created_at desc limit 1), """
    )
    statement = text(f"""
        update public.shots set {made}_url = :url, {made}_status = 'completed', {asset}{progress}
            failure_reason = null, updated_at = now()
        where id = :shot_id
    """)
    await tx.execute(statement, {"shot_id": take.shot_id, "url": take.url})


# The items that have made the takes that the shots' rows show, of one kind.
_CHOSEN = """
    from public.shots shot
    join wzrd.takes take on take.shot_id = shot.id and take.made = '{made}' and take.url = shot.{made}_url
    join wzrd.run_items item on item.run_id = take.run_id and item.key = take.item_key
    where shot.project_id = :project_id
"""
_CHOSEN_CLIPS, _CHOSEN_VOICES = _CHOSEN.format(made="video"), _CHOSEN.format(made="audio")


async def list_speaking(tx: Tx, project_id: UUID, *, natively: bool = False) -> set[UUID]:
    """The project's shots whose chosen clip was made to the voices of their lines: mouths move in it.

    `natively`: those of them whose clip's model has spoken the lines, in the clip's own sound.
    """
    spoken = "item.output ->> 'speech' = 'native'" if natively else "jsonb_exists(item.output, 'speech')"
    statement = text(f"select shot.id {_CHOSEN_CLIPS} and {spoken}")
    return set((await tx.scalars(statement, {"project_id": project_id})).all())


async def list_voice_captions(tx: Tx, project_id: UUID) -> dict[UUID, list[tuple[float, float, str]]]:
    """Captions of the chosen voices of the project's shots, where their lines were spoken here."""
    captions = "shot.id, item.output -> 'captions' as captions"
    statement = text(f"select {captions} {_CHOSEN_VOICES} and jsonb_exists(item.output, 'captions')")
    rows = await tx.execute(statement, {"project_id": project_id})
    return {row.id: [(float(start), float(end), str(words)) for start, end, words in row.captions] for row in rows}


async def list_clip_sounds(tx: Tx, project_id: UUID) -> dict[UUID, str]:
    """Addresses of the files, as they came, of the project's chosen clips that were bought with their own sound.

    Lips that were moved in such a clip name it (`soundUrl`).
    """
    url = "coalesce(item.output ->> 'soundUrl', item.output ->> 'sourceUrl') as url"
    statement = text(f"select shot.id, {url} {_CHOSEN_CLIPS} and item.output ->> 'ownSound' = 'true'")
    return {row.id: row.url for row in await tx.execute(statement, {"project_id": project_id}) if row.url}


# Only stills that are there can be judged: the row that is shown, finished. The shots' rows are held, before their
# takes as everywhere: a client that replaces one at the same moment is before or after, and what was judged is shown.
_JUDGE = text("""
    with shown as materialized (
        select shot.id, shot.image_url from public.shots shot
        join public.scenes scene on scene.id = shot.scene_id and scene.project_id = shot.project_id
        where shot.project_id = :project_id and (cast(:shot_ids as uuid[]) is null or shot.id = any(:shot_ids))
            and shot.image_status = 'completed' and shot.image_url <> ''
        order by shot.id for no key update of shot
    )
    update wzrd.takes take set verdict = :verdict, judged_by = :user_id, judged_at = clock_timestamp()
    from shown where take.shot_id = shown.id and take.made = 'image' and take.url = shown.image_url
    returning take.shot_id
""")


async def judge_stills(
    tx: Tx, project_id: UUID, shot_ids: Sequence[UUID] | None, verdict: Verdict, *, user_id: UUID
) -> frozenset[UUID]:
    """A person's verdict on the chosen stills of these shots (None: all); returns those that have a still."""
    values = {
        "project_id": project_id,
        "shot_ids": None if shot_ids is None else list(shot_ids),
        "verdict": verdict,
        "user_id": user_id,
    }
    return frozenset((await tx.execute(_JUDGE, values)).scalars())


async def lock_shots(tx: Tx, shot_ids: Collection[UUID], *, locked: bool) -> None:
    """Say whether batches leave the shots as they are."""
    statement = text(
        "update public.shots set locked = :locked where id = any(cast(:ids as uuid[])) and locked <> :locked"
    )
    await tx.execute(statement, {"ids": list(shot_ids), "locked": locked})


_APPROVED = """
    from wzrd.takes take join public.shots shot on shot.id = take.shot_id and shot.image_url = take.url
    where take.made = 'image' and take.verdict = 'approved'
"""


async def list_approved(tx: Tx, project_id: UUID) -> frozenset[UUID]:
    """The shots of a project whose chosen still is approved."""
    statement = text(f"select shot.id {_APPROVED} and shot.project_id = :project_id")
    return frozenset((await tx.execute(statement, {"project_id": project_id})).scalars())


async def requires_approval(tx: Tx, project_id: UUID) -> bool:
    """True if the project's setting says that clips are made of approved stills alone."""
    statement = text("select require_approval from public.project_settings where project_id = :project_id")
    return bool(await tx.scalar(statement, {"project_id": project_id}))


async def holds_approval(tx: Tx, shot_id: UUID, url: str) -> bool:
    """True if this address is the shot's chosen still and approved; it stays so until the transaction ends.

    The shot's row is held first: whoever replaces its still or judges it holds it too, and is before or after. What the
    second statement sees is what they have committed.
    """
    held = text("select 1 from public.shots where id = :shot_id for no key update")
    if await tx.scalar(held, {"shot_id": shot_id}) is None:
        return False
    statement = text(f"select 1 {_APPROVED} and shot.id = :shot_id and take.url = :url")
    return await tx.scalar(statement, {"shot_id": shot_id, "url": url}) is not None
