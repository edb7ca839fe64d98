"""Meaning of fal's answers: status, refused results, cancels. No I/O."""

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal, TypeAlias

from wzrd.contracts.wire import elements_of, is_list
from wzrd.domain.errors import ProviderError, ProviderFailed, ProviderUnknown, ResultUseless
from wzrd.domain.refusals import refused
from wzrd.models.refusals import find_refusal
from wzrd.providers.base import CancelAnswer, Progress
from wzrd.providers.http_border import Reply
from wzrd.providers.provider_json import members_of, reason_of

Complete: TypeAlias = Literal["complete"]

MAX_LINES = 50
"""Lines of a log that one answer brings; of more, the latest."""
MAX_JOBS = 4096
"""Jobs of which it is remembered how much of their log was told."""
ERROR_TYPE = "x-fal-error-type"
TIMEOUT_TYPE = "x-fal-request-timeout-type"
"""With a 504: the job did not begin in the time that it was given."""
RETRYABLE = "x-fal-retryable"
"""`true`: the input is not to blame, whatever the status says (`downstream_service_error` has 400)."""

FLAGS = ("has_nsfw_concepts", "nsfw_content_detected")
"""Where a result tells of the filter; the second is `fal-ai/lcm`'s, a single flag `fal-ai/leffa/virtual-tryon`'s (fal's
types, @fal-ai/client 1.10.1)."""
_COMPLETE = frozenset({"COMPLETED", "COMPLETE", "SUCCEEDED", "SUCCESS", "DONE", "FINISHED", "OK"})
_FAILED = frozenset({"FAILED", "FAILURE", "ERROR", "CANCELLED", "CANCELED", "TIMEOUT", "TIMED_OUT", "EXPIRED"})
_QUEUED = frozenset({"IN_QUEUE", "QUEUED", "PENDING", "CREATED"})
_RUNNING = frozenset({"IN_PROGRESS", "RUNNING", "PROCESSING"})
"""fal's words stand first; the others are those of servers that speak its protocol."""
_ID_NAMES = ("request_id", "requestId")
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_ID_IN_URL = re.compile(r"/requests/([A-Za-z0-9_-]{1,128})(?=[/?]|$)")
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
    members = _unwrapped(value, "status")
    status = members.get("status")
    if not isinstance(status, str) or not status.strip():
        raise ProviderError("fal-ai sent something that is no status")
    status = status.strip().upper()
    if status in _FAILED or (status in _COMPLETE and members.get("error")):
        raise ProviderFailed(f"fal-ai: {_failure(status, members)}", error_type=_word(members.get("error_type")))
    if status in _COMPLETE:
        return "complete"
    lines = _lines(members.get("logs"))
    if status in _QUEUED:
        position = _position(members.get("queue_position"))
        fraction = 0.1 if position is None else min(max(35 - position, 5), 35) / 100
        return Progress("queued", fraction, position, lines)
    return Progress("running", 0.7 if status in _RUNNING else 0.25, None, lines)


def read_submit(value: object) -> Mapping[str, Any] | None:
    """A submit's answer with its `request_id`, if it is a job in the queue; None when it is the result itself.

    Raises:
        ProviderUnknown: it was accepted, under no id that can be asked for.
    """
    members = _unwrapped(value, *_ID_NAMES)
    status, given = members.get("status"), next((members[name] for name in _ID_NAMES if members.get(name)), None)
    is_queued = isinstance(status, str) and status.upper() in _QUEUED
    if not (is_queued or "status_url" in members or any(name in members for name in _ID_NAMES)):
        return None
    request_id = str(given or members.get("id") or _id_in(members))
    if isinstance(given, bool) or not REQUEST_ID.fullmatch(request_id):
        raise ProviderUnknown("fal-ai accepted the request under an id that is none")
    return {**members, "request_id": request_id}


def _unwrapped(value: object, *names: str) -> Mapping[str, Any]:
    """The object that has one of these members, one level down at most."""
    members = members_of(value) or {}
    inside = (members_of(members.get(wrapper)) for wrapper in ("data", "request"))
    found = (one for one in (members, *inside) if one is not None and any(name in one for name in names))
    return next(found, members)


