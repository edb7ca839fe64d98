"""Time for which a provider's rate limit is used up, from a reply's headers; the caller brings the time.

Facts: Groq and OpenAI tell on every reply what is left (`x-ratelimit-remaining-requests`, `-tokens`) and when it is
full again (`x-ratelimit-reset-requests`, `-tokens`: a duration such as `6m0s`).
"""

from collections.abc import Mapping
from datetime import datetime

from wzrd.net.retry_after import reset_waits

MAX_PAUSE = 60.0
"""Seconds that a header may make us wait unasked: beyond it the provider is asked, and says itself how long."""


def exhausted_seconds(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds until every bucket that this reply says is empty is full again: 0 (none is) to `MAX_PAUSE`.

    `headers` must answer lower-case names (httpx's do); `now` is aware.
    """
    waits = [wait for spent, wait in reset_waits(headers, now) if spent]
    return min(max([0.0, *waits]), MAX_PAUSE)
