"""Seconds for which a rate limit is used up, by a reply's headers."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.net.retry_after import MAX_PAUSE, exhausted_seconds

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def headers(requests: str | None, reset: str, tokens: str | None = None, tokens_reset: str = "") -> dict[str, str]:
    told = {"x-ratelimit-remaining-requests": requests, "x-ratelimit-reset-requests": reset}
    told |= {"x-ratelimit-remaining-tokens": tokens, "x-ratelimit-reset-tokens": tokens_reset}
    return {name: value for name, value in told.items() if value}


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ({}, 0),
        (headers("1", "6m0s"), 0),
        (headers("0", "7.66s"), 7.66),
        (headers(" 0 ", "250ms"), 0.25),
        (headers("0", "6m0s"), MAX_PAUSE),
        (headers("5", "2m", "0", "1.5s"), 1.5),
        (headers("0", "2s", "0", "9s"), 9),
        (headers("0", ""), 0),
        (headers("0", "soon"), 0),
        (headers("0", "0s"), 0),
        (headers("0", str(NOW.timestamp() + 20)), 20),
        (headers("0", str(NOW.timestamp() + 1_000_000_000)), MAX_PAUSE),
        (headers("0", str(NOW.timestamp() - 20)), 0),
        (headers("-1", "3s"), 0),
        ({"retry-after": "30"}, 0),
    ],
)
def test_an_empty_bucket_is_waited_for(told: dict[str, str], seconds: float) -> None:
    """Only an empty one counts, the slowest of them, for a minute at most; a moment may stand for a duration."""
    assert exhausted_seconds(told, NOW) == pytest.approx(seconds)


@given(st.dictionaries(st.sampled_from(list(headers("x", "x", "x", "x"))), st.text(max_size=30)))
def test_no_header_can_hurt(told: dict[str, str]) -> None:
    """Whatever a server sends, the answer is a number of seconds from 0 to the most."""
    assert 0 <= exhausted_seconds(told, NOW) <= MAX_PAUSE
