"""Jobs that a provider works on after their run has ended, or had done: found, followed, kept and settled.

An open run follows its own jobs. What its end left, with a provider or on the way home, is looked after here, by any
worker.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, TypeAlias
from uuid import UUID

from wzrd.assets.sources import is_gone, is_useless
from wzrd.db.engine import Tx, is_outage, mirrored
from wzrd.db.items import find_item_of, keep_output_after_end, list_items
from wzrd.db.left_jobs import take_open_jobs, take_results_over
from wzrd.db.listen import PROVIDER_NEWS
from wzrd.db.node_outputs import pay_output
from wzrd.db.provider_jobs import ProviderJob, advance_job, lock_job, note_webhook
from wzrd.db.runs import RunRow, find_run, lock_run, set_result
from wzrd.domain.credits import WHOLE, Share
from wzrd.domain.errors import (
    NotConfigured,
    ProviderError,
    ProviderFailed,
    ProviderRejected,
    ResultExpired,
    ResultUseless,
    WzrdError,
    storable,
)
from wzrd.domain.runs import TERMINAL_RUN
from wzrd.generation.expiry import ask_again
from wzrd.generation.queue import UNAUTHORIZED
from wzrd.generation.search import find_again, may_be_sending
from wzrd.generation.submissions import located
from wzrd.generation.values import pack, unpack
from wzrd.net.guarded import FetchFailed
from wzrd.providers.base import Output, QueueProvider, is_queue
from wzrd.runs.attempt_holds import settle_left, settle_parts
from wzrd.runtime.kind import PAID_BY, PARTS, SHARE
from wzrd.runtime.process import Runtime
from wzrd.storage.protocol import StorageFull

log = logging.getLogger(__name__)

CHECK_SECONDS = 15.0
"""Interval at which a job whose run has ended is checked; a provider's callback has it checked at once."""
LATE_SECONDS = 3600.0
"""Time after its deadline that a job is still checked: what it makes then is kept, and not charged."""
AT_ONCE = 50

Noted: TypeAlias = Literal["noted", "repeated", "foreign"]
"""Result of a callback: durably noted; noted before; or not ours (no such token, or another job's request id)."""


async def note_call(runtime: Runtime, token: str, request_id: str) -> Noted:
    """Note that a provider has called about the submit of a token, and wake whoever follows the job.

    A submit whose answer was lost is known to be accepted by that.
    """
    async with runtime.begin() as tx:
        job = await lock_job(tx, token=token)
        if job is None or job.status == "intent" or job.request_id not in {None, request_id}:
            return "foreign"
        if job.request_id is None or job.status == "lost":
            await advance_job(tx, job.job_id, "accepted", request_id=request_id)
        first = await note_webhook(tx, job.job_id)
    runtime.notifier.notify(PROVIDER_NEWS, job.run_id)
    return "noted" if first else "repeated"


async def recover(runtime: Runtime) -> int:
    """Look once after the jobs whose run has ended; returns how many there were. Several processes share them."""
    async with runtime.begin() as tx:
        jobs = await take_open_jobs(tx, seconds=CHECK_SECONDS, late=LATE_SECONDS, most=AT_ONCE)
    results = await asyncio.gather(*(_recover_one(runtime, job) for job in jobs), return_exceptions=True)
    for job, result in zip(jobs, results, strict=True):
        if isinstance(result, Exception) and not is_outage(result):
            log.error("the job of %s for run %s could not be recovered", job.target, job.run_id, exc_info=result)
            if job.remaining <= 0:  # whatever is in the way of it, nothing is held for ever
                await _end(runtime, job, "lost", "whether it was made could not be found out by its deadline")
    return len(jobs)


async def _recover_one(runtime: Runtime, job: ProviderJob) -> None:
    provider = _queue_of(runtime, job)
    if job.status == "succeeded":
        await _bring_home(runtime, job)
    elif provider is not None and job.status in {"sending", "unknown"}:
        found = await _find(runtime, provider, job)
        if not found and not may_be_sending(job) and (provider.recovery == "none" or job.remaining <= 0):
            await _end(runtime, job, "lost", "whether its provider had accepted it was never known")
    elif provider is not None:
        await _ask(runtime, provider, job)
    elif job.remaining <= 0:
        await _end(runtime, job, "lost", f"{job.target.provider} could not be asked any more")


def _queue_of(runtime: Runtime, job: ProviderJob) -> QueueProvider | None:
    """The job's provider, if it can be asked from here."""
    try:
        provider = runtime.providers.find(job.target.provider, job.media_type)
    except NotConfigured:
        return None
    return provider if is_queue(provider) else None


async def _find(runtime: Runtime, provider: QueueProvider, job: ProviderJob) -> bool:
    """True if the job is among its provider's own, where there is a list; the next round asks about it."""
    if job.status == "sending" and not may_be_sending(job):
        async with runtime.begin() as tx:
            await advance_job(tx, job.job_id, "unknown", error="the process that sent it is gone")
    if provider.recovery != "list":
        return False
    try:
        return await find_again(runtime, provider, job) is not None
    except ProviderError as error:
        log.info("the jobs of %s could not be listed: %s", job.target, error.message)
        await _renew(runtime, error)
        return False