def _id_in(members: Mapping[str, Any]) -> str:
    """The id in the address at which the job is asked about."""
    found = (_ID_IN_URL.search(url) for name in ("status_url", "response_url") if (url := str(members.get(name))))
    return next((match[1] for match in found if match), "")


def result_refusal(reply: Reply) -> ProviderFailed | None:
    """The failure that a refused result tells of; None when asking again may bring it.

    A 4xx is the model's own no, unless fal says that the same may succeed. A 5xx is a failure when fal names the
    error's type, beside its words or in the model's list of errors: an overloaded gateway does not.
    """
    members, headers = reply.members or {}, reply.headers
    listed = (one.get("type") for one in map(members_of, elements_of(members.get("detail"))) if one)
    kind = members.get("error_type") or headers.get(ERROR_TYPE) or headers.get(TIMEOUT_TYPE) or next(listed, None)
    early = "still in progress" in reason_of(reply.value)  # as fal says with a 400
    is_no = 400 <= reply.status < 500 and reply.status not in _ASK_AGAIN and not early
    if not is_no and not (reply.status >= 500 and kind):
        return None
    late = reply.status == 504 and TIMEOUT_TYPE in headers
    said = "had not begun in time; try again later" if late else f"the model answered {reply.status}"
    message = f"fal-ai: {said}: {reason_of(reply.value)}"
    status = None if headers.get(RETRYABLE) == "true" else reply.status
    return ProviderFailed(message, status=status, error_type=_word(kind), **refused(find_refusal(reply.value)))


def without_placeholders(result: object) -> object:
    """The result without the black pictures that a model's filter has put in the place of some.

    A flag a picture says so, or one for all (`FLAGS`).

    Raises:
        ResultUseless: all are such pictures.
    """
    members = members_of(result) or {}
    images = members.get("images") or [one for one in (members.get("image"),) if one]
    if not is_list(images) or not images:
        return result  # nothing that the filter could have made black: a film, a text
    told = [members.get(name) for name in FLAGS]
    flags = [[said] * len(images) if isinstance(said, bool) else elements_of(said) for said in told]
    black = {at for row in flags for at, flag in enumerate(row) if flag is True}
    if not black:
        return result
    kept = [one for at, one in enumerate(images) if at not in black]
    if not kept:
        message = "fal-ai: the model's filter has put black in the place of what it made (has_nsfw_concepts)"
        raise ResultUseless(message, **refused(find_refusal(message)))
    return {**members, "images": kept}


def cancel_answer(reply: Reply) -> CancelAnswer | None:
    """Answer to a cancel; None when it was no answer.

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
        self._seen: OrderedDict[str, int] = OrderedDict()

    def take(self, request_id: str, progress: Progress) -> Progress:
        """Progress with only the log lines that are new."""
        seen = self._seen.get(request_id, 0)
        self._seen[request_id] = max(seen, len(progress.logs))
        self._seen.move_to_end(request_id)
        if len(self._seen) > MAX_JOBS:
            self._seen.popitem(last=False)
        return replace(progress, logs=tuple(map(self._scrub, progress.logs[seen:][-MAX_LINES:])))

    def forget(self, request_id: str) -> None:
        """The job has ended."""
        self._seen.pop(request_id, None)


def _failure(status: str, members: Mapping[str, Any]) -> str:
    error = members.get("error")
    message = error if isinstance(error, str) else reason_of(error or members)
    return message if error or message != "no reason given" else f"the job ended as {status}"


def _word(value: object) -> str | None:
    return value[:100] if isinstance(value, str) else None


def _position(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value[:9])
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _lines(logs: object) -> tuple[str, ...]:
    """The texts of a log: `[{message, level, timestamp}]`, or bare lines."""
    texts = [(members_of(entry) or {"message": entry}).get("message") for entry in elements_of(logs)]
    return tuple(text for text in texts if isinstance(text, str) and text)
