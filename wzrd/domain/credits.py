"""Prices and what a settlement charges. Whole credits; rounding is always up, never below one."""

import math
from collections.abc import Mapping
from typing import TypeAlias

from wzrd.domain.errors import BadRequest

MAX_CREDITS = 2_147_483_647
"""The most that an account's integer columns hold."""
WORKFLOW_BASE: Mapping[str, int] = {"generate-storylines": 3, "gen-shots": 1}
WELCOME_DESCRIPTION = "Welcome bonus - Free plan"
Share: TypeAlias = tuple[int, int]
"""Outputs that have come, and outputs that were ordered and paid for in advance."""
WHOLE: Share = (1, 1)
MIN_SHOTS, MAX_SHOTS, DEFAULT_SHOTS = 1, 6, 3


def workflow_credit_cost(workflow: str, units: float) -> int:
    """The documented `getWorkflowCreditCost`: base times whole units, at least one."""
    return max(1, math.ceil(WORKFLOW_BASE.get(workflow, 1) * max(1, math.ceil(units))))


def gen_shots_price(shots: int) -> int:
    """Price in credits of `shots` delivered shots: 1, 1, 2, 2, 3, 3 for one to six; none costs nothing."""
    return workflow_credit_cost("gen-shots", shots / 2) if shots > 0 else 0


def split_shots(count: int) -> list[int]:
    """Requests by which a scene gets so many shots: each of six at most, as even as they go, the larger ones first."""
    parts = max(1, -(-count // MAX_SHOTS))
    return [count // parts + (at < count % parts) for at in range(parts)]


def clamp_shot_count(requested: float) -> int:
    """The number of shots a request means: floor, then 1 to 6; an infinite one is clamped to an end, NaN means none."""
    if requested != requested:  # noqa: PLR0124 - NaN; math.isnan would refuse an integer beyond the floats
        return DEFAULT_SHOTS
    return int(max(MIN_SHOTS, min(requested, MAX_SHOTS)))


def check_amount(amount: object, *, least: int = 1) -> int:
    """An amount of credits that the ledger may move.

    Raises:
        BadRequest: it is no whole number from `least` to `MAX_CREDITS`.
    """
    if isinstance(amount, int) and not isinstance(amount, bool) and least <= amount <= MAX_CREDITS:
        return amount
    raise BadRequest(f"an amount of credits is a whole number from {least} to {MAX_CREDITS}, not {amount!r}")


def price_of_share(price: int, share: Share) -> int:
    """Part of the price of several outputs that is charged for those that came, at most all of it."""
    came, ordered = share
    return price * min(came, ordered) // ordered


def attempt_hold(price_of_all: int, committed: int) -> int:
    """Credits an attempt must hold: the price of everything requested, less what earlier attempts paid."""
    return max(0, price_of_all - committed)


def attempt_charge(price_of_delivered: int, committed: int, held: int) -> int:
    """Credits an attempt commits: the price of all delivered so far, less what was paid, never over the hold."""
    return max(0, min(price_of_delivered - committed, held))
