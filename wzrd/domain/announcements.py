"""A run's end as an event of Prefect's, and the day's spend. Pure: facts in, the event's JSON out.

Event ids are derived: an event that is sent twice is the same one, for its store and for automations alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

SPEND_EVENT = "wzrd.spend.exceeded"
MAX_ERROR = 500
"""Characters of an error in an event."""


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run's end. `credits`: what its attempts have charged in all.

    `provider`: whose calls failed most in it, None where none did.
    """

    run_id: UUID
    kind: str
    status: str
    attempt: int
    project_id: UUID | None
    project: str | None
    label: str | None
    flow_run_id: UUID | None
    error: str | None
    error_code: str | None
    credits: int
    provider: str | None
    finished_at: datetime


def code_of(run: EndedRun) -> str:
    """Why it did not succeed: the run's own code, else that a provider failed; empty where it did."""
    if run.error_code in {None, "incomplete"} and run.provider:
        return "provider_failed"
    return run.error_code or ""


def run_event(run: EndedRun) -> dict[str, Any]:
    """`wzrd.run.succeeded`, `.partial`, `.failed` or `.canceled`.

    Labels are what automations can match; the payload is what their messages tell. The run's flow run is a related
    resource, so that actions on the flow run, and its page, find it.
    """
    code, title = code_of(run), run.project or run.label or ""
    labels = {
        "prefect.resource.id": f"wzrd.run.{run.run_id}",
        "prefect.resource.name": f"{title} · {run.kind}" if title else run.kind,
        "wzrd.kind": run.kind,
        "wzrd.status": run.status,
        "wzrd.error-code": code,
        "wzrd.provider": run.provider or "",
    }
    related = [_related("project", f"wzrd.project.{run.project_id}", title)] if run.project_id else []
    if run.flow_run_id:
        related.append(_related("flow-run", f"prefect.flow-run.{run.flow_run_id}", ""))
    payload = {
        "run_id": str(run.run_id),
        "kind": run.kind,
        "status": run.status,
        "attempt": run.attempt,
        "project_id": str(run.project_id) if run.project_id else None,
        "project": run.project,
        "credits": run.credits,
        "error_code": code or None,
        "error": (run.error or "")[:MAX_ERROR] or None,
        "provider": run.provider,
    }
    about = (f"wzrd.run.{run.status}", run.finished_at, f"run/{run.run_id}/{run.attempt}")
    return _event(*about, labels, payload, related)


def spend_event(ended: Sequence[EndedRun], spent: int, limit: int) -> dict[str, Any] | None:
    """The event that the day's spend has passed the limit with these ends; None where it had before, or has not.

    `spent`: the day's credits, these included. A run that is tried again counts with all its attempts: it may have
    been counted before, so that the same event comes twice rather than not at all.
    """
    if not spent - sum(run.credits for run in ended) < limit <= spent:
        return None
    latest = max(run.finished_at for run in ended).astimezone(UTC)
    day = latest.date().isoformat()
    labels = {"prefect.resource.id": "wzrd.spend", "prefect.resource.name": "Spend of a day", "wzrd.day": day}
    payload = {"day": day, "credits": spent, "limit": limit}
    return _event(SPEND_EVENT, latest, f"spend/{day}/{limit}", labels, payload, [])


def _related(role: str, identifier: str, name: str) -> dict[str, str]:
    named = {"prefect.resource.name": name} if name else {}
    return {"prefect.resource.id": identifier, "prefect.resource.role": role, **named}


def _event(
    event: str,
    at: datetime,
    identity: str,
    labels: Mapping[str, str],
    payload: Mapping[str, Any],
    related: Sequence[Mapping[str, str]],
) -> dict[str, Any]:
    return {
        "id": str(uuid5(NAMESPACE_URL, f"wzrd:{identity}")),
        "event": event,
        "occurred": at.isoformat(),
        "resource": dict(labels),
        "related": list(related),
        "payload": dict(payload),
    }
