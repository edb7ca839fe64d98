"""A lost submit among its provider's requests: by payload and time, equal ones by order of sending. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from wzrd.domain.submission import matches

CLOCKS = timedelta(seconds=30)
"""Longest time that a provider's clock may be behind ours."""


@dataclass(frozen=True, slots=True)
class OpenSubmit:
    """A submit that is not known to be accepted; `fingerprint` as `wzrd.domain.submission.fingerprint` makes it.

    `may_answer`: the process that sent it may still get its provider's answer.
    """

    job_id: UUID
    fingerprint: Mapping[str, str]
    sent_at: datetime
    may_answer: bool = False


@dataclass(frozen=True, slots=True)
class ListedRequest:
    """A request as its provider lists it, which no submit is known to be; `sent_at` by our clock."""

    request_id: str
    payload: Mapping[str, Any]
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Sighting:
    """The request that a submit is; `equals`: how many requests, or submits of ours, have the same payload."""

    request_id: str
    equals: int


def find_submit(job_id: UUID, submits: Sequence[OpenSubmit], listed: Sequence[ListedRequest]) -> Sighting | None:
    """The request that this submit is; None while it is not there, or may be another's whose answer is on its way.

    `submits`: all of the model that are open, this one among them. A request belongs to the submits that say most of
    its payload: one without a seed is never taken for one with it.
    """
    own = next((one for one in submits if one.job_id == job_id), None)
    if own is None:
        return None
    fuller = [one for one in submits if len(one.fingerprint) > len(own.fingerprint)]
    wanted = [one for one in listed if _may_be(own, one) and not any(_may_be(other, one) for other in fuller)]
    equal = [one for one in submits if one.fingerprint == own.fingerprint]
    if not wanted or any(one.may_answer for one in equal if one is not own):
        return None
    equal.sort(key=lambda one: (one.sent_at, one.job_id))
    wanted.sort(key=lambda one: (one.sent_at, one.request_id))
    at = pair_in_order([one.sent_at for one in equal], [one.sent_at for one in wanted]).get(equal.index(own))
    return Sighting(wanted[at].request_id, max(len(equal), len(wanted))) if at is not None else None


def _may_be(submit: OpenSubmit, request: ListedRequest) -> bool:
    return request.sent_at >= submit.sent_at - CLOCKS and matches(submit.fingerprint, request.payload)


def pair_in_order(ours: Sequence[datetime], theirs: Sequence[datetime]) -> dict[int, int]:
    """Ours with theirs, both ascending: as many pairs as can be, none crossing another, the nearest in time.

    None of theirs was sent before the one of ours that it is paired with.
    """
    best = [[(0, timedelta())] * (len(theirs) + 1) for _ in range(len(ours) + 1)]

    def paired(our: int, their: int) -> tuple[int, timedelta]:
        fewer, apart = best[our + 1][their + 1]
        return fewer - 1, apart + abs(theirs[their] - ours[our])

    for our in reversed(range(len(ours))):
        for their in reversed(range(len(theirs))):
            best[our][their] = min(best[our + 1][their], best[our][their + 1])
            if theirs[their] >= ours[our] - CLOCKS:
                best[our][their] = min(best[our][their], paired(our, their))
    pairs: dict[int, int] = {}
    our = their = 0
    while our < len(ours) and their < len(theirs):
        if theirs[their] >= ours[our] - CLOCKS and best[our][their] == paired(our, their):
            pairs[our] = their
            our, their = our + 1, their + 1
        elif best[our][their] == best[our + 1][their]:
            our += 1
        else:
            their += 1
    return pairs
