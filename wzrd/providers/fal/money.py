"""fal's money, by its platform API: what a unit of each endpoint costs this account, and what single requests cost.

Sources: fal.ai/docs/platform-apis/v1/models/pricing (any key; one base price an endpoint, 50 endpoints a question) and
…/billing-events (an admin's key; some minutes after a request has ended); public clients of both.
"""

import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import httpx

from wzrd.domain.errors import ProviderError, ProviderRejected
from wzrd.domain.money import CURRENCY, VendorPrice
from wzrd.providers.fal.pages import read_pages
from wzrd.providers.http_border import MAX_BODY, JsonCalls, RequestState
from wzrd.providers.provider_json import members_of

log = logging.getLogger(__name__)

AT_ONCE = 50
"""Requests, or endpoints, that one question is about."""
PAGES = 10
QUESTIONS = 60
"""Questions of one reading of prices: one unknown endpoint refuses all that are asked for with it."""
FORBIDDEN = frozenset({401, 403, 404, 405, 410})
NOT_FOUND = 404
ASK_AGAIN = timedelta(days=1)
"""Time after which prices are read anew, and a key that may not read something is tried again."""
SOON = timedelta(minutes=10)
"""Time after which prices are asked for again that could not be read."""
_NANO = Decimal(10) ** -9
_MOST = Decimal(100_000)
"""Dollars of one request, or one unit, above which a figure is taken for none."""


class FalMoney:
    """Bills and prices, as fal tells them. `now` is aware."""

    def __init__(self, calls: JsonCalls, platform_url: str, *, now: Callable[[], datetime]) -> None:
        self._calls = calls
        self._url = f"{platform_url}/models"
        self._now = now
        self._bills_from = self._prices_from = now()
        self._prices: dict[str, VendorPrice] = {}

    @property
    def are_readable(self) -> bool:
        """False for a day once the key was told that it may not read bills."""
        return self._now() >= self._bills_from

    async def read_bills(self, request_ids: Sequence[str], since: datetime) -> Mapping[str, Decimal]:
        """Dollars by request, of those that have been billed since then; nothing where the key may not read it.

        Raises:
            ProviderError: no answer, or no bills.
        """
        found: dict[str, Decimal] = {}
        state = RequestState(self._calls.name, "ask")
        with self._calls.translated(state):
            for at in range(0, len(request_ids), AT_ONCE):
                asked = {
                    "request_id": ",".join(request_ids[at : at + AT_ONCE]),
                    "start": since.isoformat(timespec="seconds"),
                }
                if not self.are_readable:
                    break
                async for event in self._read(state, "billing-events", asked, ("billing_events", "items")):
                    if event is None:
                        log.info("%s: this key may not read what was billed; plans stand in for bills", state.name)
                        self._bills_from = self._now() + ASK_AGAIN
                    else:
                        _add(event, request_ids, found)
        return found

    async def read_prices(self, endpoint_ids: Sequence[str]) -> Mapping[str, VendorPrice]:
        """Prices of a unit of these endpoints for this account, as far as fal tells them; asked once a day.

        Where it cannot be read now, what was read before stands.
        """
        if self._now() < self._prices_from:
            return self._prices
        self._prices_from = self._now() + SOON
        state = RequestState(self._calls.name, "ask")
        try:
            with self._calls.translated(state):
                found = await self._read_prices(state, endpoint_ids)
        except ProviderError as error:
            log.info("%s: its prices cannot be read now, price cards stand in: %s", self._calls.name, error.message)
            if isinstance(error, ProviderRejected) and error.status in FORBIDDEN:
                self._prices_from = self._now() + ASK_AGAIN
            return self._prices
        self._prices, self._prices_from = found, self._now() + ASK_AGAIN
        return found

    async def _read_prices(self, state: RequestState, endpoint_ids: Sequence[str]) -> dict[str, VendorPrice]:
        found: dict[str, VendorPrice] = {}
        waiting = [endpoint_ids[at : at + AT_ONCE] for at in range(0, len(endpoint_ids), AT_ONCE)]
        for _ in range(QUESTIONS):
            if not waiting:
                break
            some = waiting.pop(0)
            async for row in self._read(state, "pricing", {"endpoint_id": ",".join(some)}, ("prices",)):
                if row is not None and (told := self._price(row)) and row.get("endpoint_id") in some:
                    found[row["endpoint_id"]] = told
                elif row is None and len(some) > 1:  # one of them is unknown there
                    waiting += [some[: len(some) // 2], some[len(some) // 2 :]]
        return found

    def _price(self, row: Mapping[str, Any]) -> VendorPrice | None:
        price, unit = _dollars(row, "unit_price", Decimal(1)), row.get("unit")
        if not price or not isinstance(unit, str) or not 0 < len(unit) <= 60:
            return None
        return VendorPrice(price, unit, f"{self._url}/pricing", self._now().date().isoformat())

    async def _read(
        self, state: RequestState, path: str, asked: Mapping[str, str], names: Sequence[str]
    ) -> AsyncGenerator[Mapping[str, Any] | None]:
        """The rows of all pages of an answer, under the first of these names; None: it may not be read.

        Raises:
            ProviderError: no answer, or none of that shape.
        """
        url = httpx.URL(f"{self._url}/{path}").copy_merge_params(asked)
        async for reply in read_pages(self._calls, state, url, pages=PAGES, most=MAX_BODY):
            if reply.status in FORBIDDEN and (path != "pricing" or reply.status == NOT_FOUND):
                yield None
                return
            if not reply.is_success:
                raise self._calls.refusal(reply, state)
            members = reply.members or {}
            rows = next((members[name] for name in names if isinstance(members.get(name), list)), None)
            if rows is None:
                raise ProviderError(f"{state.name}: it answered no {names[0].replace('_', ' ')}")
            for row in cast("list[object]", rows):
                yield members_of(row) or {}


def _add(event: Mapping[str, Any], request_ids: Sequence[str], found: dict[str, Decimal]) -> None:
    """A bill counts where it is about a request that was asked for; of several their sum."""
    request_id = event.get("request_id")
    costs = (_dollars(event, *said) for said in (("cost_total", Decimal(1)), ("cost_estimate_nano_usd", _NANO)))
    cost = next((one for one in costs if one is not None), None)
    if isinstance(request_id, str) and request_id in request_ids and cost is not None:
        found[request_id] = found.get(request_id, Decimal(0)) + cost


def _dollars(row: Mapping[str, Any], name: str, unit: Decimal) -> Decimal | None:
    said = row.get(name)
    if isinstance(said, bool) or not isinstance(said, int | float | str):
        return None
    try:
        amount = Decimal(str(said)) * unit
    except ArithmeticError:
        return None
    is_money = amount.is_finite() and 0 <= amount <= _MOST and row.get("currency", CURRENCY) == CURRENCY
    return amount if is_money else None
