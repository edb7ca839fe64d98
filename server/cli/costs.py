"""`wzrd costs`: dollars that were planned and billed, and credits that were charged, by model, project, day or run."""

import csv
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from rich.table import Table

from server.cli import DONE, UsageError
from server.cli.caller import AsJson, UserName, calling, identify, transaction
from server.cli.context import read_settings, running_stack, table_console
from wzrd.contracts.spending import CostReport
from wzrd.contracts.wire import dumps
from wzrd.domain.backfill import read_moment
from wzrd.domain.errors import BadRequest
from wzrd.domain.money import show

CostKey = Literal["model", "project", "day", "run"]
COLUMNS = ("key", "submits", "plannedUsd", "unknown", "credits", "billedUsd", "bills", "spentUsd")


async def costs(
    *,
    since: str = "30d",
    by: CostKey = "model",
    user: Annotated[str | None, UserName] = None,
    csv_output: Annotated[bool, Parameter(name="--csv", negative=(), show_default=False)] = False,
    json_output: Annotated[bool, AsJson] = False,
) -> int:
    """Show what generations cost: planned by price cards, charged in credits, billed by the vendors that say so.

    Args:
        since: Of submits since then: so long ago (36h, 30d), or a date or time (2026-11-26T18:00Z).
        by: One line a model, project, day (UTC) or run.
        user: Only this user's: an email or an id; without it, and without WZRD_TOKEN, everybody's.
        csv_output: As CSV.
        json_output: The whole report, as JSON.
    """
    now = datetime.now(UTC)
    try:
        read_moment(since, now, field="since")
    except BadRequest as error:
        raise UsageError(f"--since: {error.message}") from None
    settings = read_settings()
    if user or settings.token or settings.url:
        async with calling(await identify(user)) as client:
            report = await client.costs(by=by, since=since)
    else:
        report = await _report_all(by, since, now)
    if json_output:
        print(dumps(report.wire()).decode())
    elif csv_output:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([_safe(line.key), *(line.wire()[name] for name in COLUMNS[1:])] for line in report.lines)
    else:
        table_console().print(draw(report))
    return DONE


async def _report_all(by: CostKey, since: str, now: datetime) -> CostReport:
    """Everybody's costs, which the stack's own database alone can tell."""
    from wzrd.operations.costs import report_costs

    async with transaction(running_stack().database_url) as tx:
        return await report_costs(tx, by, since, now)


def _safe(key: str) -> str:
    """The key as a spreadsheet cannot take for a formula."""
    return f"'{key}" if key[:1] in "=+-@\t\r" and key else key


def draw(report: CostReport) -> Table:
    """The report as a table, with its sum."""
    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    table.add_column(report.by.upper(), overflow="fold")
    for name in ("SUBMITS", "PLANNED", "UNKNOWN", "CREDITS", "BILLED"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in report.lines:
        table.add_row(line.key or "-", *_cells(line.wire()))
    table.add_row("in all", *_cells(report.total), style="bold")
    return table


def _cells(line: Mapping[str, Any]) -> tuple[str, ...]:
    planned, billed = (f"${show(Decimal(str(line[name])))}" for name in ("plannedUsd", "billedUsd"))
    told = f"{billed} ({line['bills']})" if line["bills"] else "-"
    return str(line["submits"]), planned, str(line["unknown"] or "-"), str(line["credits"]), told
