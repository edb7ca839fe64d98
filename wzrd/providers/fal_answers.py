"""What fal's answers mean: status, refused results, cancels. No I/O."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal, TypeAlias, cast

from wzrd.domain.errors import ProviderError, ProviderFailed
from wzrd.providers.base import CancelAnswer, Progress
from wzrd.providers.http_border import Reply
from wzrd.providers.provider_json import members_of, reason_of

Complete: TypeAlias = Literal["complete"]

MAX_LINES = 50
"""Lines of a log that one answer brings; of more, the latest."""
MAX_JOBS = 4096
"""Jobs of which it is remembered how much of their log was told."""
ERROR_TYPE = "x-fal-error-type"

_FAILED = frozenset({"FAILED", "ERROR", "CANCELLED", "CANCELED"})
_ASK_AGAIN = frozenset({401, 403, 404, 408, 425, 429})
"""Refusals of a question, not of the job: the key, the moment, or a result that is not there yet."""
_CANCELS: Mapping[str, CancelAnswer] = {
    "OK": "stopped",
    "CANCELLED": "stopped",
    "CANCELLATION_REQUESTED": "asked",
    "ALREADY_COMPLETED": "too_late",
    "NOT_FOUND": "too_late",
}


def read_status(value: object) -> Progress | Complete:
    """Where a job stands. `logs` are all lines so far. Fractions: the queue 0.05-0.35 by place, else 0.1; running 0.7.

    Raises:
        ProviderFailed: it has ended without a result, in the provider's own words.
        ProviderError: this is no status.
    """
    members = members_of(value) or {}
    status = members.get("status")
    if not isinstance(status, str):
        raise ProviderError("fal-ai sent something that is no status")
    if status in _FAILED or (status == "COMPLETED" and members.get("error")):
        raise ProviderFailed(f"fal-ai: {_failure(status, members)}", error_type=_word(members.get("error_type")))
    if status == "COMPLETED":
        return "complete"
    lines = _lines(members.get("logs"))
    if status == "IN_QUEUE":
        position = _position(members.get("queue_position"))
        fraction = 0.1 if position is None else min(max(35 - position, 5), 35) / 100
        return Progress("queued", fraction, position, lines)
    return Progress("running", 0.7 if status == "IN_PROGRESS" else 0.25, None, lines)


def result_refusal(reply: Reply) -> ProviderFailed | None:
    """The failure that a refused result tells of; None when asking again may bring it.

    A 4xx is the model's own no. A 5xx is one when fal names the error's type: an overloaded gateway does not.
    """
    kind = (reply.members or {}).get("error_type") or reply.headers.get(ERROR_TYPE)
    refused = 400 <= reply.status < 500 and reply.status not in _ASK_AGAIN
    if not refused and not (reply.status >= 500 and kind):
        return None
    told = f"fal-ai: the model answered {reply.status}: {reason_of(reply.value)}"
    return ProviderFailed(told, status=reply.status, error_type=_word(kind))


def cancel_answer(reply: Reply) -> CancelAnswer | None:
    """What a cancel was answered; None when it was no answer.

    A success without a known word may still finish; 400 and 404 are for jobs that have ended or are unknown.
    """
    word = (reply.members or {}).get("status", reply.value)
    if isinstance(word, str) and word.upper() in _CANCELS:
        return _CANCELS[word.upper()]
    if reply.is_success:
        return "asked"
    return "too_late" if reply.status in {400, 404} else None


class NewLines:
    """fal tells a job's whole log each time; this lets each line through once. Remembers the latest jobs only."""

    def __init__(self, scrub: Callable[[str], str]) -> None:
        self._scrub = scrub
        self._told: OrderedDict[str, int] = OrderedDict()

    def take(self, request_id: str, progress: Progress) -> Progress:
        """The same progress with the lines that are new."""
        told = self._told.get(request_id, 0)
        self._told[request_id] = max(told, len(progress.logs))
        self._told.move_to_end(request_id)
        if len(self._told) > MAX_JOBS:
            self._told.popitem(last=False)
        return replace(progress, logs=tuple(map(self._scrub, progress.logs[told:][-MAX_LINES:])))

    def forget(self, request_id: str) -> None:
        """The job has ended."""
        self._told.pop(request_id, None)


def _failure(status: str, members: Mapping[str, Any]) -> str:
    error = members.get("error")
    told = error if isinstance(error, str) else reason_of(error or members)
    return told if error or told != "no reason given" else f"the job ended as {status}"


def _word(value: object) -> str | None:
    return value[:100] if isinstance(value, str) else None


def _position(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _lines(logs: object) -> tuple[str, ...]:
    """The texts of a log: `[{message, level, timestamp}]`, or bare lines."""
    entries = cast("list[object]", logs) if isinstance(logs, list) else []
    texts = [(members_of(entry) or {"message": entry}).get("message") for entry in entries]
    return tuple(text for text in texts if isinstance(text, str) and text)
