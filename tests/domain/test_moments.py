"""A moment as an operator writes it."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from wzrd.domain.backfill import PATTERN, read_moment
from wzrd.domain.errors import BadRequest

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("36h", NOW - timedelta(hours=36)),
        (" 7 d ", NOW - timedelta(days=7)),
        ("90m", NOW - timedelta(minutes=90)),
        ("2w", NOW - timedelta(weeks=2)),
        ("0s", NOW),
        ("2026-11-25", datetime(2026, 11, 25, tzinfo=UTC)),
        ("2026-11-25T18:30", datetime(2026, 11, 25, 18, 30, tzinfo=UTC)),
        ("2026-11-25 18:30:05Z", datetime(2026, 11, 25, 18, 30, 5, tzinfo=UTC)),
        ("2026-11-25T18:30+02:00", datetime(2026, 11, 25, 18, 30, tzinfo=timezone(timedelta(hours=2)))),
    ],
)
def test_what_is_read(text: str, moment: datetime) -> None:
    """So long ago, a date, a time; a form lets all of them through."""
    assert read_moment(text, NOW, field="since") == moment
    assert re.match(PATTERN, text)


@pytest.mark.parametrize("text", ["", "yesterday", "36", "h", "-2d", "2026-13-01", "999999w", "2026-11-25T25:00", "٣h"])
def test_what_is_refused(text: str) -> None:
    """It names the field and says how one is written."""
    with pytest.raises(BadRequest, match=r"since is .* write 36h") as refused:
        read_moment(text, NOW, field="since")
    assert refused.value.details["field"] == "since"