async def _ask(runtime: Runtime, provider: QueueProvider, job: ProviderJob) -> None:
    late = job.remaining <= 0
    try:
        news = await provider.poll(located(provider, job))
        if isinstance(news, Output):
            await _keep(runtime, job, news)
        elif late:
            await _end(runtime, job, "lost", "it had not finished by its deadline")
    except (ProviderFailed, ResultUseless) as error:
        await _end(runtime, job, "failed" if isinstance(error, ProviderFailed) else "useless", error.message)
    except ResultExpired as error:
        if late:
            await _end(runtime, job, "expired", error.message)
    except (ProviderError, FetchFailed, StorageFull) as error:
        await _renew(runtime, error)
        if late:
            gone = isinstance(error, FetchFailed) and is_gone(error) and job.status == "accepted"
            await _end(runtime, job, "expired" if gone else "lost", error.message)


async def _renew(runtime: Runtime, error: WzrdError) -> None:
    """A refused key is read anew: the next round asks with the one that is in force by then."""
    if isinstance(error, ProviderRejected) and error.status == UNAUTHORIZED:
        await runtime.providers.renew()


async def _bring_home(runtime: Runtime, job: ProviderJob) -> None:
    """Keep and pay what it made before its run ended, or give it up if gone or too late."""
    cost = float(job.cost_usd) if job.cost_usd is not None else None
    try:
        await _keep(runtime, job, unpack(job.output or {}, cost))
    except FetchFailed as error:
        if is_gone(error) and (again := await ask_again(runtime, job)) is not None:
            await _keep(runtime, replace(job, output=pack(again)), again)
        elif job.remaining <= 0:
            await _end(runtime, job, "expired" if is_gone(error) else "", error.message)
    except ProviderFailed as error:
        await _end(runtime, job, "", error.message)
    except StorageFull as error:
        if job.remaining <= 0:
            await _end(runtime, job, "", error.message)


async def _end(runtime: Runtime, job: ProviderJob, event: str, error: str) -> None:
    """The job has ended without a result that can be had: what was held for it goes back.

    `event` is empty where a result stays, that only its run, tried again, may still bring home.
    """
    async with runtime.begin() as tx:
        run = await _lock_ended(tx, job.run_id)
        if run is None:
            return
        if event:
            await advance_job(tx, job.job_id, event, error=storable(error))
        await take_results_over(tx, job.run_id, [job.job_id])
        await _settle(tx, job, delivered=False, reason=f"provider_{event}" if event else "not_delivered")


async def _keep(runtime: Runtime, job: ProviderJob, output: Output) -> None:
    """The result becomes the item's output and pays what was held for it, if the item has none; else only its cost."""
    async with runtime.begin() as tx:
        run, item = await find_run(tx, job.run_id), await find_item_of(tx, job.run_id, job.item_key)
    kind = runtime.kind(run.kind) if run is not None else None
    kept: Mapping[str, Any] | None = None
    useless = ""
    if run is not None and item is not None and kind is not None and kind.keep_after_end and not item.delivered:
        try:
            kept = await kind.keep_after_end(runtime, run, item, job, output)
        except WzrdError as error:
            if not is_useless(error):
                raise
            useless = error.message
            log.warning("what %s made late for run %s is of no use: %s", job.target, job.run_id, useless)
    async with runtime.begin() as tx:
        await _record_after_end(runtime, tx, job, output, kept, useless)


async def _record_after_end(
    runtime: Runtime, tx: Tx, job: ProviderJob, output: Output, kept: Mapping[str, Any] | None, useless: str
) -> None:
    run = await _lock_ended(tx, job.run_id)
    if run is None:
        return  # reopened meanwhile: its own process follows the job
    made = await advance_job(tx, job.job_id, "succeeded", output=pack(output), cost_usd=output.cost_usd)
    if not (made or job.is_left):
        return
    if useless:
        await advance_job(tx, job.job_id, "useless", error=storable(useless))
    await take_results_over(tx, run.run_id, [job.job_id])
    item = await find_item_of(tx, run.run_id, job.item_key)
    if kept is None or item is None or item.delivered:
        await _settle(tx, job, delivered=False, reason="nothing_delivered")
        return
    if PARTS in kept:
        await take_results_over(tx, run.run_id, list(kept[PARTS]))
        await settle_parts(tx, run.run_id, item.key, list(kept[PARTS].values()), reason="paid_before")
        return
    if PAID_BY in kept:
        await pay_output(tx, kept[PAID_BY])
    charged = await _settle(tx, job, delivered=True, reason="", share=kept.get(SHARE, WHOLE))
    facts = {name: value for name, value in kept.items() if name not in {SHARE, PAID_BY}}
    await keep_output_after_end(tx, run.run_id, item.key, {**facts, "charged": charged}, price=charged)
    log.info("%s delivered late for run %s; charged %d", job.target, run.run_id, charged)
    kind, items = runtime.kind(run.kind), await list_items(tx, run.run_id)
    await set_result(tx, run.run_id, kind.kept({**(run.result or {}), **kind.sum_up(run, items)}))
    item = next(one for one in items if one.key == item.key)
    if kind.on_result_after_end:
        async with mirrored(tx):
            await kind.on_result_after_end(tx, run, item)


async def _lock_ended(tx: Tx, run_id: UUID) -> RunRow | None:
    """The run under its lock, if it has ended."""
    run = await lock_run(tx, run_id)
    return run if run is not None and run.status in TERMINAL_RUN else None


async def _settle(tx: Tx, job: ProviderJob, *, delivered: bool, reason: str, share: Share = WHOLE) -> int:
    """The parts of an item have its one hold."""
    item = await find_item_of(tx, job.run_id, job.item_key)
    is_part = item is not None and job.item_key.startswith(f"{item.key}#")
    key = item.key if item is not None and is_part else job.item_key
    return await settle_left(tx, job.run_id, key, delivered=delivered, reason=reason, share=share)
