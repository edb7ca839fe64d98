"""Answers to machines: GET /healthz, /health/live, /health/ready, and webhooks."""

from typing import Literal

from wzrd.contracts.wire import WireModel


class Health(WireModel):
    """Health of this process: if it can serve, and if its database answers."""

    status: Literal["ok", "unavailable"]
    database: Literal["ok", "unreachable"]


class Live(WireModel):
    """The process answers."""

    status: Literal["ok"]


class Ready(WireModel):
    """Readiness of this process for new work; `reasons` against it."""

    status: Literal["ok", "unavailable"]
    reasons: list[str]


class Noted(WireModel):
    """Outcome of a call: `ok`, or `accepted` where nothing of ours was meant."""

    status: Literal["ok", "accepted"]
