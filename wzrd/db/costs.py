"""Costs by model, project, day or run: dollars planned and billed, credits charged.

A submit stands on the day of its intent. Credits stand with the item that they pay: the model is the one that made it;
what a run pays as a whole (gen-shots) stands under no model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, read_all
from wzrd.db.job_money import spent_of

CostKey = Literal["model", "project", "day", "run"]
MOST = 10_000
"""Lines of one report; the dearest are kept."""
_MODEL = "case when starts_with(job.model, job.provider || '/') then '' else job.provider || '/' end || job.model"
"""Some vendors' models begin with the vendor's name, `fal-ai/veo3.1`; all of them are shown so."""
_JOBS = {
    "model": _MODEL,
    "project": "coalesce(run.project_id::text, '')",
    "day": "(job.created_at at time zone 'UTC')::date::text",
    "run": "run.id::text",
}
_HOLDS = {**_JOBS, "model": "coalesce(made.model, '')", "day": "(entry.created_at at time zone 'UTC')::date::text"}


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line of a report. `planned`: dollars that its submits may cost, of `unknown` others nobody knows.

    `billed`: dollars that vendors said, for `bills` of them; `spent`: billed where that is known, else planned.
    `charged`: credits.
    """

    key: str
    submits: int
    planned: Decimal
    unknown: int
    billed: Decimal
    bills: int
    spent: Decimal
    charged: int


async def list_costs(tx: Tx, by: CostKey, since: datetime, user_id: UUID | None = None) -> list[CostLine]:
    """The costs since a moment, the dearest first; of one user's runs, or of all."""
    statement = text(f"""
        with jobs as (
            select {_JOBS[by]} as key, count(*)::int as submits,
                coalesce(sum(job.planned_usd) filter (
                    where job.status not in ('rejected', 'never_sent')), 0) as planned,
                (count(*) filter (where job.planned_usd is null and job.cost_usd is null
                    and job.status not in ('rejected', 'never_sent', 'intent')))::int as unknown,
                coalesce(sum(job.cost_usd), 0) as billed, count(job.cost_usd)::int as bills, {spent_of("job")} as spent
            from wzrd.provider_jobs job join wzrd.runs run on run.id = job.run_id
            where job.created_at >= :since and (cast(:user_id as uuid) is null or run.user_id = :user_id)
            group by 1
        ), makers as (
            select distinct on (job.run_id, item_key) job.run_id,
                regexp_replace(job.item_key, '([#~][0-9]+)+$', '') as item_key,
                {_MODEL} as model
            from wzrd.provider_jobs job
            where job.status = 'succeeded' and job.run_id in (
                select hold.run_id from wzrd.run_holds hold join public.credit_holds entry on entry.id = hold.hold_id
                where entry.created_at >= :since and (cast(:user_id as uuid) is null or entry.user_id = :user_id))
            order by job.run_id, item_key, job.created_at desc
        ), charges as (
            select {_HOLDS[by]} as key, coalesce(sum(hold.committed), 0)::int as charged
            from wzrd.run_holds hold join wzrd.runs run on run.id = hold.run_id
            join public.credit_holds entry on entry.id = hold.hold_id
            left join makers made on made.run_id = hold.run_id and hold.item_key <> ''
                and made.item_key = regexp_replace(hold.item_key, '[+][0-9]+$', '')
            where entry.created_at >= :since and (cast(:user_id as uuid) is null or run.user_id = :user_id)
            group by 1 having coalesce(sum(hold.committed), 0) > 0
        )
        select coalesce(jobs.key, charges.key) as key, coalesce(submits, 0) as submits, coalesce(planned, 0) as planned,
            coalesce(unknown, 0) as unknown, coalesce(billed, 0) as billed, coalesce(bills, 0) as bills,
            coalesce(spent, 0) as spent, coalesce(charged, 0) as charged
        from jobs full join charges using (key)
        order by spent desc, charged desc, key limit {MOST}
    """)
    values: dict[str, Any] = {"since": since, "user_id": user_id}
    return read_all(CostLine, await tx.execute(statement, values))


@dataclass(frozen=True, slots=True)
class UnbilledJob:
    """A submit that has ended at its provider, of which nobody has told the bill."""

    job_id: UUID
    provider: str
    media_type: str
    request_id: str
    created_at: datetime


async def list_unbilled(tx: Tx, *, after: float, within: float, most: int) -> list[UnbilledJob]:
    """Submits whose bill may be there by now: they ended between `within` and `after` seconds ago, the latest first."""
    statement = text("""
        select id as job_id, provider, media_type, request_id, created_at from wzrd.provider_jobs
        where cost_usd is null and request_id is not null and queued
            and created_at > clock_timestamp() - make_interval(secs => 2 * :within)
            and finished_at between clock_timestamp() - make_interval(secs => :within)
                and clock_timestamp() - make_interval(secs => :after)
        order by finished_at desc limit :most
    """)
    return read_all(UnbilledJob, await tx.execute(statement, {"after": after, "within": within, "most": most}))


