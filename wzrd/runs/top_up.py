"""Additional holds of a run: the difference, before a dearer model or a grown batch sends anything.

A run holds what its items cost that are delivered or still open, less what it has paid: a repeated step holds nothing
twice, and what a failed item leaves may pay for another.
"""

from collections.abc import Sequence
from uuid import UUID

from wzrd.db.engine import Tx
from wzrd.db.graph_items import raise_item_price, sum_prices
from wzrd.db.run_holds import OUTSTANDING, RunHold, hold_key, list_run_holds, take_hold
from wzrd.db.runs import find_run
from wzrd.domain.errors import NotFound, OverBudget
from wzrd.domain.runs import Lease
from wzrd.runs.attempt_holds import new_hold
from wzrd.runtime.kind import Kind
from wzrd.runtime.session import RunSession


def paid(kind: Kind, holds: Sequence[RunHold]) -> int:
    """Credits charged of the run's price: by its own holds, and by those of items that came late.

    Items that pay for themselves are priced by themselves.
    """
    late = OUTSTANDING if kind.covers else ""
    return sum(hold.committed or 0 for hold in holds if hold.item_key == "" or hold.purpose == late)


async def raise_price(session: RunSession, tx: Tx, lease: Lease, item_key: str, price: int) -> None:
    """An item that its run pays for may cost `price`: as far as that is more than it is priced at, hold it.

    The caller holds the run's fence, and sends nothing before it has committed.

    Raises:
        OverBudget: the run would cost more than its `maxCredits`.
        InsufficientCredits: the balance does not cover it.
    """
    if await raise_item_price(tx, lease.run_id, item_key, price):
        await top_up(session, tx, lease)


async def top_up(session: RunSession, tx: Tx, lease: Lease) -> None:
    """Hold what the run's items cost beyond what it holds and has paid, if there is such a difference.

    Raises:
        OverBudget, InsufficientCredits: as `raise_price`.
    """
    run = await find_run(tx, lease.run_id)
    if run is None:
        raise NotFound(f"no run {lease.run_id}")
    kind, holds = session.kind(run.kind), await list_run_holds(tx, run.run_id)
    needed, most = await sum_prices(tx, run.run_id), run.params.get("maxCredits")
    if most is not None and needed > most:
        raise OverBudget(needed, most)
    own = [hold for hold in holds if hold.item_key == ""]
    missing = needed - paid(kind, holds) - sum(hold.amount for hold in own if hold.status == "held")
    if missing > 0:
        new = new_hold(kind, missing, str(run.params.get("referenceId", run.run_id)))
        number = _next_number(run.run_id, lease.attempt, own)
        await take_hold(tx, new, run_id=run.run_id, user_id=run.user_id, attempt=lease.attempt, top_up=number)


def _next_number(run_id: UUID, attempt: int, own: Sequence[RunHold]) -> int:
    first = hold_key(run_id, "", attempt)
    return 1 + sum(hold.attempt == attempt and hold.key != first for hold in own)
