"""Invariants of the money: each promise with the query for what breaks it. Changes nothing.

Tests ask these after their storms; upkeep and `wzrd doctor --money` in production. A query sees one moment, and every
write of ours is one commit, so that work under way breaks none. What ended a moment ago is left alone: somebody may be
at it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, read_all

DAYS = 30
"""Age in days up to which runs are looked at; accounts are looked at as a whole."""
LATE_SECONDS = 900.0
"""Seconds after an end or a deadline in which things may still be put right by themselves.

A hold has eight times as long: upkeep gives back what is stale an hour after its run's end, and comes by once an hour.
"""


@dataclass(frozen=True, slots=True)
class Invariant:
    """A promise: `broken` is said of what breaks it, `remedy` what to do then. `query` finds it.

    The query selects `user_id`, `run_id` (null: an account's), `subject` (an item, a hold, a job) and `amount`.
    """

    name: str
    broken: str
    remedy: str
    query: str


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where a promise is broken: `amount` in credits, or in outputs where these are too many."""

    invariant: Invariant
    user_id: UUID
    run_id: UUID | None
    subject: str
    amount: int

    @property
    def where(self) -> tuple[str, str, str]:
        """The user, the run and what of it, as people and tables are told; a dash where there is none."""
        return str(self.user_id), str(self.run_id or "-"), self.subject or "-"

    def as_row(self) -> dict[str, str | int]:
        """All of it, as a line of a table."""
        user, run, what = self.where
        about = {"promise": self.invariant.name, "broken": self.invariant.broken}
        return {**about, "user": user, "run": run, "what": what, "amount": self.amount, "remedy": self.invariant.remedy}


_LOOK = "look at `wzrd events RUN` and `wzrd credits ledger --user USER`"
_GIVE_BACK = f"{_LOOK}; what is too much goes back by `wzrd credits grant`"

_RECENT = """run.finished_at between clock_timestamp() - make_interval(days => :days)
        and clock_timestamp() - make_interval(secs => :late)"""
# An item's holds are its own and those that renewed it (`key+1`); without any the run's own hold (an empty key) pays.
_OF_ITEM = "(hold.item_key = item.key or starts_with(hold.item_key, item.key || '+'))"
# `node#3` and `shot#1` are parts of an item, `shot~1` is what was made anew of it.
_ITEM_OF_JOB = "regexp_replace(job.item_key, '[#~].*$', '')"
# What a shot's own picture or clip is found by (`wzrd.assets.content_cache.cache_key`): a retry delivers it, and pays.
_MADE_FOR = """encode(sha256(convert_to(concat('{"recipe":{"item":', to_json(job.item_key), ',"media":',
                    to_json(job.media_type), ',"model":', to_json(concat(job.provider, chr(58), job.model)), ',"run":"',
                    run.id, '"},"user":"', run.user_id, '"}'), 'UTF8')), 'hex')"""
_OPEN_JOB = "job.queued and job.status in ('sending', 'unknown', 'accepted')"
_PRICED = "greatest(item.price, coalesce(cast(item.output ->> 'charged' as int), 0))"
# What a run may have charged: gen-shots by the number of its shots (wzrd.domain.credits), all others by their items.
_DELIVERED = f"""(select case run.kind when 'gen-shots' then ceil(count(*) / 2.0) else coalesce(sum({_PRICED}), 0) end
            from wzrd.run_items item where item.run_id = run.id and item.delivered_at is not null)"""
# Parts of an item that were made, and kept for whoever asks next, are paid though the item is in no film.
_KEPT_PARTS = """(select coalesce(sum(item.price), 0) from wzrd.run_items item
            where item.run_id = run.id and item.delivered_at is null and exists (select from wzrd.provider_jobs job
                where job.run_id = run.id and starts_with(job.item_key, item.key || '#')
                    and job.status = 'succeeded' and job.left_at is null))"""

INVARIANTS: Sequence[Invariant] = (
    Invariant(
        "balance",
        "the entries of the account do not sum to its balance",
        "an entry was written or deleted by hand: compare `wzrd credits ledger --user USER` with the account's row",
        """
        select user_id, cast(null as uuid) as run_id, 'account' as subject,
            coalesce(entries.total, 0) - coalesce(account.balance, 0) as amount
        from (select user_id, total_credits - used_credits as balance from public.user_credits) account
        full join (select user_id, sum(amount) as total from public.credit_transactions group by user_id) entries
            using (user_id)
        where coalesce(entries.total, 0) <> coalesce(account.balance, 0)
        """,
    ),
    Invariant(
        "holds_covered",
        "the account has less in use than its open holds reserve, or is overdrawn",
        "its row was changed by hand: used credits are at least the sum of its open holds, and at most the total",
        """
        select account.user_id, cast(null as uuid) as run_id, 'account' as subject,
            greatest(held.total - account.used_credits, account.used_credits - account.total_credits) as amount
        from public.user_credits account, lateral (
            select coalesce(sum(hold.amount), 0) as total from public.credit_holds hold
            where hold.user_id = account.user_id and hold.status = 'held') held
        where held.total > account.used_credits or account.used_credits > account.total_credits
        """,
    ),
    Invariant(
        "used_explained",
        "what the account has in use is not what is held and what was charged",
        "its row or a hold was changed by hand: compare both with `wzrd credits ledger --user USER`",
        # only of accounts that have no history of others: an adopted ledger may charge without a hold
        """
        select account.user_id, cast(null as uuid) as run_id, 'account' as subject,
            account.used_credits - sums.total as amount
        from public.user_credits account, lateral (
            select coalesce(sum(case hold.status when 'held' then hold.amount
                    when 'committed' then cast(hold.metadata ->> 'actual' as int) end), 0) as total,
                coalesce(bool_or(hold.status = 'committed' and hold.metadata ->> 'actual' is null), false) as others
            from public.credit_holds hold where hold.user_id = account.user_id) sums
        where account.used_credits <> sums.total and not sums.others and not exists (
            select from public.credit_transactions entry where entry.user_id = account.user_id
                and (entry.transaction_type = 'opening' or entry.amount < 0 and entry.transaction_type <> 'hold'))
        """,
    ),
    Invariant(
        "welcomed_once",
        "the account was welcomed more than once",
        "take the second welcome back, and look who calls `open_account` for the user",
        """
        select user_id, cast(null as uuid) as run_id, 'account' as subject, sum(amount) - max(amount) as amount
        from public.credit_transactions where metadata ->> 'key' = 'welcome' group by user_id having count(*) > 1
        """,
    ),
    Invariant(
        "hold_entries",
        "the entries of a hold are not what its status says",
        f"an entry was lost or written twice: {_LOOK}",
        """
        select mine.user_id, mine.run_id, mine.key as subject,
            coalesce(entries.total, 0) + case hold.status when 'held' then hold.amount when 'committed'
                then coalesce(cast(hold.metadata ->> 'actual' as int), -entries.total) else 0 end as amount
        from wzrd.run_holds mine join public.credit_holds hold on hold.id = mine.hold_id
        left join (select metadata ->> 'hold_id' as hold_id, sum(amount) as total from public.credit_transactions
            where metadata ->> 'hold_id' is not null group by 1) entries on entries.hold_id = cast(hold.id as text)
        where hold.updated_at > clock_timestamp() - make_interval(days => :days)
            and coalesce(entries.total, 0) <> - case hold.status when 'held' then hold.amount when 'committed'
                then coalesce(cast(hold.metadata ->> 'actual' as int), -entries.total) else 0 end
        """,
    ),
    Invariant(
        "holds_agree",
        "a run's hold and the account's say different things",
        f"something else than WZRD has settled it, which stands: {_LOOK}",
        """
        select mine.user_id, mine.run_id, mine.key as subject, mine.amount
        from wzrd.run_holds mine join wzrd.runs run on run.id = mine.run_id
        left join public.credit_holds hold on hold.id = mine.hold_id
        where run.created_at > clock_timestamp() - make_interval(days => :days)
            and (hold.id is null or (hold.amount, hold.status) <> (mine.amount, mine.status)
                or mine.status = 'committed'
                and mine.committed <> coalesce(cast(hold.metadata ->> 'actual' as int), mine.committed))
        """,
    ),
    Invariant(
        "holds_settled",
        "a hold stands though its run has ended and nothing can come for it any more",
        "upkeep gives it back: see that the deployment reconcile runs",
        f"""
        select mine.user_id, mine.run_id, mine.key as subject, mine.amount
        from wzrd.run_holds mine join wzrd.runs run on run.id = mine.run_id
        where mine.status = 'held' and {_RECENT.replace(":late", ":late * 8")} and not exists (
            select from wzrd.provider_jobs job where job.run_id = run.id
                and ({_OPEN_JOB} or job.queued and job.status = 'succeeded'
                    and job.finished_at > clock_timestamp() - interval '1 hour')
                and (mine.item_key = '' or job.item_key = mine.item_key
                    or starts_with(mine.item_key, job.item_key || '+')))
        """,
    ),
    Invariant(
        "jobs_in_time",
        "a job is waited for though its deadline is over: its hold stands",
        "a worker looks after such jobs: see that one is up and that it reaches the provider",
        f"""
        select run.user_id, run.id as run_id, job.item_key as subject, (
            select sum(hold.amount) from wzrd.run_holds hold where hold.run_id = run.id and hold.status = 'held'
                and (hold.item_key in ('', job.item_key) or starts_with(hold.item_key, job.item_key || '+'))) as amount
        from wzrd.provider_jobs job join wzrd.runs run on run.id = job.run_id
        where {_OPEN_JOB} and job.deadline between clock_timestamp() - make_interval(days => :days)
            and clock_timestamp() - make_interval(secs => :late)
        """,
    ),
    Invariant(
        "jobs_have_items",
        "a paid submit belongs to no item of its run",
        f"it cannot be delivered: {_LOOK}",
        f"""
        select run.user_id, run.id as run_id, job.item_key as subject, 0 as amount
        from wzrd.provider_jobs job join wzrd.runs run on run.id = job.run_id
        where job.sent_at > clock_timestamp() - make_interval(days => :days)
            and job.item_key !~ '^(writer|prompt)/' and not exists (select from wzrd.run_items item
                where item.run_id = run.id and item.key in (job.item_key, {_ITEM_OF_JOB}))
        """,
    ),
    Invariant(
        "sent_under_a_hold",
        "a provider was paid for an item that has a price, and its run has held nothing",
        f"the work was free: {_LOOK}",
        f"""
        select run.user_id, run.id as run_id, item.key as subject, item.price as amount
        from wzrd.provider_jobs job join wzrd.runs run on run.id = job.run_id
        join wzrd.run_items item on item.run_id = run.id and item.key in (job.item_key, {_ITEM_OF_JOB})
        where job.sent_at > clock_timestamp() - make_interval(days => :days) and item.price > 0
            and job.status not in ('rejected', 'never_sent')
            and not exists (select from wzrd.run_holds hold where hold.run_id = run.id)
        """,
    ),
    Invariant(
        "sent_once",
        "a provider has made one thing twice, and was paid twice",
        f"the user has paid once; look how the second submit came to be: {_LOOK}",
        """
        select run.user_id, cast(min(cast(run.id as text)) as uuid) as run_id, min(job.item_key) as subject, 0 as amount
        from wzrd.provider_jobs job join wzrd.runs run on run.id = job.run_id
        where job.status = 'succeeded' and job.finished_at > clock_timestamp() - make_interval(days => :days)
            and job.item_key !~ '^writer/' -- which asks for the rest of a scene where it was stopped
        group by run.user_id, job.run_id, job.item_key, job.provider, job.model having count(*) > 1
        union all
        select run.user_id, cast(min(cast(run.id as text)) as uuid), min(job.item_key), 0
        from wzrd.provider_jobs job join wzrd.runs run on run.id = job.run_id
        where run.kind = 'director-cut' and job.status = 'succeeded' and job.fingerprint <> '{}'
            and job.media_type = 'audio' and job.finished_at > clock_timestamp() - make_interval(days => :days)
        group by run.user_id, job.provider, job.model, job.fingerprint having count(*) > 1
        """,
    ),
    Invariant(
        "outputs_paid",
        "a provider has made more outputs than were priced",
        "the request asked for more than was read of it: report the run's inputs; its user owes the rest",
        """
        select run.user_id, run.id as run_id, job.item_key as subject,
            jsonb_array_length(job.output -> 'media') - job.outputs as amount
        from wzrd.provider_jobs job join wzrd.runs run on run.id = job.run_id
        where job.status = 'succeeded' and job.media_type = 'image' and job.outputs is not null
            and job.finished_at > clock_timestamp() - make_interval(days => :days)
            and jsonb_typeof(job.output -> 'media') = 'array'
            and jsonb_array_length(job.output -> 'media') > job.outputs
        """,
    ),
    Invariant(
        "delivered_is_charged",
        "an item was delivered, and nothing was charged for it",
        f"its user has it for nothing: {_LOOK}",
        f"""
        select run.user_id, run.id as run_id, item.key as subject, item.price as amount
        from wzrd.runs run join wzrd.run_items item on item.run_id = run.id
        where {_RECENT} and item.delivered_at is not null and item.price > 0
            and coalesce(item.output ->> 'charged', '') <> '0'
            and exists (select from wzrd.provider_jobs job
                where job.run_id = run.id and item.key in (job.item_key, {_ITEM_OF_JOB})
                and (job.status = 'succeeded' or item.status <> 'succeeded'))
            and not exists (select from wzrd.run_holds hold where hold.run_id = run.id
                and (hold.item_key = '' or {_OF_ITEM}) and (hold.status = 'held' or hold.committed > 0))
        union all
        select run.user_id, run.id, '', owed.delivered - owed.charged from wzrd.runs run, lateral (
            select {_DELIVERED} as delivered, sum(hold.committed) as charged, bool_or(hold.status = 'held') as held
            from wzrd.run_holds hold where hold.run_id = run.id having bool_or(hold.item_key = '')) owed
        where {_RECENT} and not owed.held and owed.delivered > coalesce(owed.charged, 0)
        """,
    ),
    Invariant(
        "text_is_charged",
        "a text was shown, and nothing was charged for it",
        f"its user has it for nothing: {_LOOK}",
        f"""
        select run.user_id, run.id as run_id, item.key as subject, item.price as amount
        from wzrd.runs run join wzrd.run_items item on item.run_id = run.id
        where {_RECENT} and run.kind = 'generate' and item.price > 0
            and exists (select from wzrd.run_events event where event.run_id = run.id and event.event = 'delta')
            and exists (select from wzrd.run_holds hold where hold.run_id = run.id)
            and not exists (select from wzrd.run_holds hold where hold.run_id = run.id
                and (hold.status = 'held' or hold.committed > 0))
        """,
    ),
    Invariant(
        "charged_is_delivered",
        "more was charged than was delivered",
        _GIVE_BACK,
        f"""
        select run.user_id, run.id as run_id, '' as subject, paid.charged - paid.delivered as amount
        from wzrd.runs run, lateral (
            select {_DELIVERED} + {_KEPT_PARTS} as delivered, coalesce(sum(hold.committed), 0) as charged
            from wzrd.run_holds hold where hold.run_id = run.id and not starts_with(hold.item_key, 'prompt/')) paid
        where {_RECENT} and paid.charged > paid.delivered
        """,
    ),
    Invariant(
        "made_is_delivered",
        "a provider has made it, its run was canceled, and its hold went back",
        "a retry of the run finds it without a submit; the provider's bill is ours",
        f"""
        select run.user_id, run.id as run_id, item.key as subject, item.price as amount
        from wzrd.provider_jobs job join wzrd.runs run on run.id = job.run_id
        join wzrd.run_items item on item.run_id = run.id and item.key in (job.item_key, {_ITEM_OF_JOB})
        where {_RECENT} and job.queued and job.status = 'succeeded' and job.left_at is null
            and item.status = 'canceled' and item.delivered_at is null and item.price > 0
            and not exists (select from wzrd.run_holds hold where hold.run_id = run.id and {_OF_ITEM}
                and hold.status <> 'released')
            and not (run.kind = 'auto-generate' and exists (
                select from wzrd.node_outputs made where made.cache_key = {_MADE_FOR} and made.owed > 0))
        """,
    ),
)
"""Invariants, in the order in which they are told."""


async def list_violations(
    tx: Tx,
    *,
    user_id: UUID | None = None,
    days: int = DAYS,
    late: float = LATE_SECONDS,
    limit: int = 100,
    only: Sequence[Invariant] = INVARIANTS,
) -> list[Violation]:
    """Violations, at most `limit` of each invariant; of one user, or of all."""
    found: list[Violation] = []
    for invariant in only:
        statement = text(f"""
            select * from ({invariant.query}) broken
            where cast(:user_id as uuid) is null or broken.user_id = cast(:user_id as uuid)
            order by 1, 2, 3 limit :limit
        """)
        given = {"user_id": user_id, "days": days, "late": late, "limit": limit}
        used = {name: value for name, value in given.items() if f":{name}" in str(statement)}
        rows = await tx.execute(statement, used)
        found += [Violation(invariant, row.user_id, row.run_id, row.subject, int(row.amount or 0)) for row in rows]
    return found


# The numbers of the latest look stand among the counters of upkeep, whose names have no slash.
_NOTE = text("""
    insert into wzrd.upkeep as u (task, done) values ('money/' || :name, :count)
    on conflict (task) do update set done = excluded.done, looked_at = clock_timestamp()
""")


@dataclass(frozen=True, slots=True)
class BrokenCount:
    """Number of violations of an invariant at the last check."""

    name: str
    count: int


async def note_broken(tx: Tx, violations: Sequence[Violation]) -> None:
    """Keep how often each promise is broken, for whoever asks for metrics."""
    counts = Counter(one.invariant.name for one in violations)
    for invariant in sorted(INVARIANTS, key=lambda one: one.name):
        await tx.execute(_NOTE, {"name": invariant.name, "count": counts[invariant.name]})


async def list_broken(tx: Tx) -> list[BrokenCount]:
    """Number of violations of each invariant at the last check; nothing before the first."""
    statement = text("""
        select substr(task, 7) as name, cast(done as int) as count from wzrd.upkeep
        where starts_with(task, 'money/') order by 1
    """)
    return read_all(BrokenCount, await tx.execute(statement))
