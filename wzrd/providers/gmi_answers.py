"""Reading GMI Cloud's answers about requests: status, outcome, payload, times, however they are wrapped. No I/O.

The documentation and the vendor's client disagree in places; whatever of it is missing or of another shape is absent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from wzrd.domain.results import media_urls
from wzrd.providers.provider_json import members_of, parse_json, read_time, reason_of

REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
LONGEST_TEXT = 2_000
"""Characters of a data URI in a repeated payload that are kept in a row: it is a file of ours."""
_ID_NAMES = ("request_id", "requestId", "id")
_WRAPPERS = ("requests", "request", "data", "items", "results")
_TIMES = ("created_at", "queued_at", "updated_at")
_FAILED = frozenset({"failed", "cancelled", "canceled"})
_SYNONYMS: Mapping[str, str] = {
    **dict.fromkeys(("succeeded", "completed", "complete", "done", "finished"), "success"),
    **dict.fromkeys(("failure", "error", "timeout", "timed_out", "expired", "rejected"), "failed"),
    "pending": "queued",
    "running": "processing",
    "in_progress": "processing",
}
"""Words of servers that speak GMI's protocol, and GMI's own for each."""


@dataclass(frozen=True, slots=True)
class GmiJob:
    """One request as GMI tells it. `about` is its JSON, without the files that we put into the payload."""

    request_id: str | None
    status: str
    model: str | None
    payload: Mapping[str, Any] | None
    created_at: datetime | None
    about: Mapping[str, Any]

    @property
    def has_failed(self) -> bool:
        """True if it ended without a result."""
        return self.status in _FAILED

    @property
    def reason(self) -> str:
        """Why it failed, in the provider's words."""
        members = [self.about.get("outcome"), self.about]
        words = next((said for said in map(reason_of, members) if said != reason_of(None)), "no reason given")
        return f"the job {'failed' if self.status == 'failed' else 'was cancelled there'}: {words}"


def read_job(value: object) -> GmiJob | None:
    """The request in an answer about one; None when there is none in it."""
    members = members_of(value)
    for name in _WRAPPERS:
        if members is not None and "status" not in members:
            members = members_of(members.get(name)) or members
    return _job(members) if members is not None and ("status" in members or _id_of(members)) else None


def read_list(value: object) -> list[GmiJob] | None:
    """The requests in a list of them, in its order; None when it is no list, however wrapped."""
    for _ in range(3):
        members = members_of(value)
        if members is None:
            break
        value = next((members[name] for name in _WRAPPERS if name in members), None)
    if not isinstance(value, list):
        return None
    return [_job(members) for entry in cast("list[object]", value) if (members := members_of(entry)) is not None]


def _job(members: Mapping[str, Any]) -> GmiJob:
    model = members.get("model")
    payload = members_of(members.get("payload"))
    about = {**members, "payload": _without_files(payload)} if payload is not None else members
    if isinstance(nested := members.get("outcome"), str) and (outcome := members_of(parse_json(nested.encode()))):
        about = {**about, "outcome": outcome}  # JSON in JSON
    return GmiJob(
        request_id=_id_of(members),
        status=_status_of(members),
        model=model if isinstance(model, str) else None,
        payload=payload,
        created_at=next((read for name in _TIMES if (read := read_time(members.get(name)))), None),
        about=about,
    )


def _status_of(members: Mapping[str, Any]) -> str:
    """In GMI's words; without one, an outcome with media says that it is done."""
    status = str(members.get("status") or "").strip().lower()
    if not status and media_urls(members.get("outcome")):
        return "success"
    return _SYNONYMS.get(status, status)


def _id_of(members: Mapping[str, Any]) -> str | None:
    found = (members.get(name) for name in _ID_NAMES)
    texts = (str(one) for one in found if isinstance(one, str | int) and not isinstance(one, bool))
    return next((text for text in texts if REQUEST_ID.fullmatch(text)), None)


def _without_files(value: object) -> object:
    if isinstance(value, str):
        return value.partition(",")[0] + ",…" if value.startswith("data:") and len(value) > LONGEST_TEXT else value
    if isinstance(value, list):
        return [_without_files(inner) for inner in cast("list[object]", value)]
    if (members := members_of(value)) is not None:
        return {name: _without_files(inner) for name, inner in members.items()}
    return value
