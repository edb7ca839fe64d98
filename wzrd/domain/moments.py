"""A moment as an operator writes it: a date, a date and time, or so long ago (`36h`, `7d`). Pure."""

import re
from datetime import UTC, datetime, timedelta

from wzrd.domain.errors import BadRequest

_TIME = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?\s*(Z|[+-][0-9]{2}:?[0-9]{2})?"
PATTERN = rf"^\s*([0-9]{{1,6}}\s*[smhdw]|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([T ]{_TIME})?)\s*$"
"""Pattern of a moment in a form's JSON schema; `read_moment` reads its meaning."""
_AGO = re.compile(r"([0-9]{1,6})\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
REMEDY = "write 36h, 7d, 2026-11-26 or 2026-11-26T18:00Z"


def read_moment(text: str, now: datetime, *, field: str) -> datetime:
    """The moment that `text` names; without an offset it is UTC.

    Raises:
        BadRequest: it names none; `field` is told, and how one is written.
    """
    wanted = text.strip()
    try:
        if ago := _AGO.fullmatch(wanted):
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        found = datetime.fromisoformat(wanted)
    except (ValueError, OverflowError):
        raise BadRequest(f"{field} is {text[:60]!r}, no moment: {REMEDY}", field=field) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
