"""Export jobs mirror Director's Cut runs: what a job shows during its run, and how it ends."""

from collections.abc import Mapping, Sequence
from typing import Any

from wzrd.contracts.director_cut import JobView, complete, error
from wzrd.contracts.events import NewEvent
from wzrd.db.engine import Tx, mirrored
from wzrd.db.export_jobs import advance, complete_job, fail_job, find_job, read_progress, reopen_job, reset_progress
from wzrd.db.items import Item, list_items, reset_items
from wzrd.db.runs import RunRow
from wzrd.domain.cut_settings import FAL_REMOTE, LOCAL_FFMPEG
from wzrd.domain.runs import TERMINAL_RUN
from wzrd.domain.settlement import Ending, Settlement
from wzrd.film.cut_outcome import FILM, failures, voice_fallbacks

RESULT_FIELDS = ("outputUrl", "width", "height", "frames", "seconds", "lufs", "captions", "rendered", "provider")
"""The fields of a film in a run's result, in this order."""
DERIVED_ITEMS = ("score", "mix", FILM)
"""The items that are made from all the others: when one of those is tried again, so are they."""


def first_payload(renderer: str, fallbacks: Mapping[str, str], price: int) -> dict[str, Any]:
    """The job's payload before its run has begun: who stands in for whom and why, and the price where there is one."""
    estimate = {"estimatedCredits": price} if price else {}
    return {"stage": "syncing_assets", "renderer": renderer, **fallbacks, **estimate}


def film_result(items: Sequence[Item], voice_reason: str | None = None) -> dict[str, Any]:
    """The result of a run: the film, if there is one, what it cost, what is missing in it, and who spoke for whom.

    `voice_reason`: why scratch voices stood in for all that were chosen.
    """
    film = next((item.output for item in items if item.key == FILM and item.status == "succeeded"), None) or {}
    shots = failures(items, "visual/")
    sounds = [*failures(items, "voice/"), *failures(items, "effect/")]
    facts = {name: film[name] for name in RESULT_FIELDS if name in film}
    charged = sum((item.output or {}).get("charged", 0) for item in items if item.status == "succeeded")
    facts |= {"credits": charged} if charged else {}
    spoken = voice_fallbacks(items)
    lost = [*sounds, *film.get("failures", [])]
    return {
        **facts,
        "shotFailures": shots,
        "failedShotCount": len(shots),
        "partialSuccess": bool(film) and bool(shots),
        **({"audioFailures": lost} if lost else {}),
        **({"voiceFallbackReason": voice_reason} if voice_reason else {}),
        **({"voiceFallbacks": spoken} if spoken else {}),
    }


def film_event(ending: Ending) -> NewEvent:
    """`complete` when there is a film, though something may be missing in it; else `error`, in the job's words."""
    if ending.result.get("outputUrl") and ending.status in {"succeeded", "partial"}:
        return NewEvent("complete", complete(ending.run_id, ending.result))
    message = ending.error or "The film could not be made"
    return NewEvent("error", error(ending.run_id, message, ending.result))


async def end_job(tx: Tx, run: RunRow, ending: Settlement, _open_items: Sequence[Item]) -> None:
    """The job ends as its run does: with a film it is completed, without one it has failed."""
    result = film_result(await list_items(tx, run.run_id))
    url = result.get("outputUrl")
    if url and ending.status != "canceled":
        stored = await advance(tx, run.run_id, 100, {"stage": "completed", **_payload_of(result)})
        async with mirrored(tx):
            await complete_job(tx, run.run_id, url, stored.payload)
        return
    progress = await read_progress(tx, run.run_id)
    payload = {
        **(progress.payload if progress else {}),
        "stage": "failed",
        "error": ending.error,
        **_payload_of(result),
    }
    await fail_job(tx, run.run_id, ending.error or "The film could not be made", payload)


def _payload_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of the result for the job's payload: failures only where there are any."""
    names = ("rendered", "audioFailures", "voiceFallbacks", "credits")
    payload = {name: result[name] for name in names if name in result}
    if result["failedShotCount"]:
        payload |= {name: result[name] for name in ("shotFailures", "failedShotCount", "partialSuccess")}
    return payload


async def reopen_cut(tx: Tx, run: RunRow) -> None:
    """The job is under way again; what was made from all the others is made again."""
    items = await list_items(tx, run.run_id)
    if any(item.status != "succeeded" for item in items):
        await reset_items(tx, run.run_id, DERIVED_ITEMS)
    renderer, reason = _chosen(run), run.params.get("fallbackReason")
    reasons = {name: run.params[name] for name in ("fallbackReason", "voiceFallbackReason") if run.params.get(name)}
    left = sum(item.price for item in items if item.status != "succeeded" or item.key in DERIVED_ITEMS)
    payload = first_payload(renderer, reasons, left)
    await reset_progress(tx, run.run_id, payload)
    async with mirrored(tx):
        await reopen_job(tx, run.run_id, renderer, payload, fallback_used=reason is not None)


def _chosen(run: RunRow) -> str:
    """The renderer that the run began with."""
    return FAL_REMOTE if run.params.get("provider") == "fal" and not run.params.get("fallbackReason") else LOCAL_FFMPEG


async def job_view(tx: Tx, run: RunRow | None, job: JobView | None) -> JobView | None:
    """The job as its owner polls it.

    Its row answers, unless it is gone (with its project) or could not be written: then the run does.
    """
    if job is not None and (run is None or run.status not in TERMINAL_RUN or job.status in {"completed", "failed"}):
        return job
    return await _from_run(tx, run) if run is not None else None


async def find_view(tx: Tx, run: RunRow) -> JobView:
    """View of the job of a run that is at hand."""
    view = await job_view(tx, run, await find_job(tx, run.run_id, run.user_id))
    assert view is not None, "a run always answers"
    return view


async def _from_run(tx: Tx, run: RunRow) -> JobView:
    progress = await read_progress(tx, run.run_id)
    url = film_result(await list_items(tx, run.run_id)).get("outputUrl") if run.status in TERMINAL_RUN else None
    done = url is not None and run.status != "canceled"
    payload = dict(progress.payload) if progress else {}
    status = "processing" if run.status not in TERMINAL_RUN else "completed" if done else "failed"
    return JobView(
        status=status,
        progress=100 if done else progress.progress if progress else 5,
        output_url=url if done else None,
        error=None if done or status == "processing" else run.error,
        provider=LOCAL_FFMPEG if payload.get("fallbackReason") else _chosen(run),
        provider_status=status if run.started_at else "queued",
        provider_job_id=payload.get("providerJobId"),
        fallback_used=bool(payload.get("fallbackReason")),
        provider_payload=payload,
    )
