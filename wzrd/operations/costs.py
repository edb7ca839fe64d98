"""Report of costs: read, summed, and in its wire form."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from wzrd.contracts.spending import CostEntry, CostReport
from wzrd.db.costs import CostKey, CostLine, list_costs
from wzrd.db.engine import Tx
from wzrd.domain.backfill import read_moment
from wzrd.domain.errors import BadRequest
from wzrd.domain.money import round_up

KEYS: Sequence[CostKey] = ("model", "project", "day", "run")
SINCE = "30d"


def read_key(value: object) -> CostKey:
    """Subject of a report's lines.

    Raises:
        BadRequest: it is none of `KEYS`.
    """
    for key in KEYS:
        if key == value:
            return key
    raise BadRequest(f"by is {str(value)[:40]!r}: give one of {', '.join(KEYS)}", field="by")


async def report_costs(tx: Tx, by: CostKey, since: str, now: datetime, user_id: UUID | None = None) -> CostReport:
    """The costs since a moment (`30d`, a date), of one user's runs or of all.

    Raises:
        BadRequest: that is no moment.
    """
    begin = read_moment(since or SINCE, now, field="since")
    lines = await list_costs(tx, by, min(begin, now + timedelta(days=1)), user_id)
    total = CostLine(
        "",
        sum(one.submits for one in lines),
        sum((one.planned for one in lines), Decimal(0)),
        sum(one.unknown for one in lines),
        sum((one.billed for one in lines), Decimal(0)),
        sum(one.bills for one in lines),
        sum((one.spent for one in lines), Decimal(0)),
        sum(one.charged for one in lines),
    )
    summed = {name: value for name, value in _entry(total).wire().items() if name != "key"}
    return CostReport(by=by, since=begin.isoformat(), lines=[_entry(one) for one in lines], total=summed)


def _entry(line: CostLine) -> CostEntry:
    return CostEntry(
        key=line.key,
        submits=line.submits,
        planned_usd=float(round_up(line.planned)),
        unknown=line.unknown,
        billed_usd=float(round_up(line.billed)),
        bills=line.bills,
        spent_usd=float(round_up(line.spent)),
        credits=line.charged,
    )
