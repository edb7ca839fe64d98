"""fal's bills: what single requests cost, after discounts, by its platform API. An admin's key may read them.

Sources: fal.ai/docs/platform-apis/v1/models/billing-events; public clients of it (`billing_events`, `cost_total` in
dollars, `cost_estimate_nano_usd`). They come some minutes after a request has ended.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import httpx

from wzrd.domain.errors import ProviderError
from wzrd.providers.http_border import JsonCalls, RequestState
from wzrd.providers.provider_json import members_of

log = logging.getLogger(__name__)

AT_ONCE = 50
"""Requests that one question is about."""
PAGES = 10
FORBIDDEN = frozenset({401, 403, 404, 405, 410})
ASK_AGAIN = timedelta(days=1)
"""Time after which a key that may not read bills is tried again."""
_NANO = Decimal(10) ** -9
_MOST = Decimal(100_000)
"""Dollars of one request above which a figure is taken for none."""


class FalBills:
    """The bills. `now` is aware."""

    def __init__(self, calls: JsonCalls, platform_url: str, *, now: Callable[[], datetime]) -> None:
        self._calls = calls
        self._url = httpx.URL(f"{platform_url}/models/billing-events")
        self._now = now
        self._not_before: datetime | None = None

    @property
    def are_readable(self) -> bool:
        """False for a day once the key was told that it may not read them."""
        return self._not_before is None or self._now() >= self._not_before

    async def read(self, request_ids: Sequence[str], since: datetime) -> Mapping[str, Decimal]:
        """Dollars by request, of those that have been billed since then; nothing where the key may not read it.

        Raises:
            ProviderError: no answer, or no bills.
        """
        found: dict[str, Decimal] = {}
        state = RequestState(self._calls.name, "ask")
        with self._calls.translated(state):
            for at in range(0, len(request_ids), AT_ONCE):
                if not self.are_readable:
                    break
                await self._read(state, request_ids[at : at + AT_ONCE], since, found)
        return found

    async def _read(
        self, state: RequestState, request_ids: Sequence[str], since: datetime, found: dict[str, Decimal]
    ) -> None:
        asked, cursor = {"request_id": ",".join(request_ids), "start": since.isoformat(timespec="seconds")}, ""
        for _ in range(PAGES):
            url = self._url.copy_merge_params(asked | ({"cursor": cursor} if cursor else {}))
            reply = await self._calls.call(state, "GET", str(url))
            if reply.status in FORBIDDEN:
                log.info("%s: this key may not read what was billed; plans stand in for bills", self._calls.name)
                self._not_before = self._now() + ASK_AGAIN
                return
            if not reply.is_success:
                raise self._calls.refusal(reply, state)
            members = reply.members or {}
            events = members.get("billing_events", members.get("items"))
            if not isinstance(events, list):
                raise ProviderError(f"{self._calls.name}: it answered no bills")
            for event in cast("list[object]", events):
                _add(members_of(event) or {}, request_ids, found)
            cursor, before = str(members.get("next_cursor") or ""), cursor
            if members.get("has_more") is not True or cursor in {"", before}:
                return


def _add(event: Mapping[str, Any], request_ids: Sequence[str], found: dict[str, Decimal]) -> None:
    """A bill counts where it is about a request that was asked for; of several their sum."""
    request_id, cost = event.get("request_id"), _cost(event)
    if isinstance(request_id, str) and request_id in request_ids and cost is not None:
        found[request_id] = found.get(request_id, Decimal(0)) + cost


def _cost(event: Mapping[str, Any]) -> Decimal | None:
    for name, unit in (("cost_total", Decimal(1)), ("cost_estimate_nano_usd", _NANO)):
        said = event.get(name)
        if isinstance(said, bool) or not isinstance(said, int | float | str):
            continue
        try:
            cost = Decimal(str(said)) * unit
        except ArithmeticError:
            continue
        if cost.is_finite() and 0 <= cost <= _MOST and event.get("currency", "USD") == "USD":
            return cost
    return None
