"""GET /functions/v1/costs: what was planned, charged and billed, by model, project, day or run."""

from typing import Any

from wzrd.contracts.wire import WireModel


class CostEntry(WireModel):
    """One line: `submits` to vendors, dollars `planned` at most (`unknown`: submits without a price) and `billed`.

    `spentUsd`: billed where a vendor said so (`bills` of them), else planned. `credits`: what users were charged.
    """

    key: str
    submits: int
    planned_usd: float
    unknown: int
    billed_usd: float
    bills: int
    spent_usd: float
    credits: int


class CostReport(WireModel):
    """The lines, the dearest first, and their sum (without `key`)."""

    by: str
    since: str
    lines: list[CostEntry]
    total: dict[str, Any]