async def note_bill(tx: Tx, job_id: UUID, billed: Decimal) -> bool:
    """Write what its vendor has billed beside a submit; False where a bill is there already."""
    statement = text("""
        update wzrd.provider_jobs set cost_usd = :billed where id = :id and cost_usd is null returning id
    """)
    return await tx.scalar(statement, {"id": job_id, "billed": billed}) is not None


@dataclass(frozen=True, slots=True)
class SpentPart:
    """Items of one type, scene and model of some runs; of a run that is no batch, the run (`what` is its kind).

    `credits`: the most that they may cost; `planned`: dollars of their submits, of `unknown` others nobody knows.
    """

    scene: int | None
    what: str
    model: str
    count: int
    frames: int
    seconds: float
    credits: int
    planned: Decimal
    unknown: int
    made: int
    reused: int
    refused: int
    failed: int
    charged: int
    billed: Decimal
    bills: int


# A submit and a hold belong to the item of their own key, as a part (`#2`), a repetition (`~1`) or a renewal (`+1`) of
# it; those of a shot's words to its picture. Of other runs all is one part, whatever its items are.
_SPENT = text("""
    with own as (
        select id, kind, params, kind = 'auto-generate' as is_batch from wzrd.runs
        where project_id = :project_id and id = any(cast(:ids as uuid[]))
            and kind in ('auto-generate', 'breakdown', 'director-cut')
    ), parts as (
        select own.id as run_id, item.key, own.is_batch, case when own.is_batch then item.entity_type else own.kind end
                as what, scene.scene_number as scene, item.price, item.status, item.output,
            coalesce(nullif(item.output->>'resolvedModel', ''), case item.entity_type
                when 'sheet' then own.params->'sheetMaker'->>'model' when 'shot_voice' then ''
                else own.params->(case when jsonb_exists(own.params->'bare'->'shots', item.entity_id::text)
                    then 'bare' else 'pinned' end)->>'model' end, own.params->>'model', '') as model,
            case when item.entity_type = 'shot_image' then 'prompt/' || item.entity_id end as words,
            item.status = 'failed' as has_failed, coalesce(jsonb_exists(item.output, 'refusal'), false) as is_refused,
            case when jsonb_typeof(item.output->'frames') = 'number' then (item.output->>'frames')::int end as frames,
            case when jsonb_typeof(item.output->'seconds') = 'number' and item.entity_type = 'shot_voice'
                then (item.output->>'seconds')::float end as seconds
        from own join wzrd.run_items item on item.run_id = own.id
        left join public.shots shot on own.is_batch and shot.id = item.entity_id
        left join public.scenes scene on scene.id = shot.scene_id
    ), counted as (
        select parts.*, jobs.*, holds.* from parts
        left join lateral (
            select count(*) filter (where planned_usd is null and cost_usd is null
                    and status not in ('rejected', 'never_sent', 'intent'))::int as unknown,
                coalesce(sum(planned_usd) filter (where status not in ('rejected', 'never_sent')), 0) as planned,
                coalesce(sum(cost_usd), 0) as billed, count(cost_usd)::int as bills
            from wzrd.provider_jobs job where job.run_id = parts.run_id
                and (job.item_key = parts.key
                    or regexp_replace(job.item_key, '([#~][0-9]+)+$', '') in (parts.key, parts.words))) as jobs on true
        left join lateral (
            select coalesce(sum(committed), 0)::int as charged from wzrd.run_holds hold where hold.run_id = parts.run_id
                and regexp_replace(hold.item_key, '[+][0-9]+$', '') in (parts.key, parts.words)) as holds on true
    )
    select min(scene) as scene, what, model, count(*)::int as count,
        coalesce(sum(frames), 0)::int as frames, coalesce(sum(seconds), 0) as seconds,
        sum(price)::int as credits, sum(planned) as planned, sum(unknown)::int as unknown,
        (count(*) filter (where status = 'succeeded'))::int as made,
        (count(*) filter (where status = 'succeeded' and output->>'reused' = 'true'))::int as reused,
        (count(*) filter (where has_failed and is_refused))::int as refused,
        (count(*) filter (where has_failed and not is_refused))::int as failed,
        sum(charged)::int as charged, sum(billed) as billed, sum(bills)::int as bills
    from counted group by scene, what, model
""")


async def list_spent(tx: Tx, project_id: UUID, run_ids: Sequence[UUID]) -> list[SpentPart]:
    """Parts of these runs of a project: what they were to cost, and came to."""
    return read_all(SpentPart, await tx.execute(_SPENT, {"project_id": project_id, "ids": list(run_ids)}))
