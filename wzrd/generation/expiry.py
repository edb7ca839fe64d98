"""A result whose address no longer answers: asked for once more, and given up when its provider names no other."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from wzrd.db.provider_jobs import ProviderJob, advance_job, list_item_jobs, renew_output
from wzrd.domain.errors import NotConfigured, ProviderError, ResultExpired
from wzrd.domain.lease import Lease
from wzrd.domain.settlement import storable
from wzrd.domain.submission import Target, backoff
from wzrd.generation.submissions import located, tell_expired
from wzrd.generation.values import pack
from wzrd.net.guarded import FetchFailed
from wzrd.providers.base import Output, is_queue
from wzrd.runtime.process import Runtime

T = TypeVar("T")


def is_gone(error: FetchFailed) -> bool:
    """Whether the address itself was refused: 404, 410, or whatever a signature that has run out is answered."""
    return error.status is not None and 400 <= error.status < 500 and not error.retryable


async def bring(
    runtime: Runtime,
    lease: Lease,
    item_key: str,
    target: Target,
    output: Output,
    once: Callable[[Output], Awaitable[T]],
) -> T:
    """What `once` makes of a result that it fetches; where its address is gone, by those that its provider names now.

    Raises:
        ResultExpired: nobody can fetch it any more; it is noted as such, and not asked for again unasked.
        and whatever else `once` raises.
    """
    policy, tries = runtime.providers.retry_policy, 0
    while True:
        try:
            return await once(output)
        except FetchFailed as error:
            job = await _find_made(runtime, lease, item_key, target) if is_gone(error) else None
            if job is None:
                raise
            tries += 1
            if tries >= policy.tries:
                await expire(runtime, job, error.message)
                raise ResultExpired(f"{tell_expired(target)} ({error.message})") from error
        await asyncio.sleep(backoff(policy, tries, runtime.providers.jitter()))
        output = await ask_again(runtime, job) or output


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


async def expire(runtime: Runtime, job: ProviderJob, why: str) -> None:
    """Note that nobody can fetch it any more."""
    async with runtime.begin() as tx:
        await advance_job(tx, job.job_id, "expired", error=storable(why))
