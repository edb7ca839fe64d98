"""A result that cannot be had or used: asked for again, and given up when no other address is named.

Its address no longer answers (`expired`), or what lies there is a page, a text, a broken file (`useless`).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from wzrd.assets.sources import is_gone, is_useless
from wzrd.db.left_jobs import renew_output
from wzrd.db.provider_jobs import ProviderJob, advance_job, list_item_jobs
from wzrd.domain.errors import NotConfigured, ProviderError, WzrdError, storable
from wzrd.domain.runs import Lease
from wzrd.domain.submission import Spent, Target, backoff
from wzrd.generation.submissions import located, spent_error
from wzrd.generation.values import pack
from wzrd.net.guarded import FetchFailed
from wzrd.providers.base import Output, is_queue
from wzrd.runtime.process import Runtime

T = TypeVar("T")


async def bring(
    runtime: Runtime,
    lease: Lease,
    item_key: str,
    target: Target,
    output: Output,
    once: Callable[[Output], Awaitable[T]],
) -> T:
    """Result of `once`, which fetches an output; if its address is gone, its provider is asked for new ones.

    Raises:
        ResultExpired, ResultUseless: nobody can fetch it any more, or it is not what was asked for; it is noted as
            such, and not asked for again unasked.
        and whatever else `once` raises.
    """
    policy, tries = runtime.providers.retry_policy, 0
    while True:
        try:
            return await once(output)
        except WzrdError as error:
            spent = spent_by(error)
            job = await _find_made(runtime, lease, item_key, target) if spent else None
            if spent is None or job is None:
                raise
            tries += 1
            again = await ask_again(runtime, job) if spent == "useless" else None
            if tries >= policy.tries or (spent == "useless" and again is None):
                await _give_up(runtime, job, spent, error.message)
                raise spent_error(target, spent, error.message) from error
        await asyncio.sleep(backoff(policy, tries, runtime.providers.jitter()))
        output = again or await ask_again(runtime, job) or output


def spent_by(error: WzrdError) -> Spent | None:
    """End of a submit by the error on fetching its result; None where it may still be fetched."""
    if isinstance(error, FetchFailed):
        return "expired" if is_gone(error) else None
    return "useless" if is_useless(error) else None


async def _find_made(runtime: Runtime, lease: Lease, item_key: str, target: Target) -> ProviderJob | None:
    async with runtime.begin() as tx:
        jobs = await list_item_jobs(tx, lease.run_id, item_key)
    return next((job for job in jobs if job.target == target and job.status == "succeeded"), None)


async def ask_again(runtime: Runtime, job: ProviderJob) -> Output | None:
    """The result by the addresses that its provider names now; None where it names no others, or does not answer."""
    try:
        provider = runtime.providers.find(job.target.provider, job.media_type)
        news = await provider.poll(located(provider, job)) if is_queue(provider) and job.request_id else None
    except (ProviderError, NotConfigured):
        return None
    if not isinstance(news, Output) or list(news.media) == list((job.output or {}).get("media", ())):
        return None
    async with runtime.begin() as tx:
        await renew_output(tx, job.job_id, pack(news))
    return news


async def _give_up(runtime: Runtime, job: ProviderJob, spent: Spent, why: str) -> None:
    async with runtime.begin() as tx:
        await advance_job(tx, job.job_id, spent, error=storable(why))
