"""Time a provider asks us to wait, and what time its clock has. Pure: the caller brings the time.

Facts: RFC 9110 (seconds or an HTTP date), `retry-after-ms` (OpenAI), the `x-ratelimit-reset-*` durations of Groq and
OpenAI (`6m0s`, `20ms`; some gateways send a Unix time instead), Google's message (`Please retry in 25.9s`).
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MAX_WAIT = 86_400.0
_UNITS = {"d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(ms|us|µs|ns|d|h|m|s)", re.ASCII)
_SAID = re.compile(r"(?:retry|try again) (?:in|after) ([\d.]+(?:[a-zµ]+[\d.]*)*)", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,18}(?:\.\d{1,9})?", re.ASCII)
_EPOCH_SECONDS = 1e9
_EPOCH_MILLISECONDS = 1e12


def parse_duration(text: str) -> float | None:
    """Seconds in a duration such as `6m0s`, `1.5s` or `250ms`, or in a bare number; None when it is neither."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    seconds, end = 0.0, 0
    for part in _PART.finditer(text):
        if part.start() != end:
            return None
        seconds, end = seconds + float(part[1]) * _UNITS[part[2]], part.end()
    return seconds if text and end == len(text) else None


def parse_retry_after(headers: Mapping[str, str], now: datetime, said: str = "") -> float | None:
    """Seconds to wait as a reply asks for (0 to a day), or None when it does not say.

    `headers` must answer lower-case names (httpx's do); `now` is aware, and counts where the reply does not tell its
    own time. `retry-after` wins over what the reply's message has (`said`), and that over the rate limits' resets; of
    these the longest exhausted one counts, or the shortest when none says that it is exhausted.
    """
    wait = _announced_wait(headers, sender_time(headers, now))
    if wait is None and (found := _SAID.search(said)):
        wait = parse_duration(found[1].rstrip("."))
    if wait is None:
        waits = reset_waits(headers, now)
        exhausted = [wait for spent, wait in waits if spent]
        wait = max(exhausted) if exhausted else min((wait for _, wait in waits), default=None)
    return None if wait is None or not math.isfinite(wait) else min(max(wait, 0.0), MAX_WAIT)


def _announced_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    milliseconds = headers.get("retry-after-ms", "").strip()
    if _NUMBER.fullmatch(milliseconds):
        return float(milliseconds) / 1000
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    seconds = parse_duration(value)
    return seconds if seconds is not None else _until(value, now)


def _until(date: str, now: datetime) -> float | None:
    try:
        at = parsedate_to_datetime(date)
        return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
    except (ValueError, OverflowError):
        return None


def reset_waits(headers: Mapping[str, str], now: datetime) -> list[tuple[bool, float]]:
    """For each bucket that tells when it is full again: whether it is empty now, and the seconds until then."""
    now, waits = sender_time(headers, now), list[tuple[bool, float]]()
    for bucket in ("requests", "tokens"):
        wait = parse_duration(headers.get(f"x-ratelimit-reset-{bucket}", ""))
        if wait is not None:
            spent = headers.get(f"x-ratelimit-remaining-{bucket}", "").strip() == "0"
            waits.append((spent, _as_wait(wait, now)))
    return waits


def _as_wait(value: float, now: datetime) -> float:
    """A reset may be a duration or a moment (Unix time in seconds or milliseconds)."""
    if value >= _EPOCH_MILLISECONDS:
        return value / 1000 - now.timestamp()
    return value - now.timestamp() if value >= _EPOCH_SECONDS else value


MAX_PAUSE = 60.0
"""Seconds that a header may make us wait unasked: beyond it the provider is asked, and says itself how long."""


def exhausted_seconds(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds until every bucket that this reply says is empty is full again: 0 (none is) to `MAX_PAUSE`.

    `headers` must answer lower-case names (httpx's do); `now` is aware.
    """
    waits = [wait for spent, wait in reset_waits(headers, now) if spent]
    return min(max([0.0, *waits]), MAX_PAUSE)


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
