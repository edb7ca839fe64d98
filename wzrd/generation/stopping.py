"""A canceled run's jobs at a queue: the provider is told to stop them, and what it confirms is recorded."""

from wzrd.db.provider_jobs import ProviderJob, find_job, list_item_jobs
from wzrd.generation.queue import stop
from wzrd.generation.records import record_canceled
from wzrd.generation.submissions import GenerationJob, Submission, located
from wzrd.providers.base import Accepted, AnyProvider, QueueProvider, is_queue
from wzrd.runtime.process import Runtime


async def stop_sent(
    runtime: Runtime, generation: GenerationJob, provider: QueueProvider, submission: Submission
) -> None:
    """The run was canceled while a job was being submitted: it is known by now whether it was accepted."""
    async with runtime.begin() as tx:
        job = await find_job(tx, submission.job_id)
    if job is not None and job.status == "accepted":
        await stop_job(runtime, generation, provider, submission, located(provider, job))


async def stop_standing(runtime: Runtime, generation: GenerationJob, provider: AnyProvider) -> None:
    """The run was canceled right after a job had been accepted, before anybody followed it."""
    if not is_queue(provider):
        return
    async with runtime.begin() as tx:
        jobs = await list_item_jobs(tx, generation.lease.run_id, generation.request.item_key)
    for job in jobs:
        if _is_under_way(job, generation):
            submission = Submission(job.job_id, job.submission_no, 0)
            await stop_job(runtime, generation, provider, submission, located(provider, job))


def _is_under_way(job: ProviderJob, generation: GenerationJob) -> bool:
    return job.status == "accepted" and job.target == generation.target


async def stop_job(
    runtime: Runtime, generation: GenerationJob, provider: QueueProvider, submission: Submission, accepted: Accepted
) -> None:
    """Have the provider stop a job. What it may still deliver keeps its hold (see runs.finish)."""
    if await stop(provider, accepted) == "stopped":
        await record_canceled(runtime, generation, submission, "")
