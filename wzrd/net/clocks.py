"""The clocks of others: a moment that a server names is its own clock's, and ours may be wrong. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SAME = timedelta(seconds=5)
"""Clocks that differ by less are taken for the same: a `Date` has whole seconds, and an answer travels."""


def sender_time(headers: Mapping[str, str], now: datetime) -> datetime:
    """Time by the sender's clock, from its `Date` header; `now`, aware, where it tells none or agrees.

    `headers` must answer lower-case names (httpx's do).
    """
    try:
        sent = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, OverflowError):
        return now
    sent = sent if sent.tzinfo else sent.replace(tzinfo=UTC)
    return now if abs(sent - now) < SAME else sent
