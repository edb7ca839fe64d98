"""Seconds to wait, as told by headers."""

import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.net.retry_after import MAX_WAIT, parse_duration, parse_retry_after

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("6m0s", 360),
        ("1.5s", 1.5),
        ("250ms", 0.25),
        ("1h2m3s", 3723),
        ("7", 7),
        ("0.2", 0.2),
        ("2m59.56s", 179.56),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("1e9", None),
        ("5s!", None),
        ("5 s", None),
        ("inf", None),
        ("٣s", None),
    ],
)
def test_durations(text: str, seconds: float | None) -> None:
    """Go's durations and bare seconds are read; anything else is no duration."""
    assert parse_duration(text) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90),
        ({"retry-after": format_datetime(NOW - timedelta(seconds=90), usegmt=True)}, 0),
        ({"retry-after": "7", "x-ratelimit-reset-tokens": "6m0s"}, 7),
        ({"x-ratelimit-reset-tokens": "1.5s", "x-ratelimit-reset-requests": "6m0s"}, 1.5),
        (
            {
                "x-ratelimit-reset-tokens": "1.5s",
                "x-ratelimit-reset-requests": "6m0s",
                "x-ratelimit-remaining-requests": "0",
            },
            360,
        ),
        ({"x-ratelimit-reset-requests": str(NOW.timestamp() + 30)}, 30),
        ({"x-ratelimit-reset-requests": str(int(NOW.timestamp() + 30) * 1000)}, 30),
        ({"retry-after": "999999999"}, MAX_WAIT),
        ({"retry-after": "tomorrow, perhaps"}, None),
        ({"retry-after": "Fri, 99 Foo 2026 99:99:99 GMT"}, None),
        ({}, None),
    ],
)
def test_headers(headers: dict[str, str], wait: float | None) -> None:
    """Seconds, milliseconds, dates and rate-limit resets; an exhausted bucket decides; at most a day."""
    assert parse_retry_after(headers, NOW) == (None if wait is None else pytest.approx(wait))


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("You exceeded your current quota. Please retry in 25.913s.", 25.913),
        ("Rate limit reached for model x. Please try again in 7m12.5s. Visit", 432.5),
        ("Requests have exceeded the limit. Please retry after 7 seconds.", 7),
        ("Please try again in a moment", None),
        ("try again in 5x", None),
    ],
)
def test_a_message_may_say_it(said: str, wait: float | None) -> None:
    """Google's, Groq's and OpenAI's, Azure's; a header of the answer is believed before."""
    assert parse_retry_after({}, NOW, said) == wait
    assert parse_retry_after({"retry-after": "3"}, NOW, said) == 3


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "retry-after",
                "retry-after-ms",
                "x-ratelimit-reset-tokens",
                "x-ratelimit-remaining-tokens",
                "x-ratelimit-reset-requests",
            ]
        ),
        st.text(max_size=40),
    )
)
def test_no_header_can_hurt(headers: dict[str, str]) -> None:
    """Whatever a server sends, the answer is None or a number of seconds within a day."""
    wait = parse_retry_after(headers, NOW)
    assert wait is None or (math.isfinite(wait) and 0 <= wait <= MAX_WAIT)


@pytest.mark.parametrize("wrong", [timedelta(hours=-3), timedelta(minutes=-2), timedelta(), timedelta(days=400)])
def test_a_wrong_clock_of_ours_changes_no_wait(wrong: timedelta) -> None:
    """A moment that the sender names is one of its clock's, which its `Date` tells."""
    until = NOW + timedelta(seconds=30)
    sent = {"date": format_datetime(NOW, usegmt=True)}
    for told in (
        {"retry-after": format_datetime(until, usegmt=True)},
        {"x-ratelimit-reset-requests": str(int(until.timestamp()))},
        {"retry-after": "30"},
    ):
        assert parse_retry_after(sent | told, NOW + wrong) == 30
