"""fal's list of one's own requests, which its platform API keeps of what has ended.

Source: fal.ai/docs/platform-apis/v1/models/requests/by-endpoint (a user's key suffices). It lags behind, and tells
payloads only to accounts that have them stored. Results are taken from the queue, not from here.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from wzrd.contracts.wire import is_list, is_object, members_of
from wzrd.domain.errors import ProviderError
from wzrd.net.retry_after import sender_time
from wzrd.providers.fal.answers import REQUEST_ID
from wzrd.providers.fal.pages import read_pages
from wzrd.providers.http_border import JsonCalls, Reply, RequestState
from wzrd.providers.provider_json import read_time

log = logging.getLogger(__name__)

PAGE, PAGES = 100, 20
"""Requests that a page has at most, and pages that are read: of more, those that have ended last."""
MAX_PAGE = 64 << 20
"""Bytes of one page: it repeats inputs and outputs."""
MARGIN = timedelta(minutes=5)
"""The time that is asked for begins so much earlier: its clock may be another."""
FORBIDDEN = 403
NOT_THERE = frozenset({404, 405, 410})
UNREADABLE_AFTER = 5
"""So often in a row must the list be none that this is believed."""
ASK_AGAIN = timedelta(hours=1)
"""Time after which a list that could not be read is tried again."""


@dataclass(frozen=True, slots=True)
class EndedRequest:
    """A request that has ended, with what it asked for; `sent_at` by our clock."""

    request_id: str
    payload: Mapping[str, Any]
    sent_at: datetime


class FalRequests:
    """The list. `now` is aware."""

    def __init__(self, calls: JsonCalls, platform_url: str, *, now: Callable[[], datetime]) -> None:
        self._calls = calls
        self._url = httpx.URL(f"{platform_url}/models/requests/by-endpoint")
        self._now = now
        self._unreadable = 0
        self._not_before: datetime | None = None

    @property
    def are_readable(self) -> bool:
        """False for an hour once the key was told that it may not read it, or what came was no list each time."""
        return self._not_before is None or self._now() >= self._not_before

    async def list_ended(self, model: str, since: datetime) -> Sequence[EndedRequest]:
        """The requests to this model that were sent since then and have ended, the latest first.

        Raises:
            ProviderError: no answer, or no list with payloads.
        """
        state = RequestState(self._calls.name, "ask")
        with self._calls.translated(state):
            found = await self._read(state, model, since)
        self._unreadable, self._not_before = 0, None
        return sorted(
            (one for one in found.values() if one.sent_at >= since), key=lambda one: one.sent_at, reverse=True
        )

    async def _read(self, state: RequestState, model: str, since: datetime) -> dict[str, EndedRequest]:
        found: dict[str, EndedRequest] = {}
        asked = {"endpoint_id": model, "start": (since - MARGIN).isoformat(timespec="seconds"), "expand": "payloads"}
        url, named, ahead = self._url.copy_merge_params({**asked, "limit": str(PAGE)}), 0, None
        async for reply in read_pages(self._calls, state, url, pages=PAGES, most=MAX_PAGE):
            self._check(reply, state)
            ahead = ahead or self._now() - sender_time(reply.headers, self._now())  # how far our clock is
            members = reply.members or {}
            items = members.get("items")
            if not is_list(items):
                raise self._none("it answered no list of requests")
            requests = [(item, one) for item in map(members_of, items) if (one := _request(item, ahead)) is not None]
            named += len(requests)
            found |= {one.request_id: one for item, one in requests if is_object(item.get("json_input"))}
        if named >= PAGE * PAGES:
            log.warning(
                "%s lists %d requests to %s, and perhaps more: the oldest are not seen", state.name, named, model
            )
        if named and not found:
            raise self._none("its list of requests does not tell what they asked for")
        return found

    def _check(self, reply: Reply, state: RequestState) -> None:
        if reply.status == FORBIDDEN:
            self._give_up("this key may not read the list of requests")
        if reply.status in NOT_THERE:
            raise self._none(f"there is no list of requests at {self._url.host} ({reply.status})")
        if not reply.is_success:
            raise self._calls.refusal(reply, state)

    def _none(self, why: str) -> ProviderError:
        self._unreadable += 1
        if self._unreadable >= UNREADABLE_AFTER:
            self._give_up(why)
        return ProviderError(f"{self._calls.name}: {why}")

    def _give_up(self, why: str) -> None:
        if self.are_readable:
            log.warning("%s: %s; a submit whose answer is lost cannot be found there", self._calls.name, why)
        self._unreadable, self._not_before = 0, self._now() + ASK_AGAIN


def _request(members: Mapping[str, Any], ahead: timedelta) -> EndedRequest | None:
    """A request with an id and a time; anything else cannot be recognised. `ahead`: how far our clock is."""
    request_id = members.get("request_id")
    times = (read_time(members.get(name)) for name in ("sent_at", "started_at"))
    sent_at = next((time for time in times if time is not None), None)
    if not isinstance(request_id, str) or not REQUEST_ID.fullmatch(request_id) or sent_at is None:
        return None
    return EndedRequest(request_id, members_of(members.get("json_input")), sent_at + ahead)
