"""Costs of runs by model, project, day or run, and the spending of a film, line by line."""

from typing import Any, Literal, TypeAlias

from pydantic import Field

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


Made: TypeAlias = Literal["reading", "shots", "sheets", "stills", "clips", "voices", "lips", "cut"]
"""Things that are made, in the order of their making."""
_AFTER = ("made", "reused", "refused", "failed", "charged", "billedUsd", "bills")


class SpendingLine(WireModel):
    """Things of one scene (null: of the film) that one model makes: how many, and what they may cost at most.

    `seconds`: about how long they are together; `cost`: dollars at their vendors. `cached`: how many besides are there
    already, and cost nothing. `without`: references that have no place in a shot, and why. Null until they are worked
    on: how many were `made`, of these `reused`, `refused` by their content or `failed`; credits `charged`; dollars
    billed, where vendors have told (`bills` of them).
    """

    scene: int | None
    what: Made
    model: str
    count: int
    seconds: float = 0.0
    credits: int
    cost: dict[str, Any]
    cached: int = 0
    without: list[str] = Field(default_factory=list[str])
    made: int | None = None
    reused: int | None = None
    refused: int | None = None
    failed: int | None = None
    charged: int | None = None
    billed_usd: float | None = None
    bills: int | None = None

    def wire(self) -> dict[str, Any]:
        """Without what nobody knows before the work."""
        fields = super().wire()
        return {name: value for name, value in fields.items() if name not in _AFTER or value is not None}


class SpendingReport(WireModel):
    """The lines of a project's runs, by scene and in the order of their making."""

    lines: list[SpendingLine]

    def wire(self) -> dict[str, Any]:
        """Each line as it tells itself."""
        return {"lines": [line.wire() for line in self.lines]}
