"""Items of a graph's run: many that begin and end at once, elements of a batch, prices that rise."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.compute_runs import NodeNews
from wzrd.db.engine import Tx, to_json
from wzrd.db.joined_jobs import SubmitResult
from wzrd.domain.errors import LeaseLost
from wzrd.domain.runs import PROVIDER_JOB, Lease, source_statuses

log = logging.getLogger(__name__)

ELEMENT = "compute_element"
"""The entity type of an element of a batch; its key is its node's with `#0`, `#1`, … behind it."""

_WRITE = text(
    "select outcome, moved, unmirrored from wzrd.write_nodes(:run_id, :epoch, :user_id, :project_id, "
    "cast(:nodes as json), cast(:answers as json), :answerable)"
)


@dataclass(frozen=True, slots=True)
class NodeWrite:
    """A node (or an element of its batch) that begins or ends, and what is written with it if it has not before.

    `events`: what its run's followers are told. `news`: as the studio's own tables show it. `kept`: the cache key and
    the recipe under which its result is found again. A price that is absent stays as it is.
    """

    key: str
    status: str
    output: Mapping[str, Any] | None = None
    error: str | None = None
    price: int | None = None
    events: Sequence[Mapping[str, Any]] = ()
    news: NodeNews | None = None
    kept: tuple[str, str] | None = None
    cached: bool = False

    def row(self) -> dict[str, Any]:
        """Row as the statement takes it."""
        cache_key, recipe_hash = self.kept if self.kept and self.status == "succeeded" else (None, None)
        return {
            "key": self.key,
            "status": self.status,
            "output": self.output,
            "error": self.error,
            "price": self.price,
            "events": self.events,
            "row_id": str(self.news.node_id) if self.news else None,
            "message": self.news.message if self.news else None,
            "cache_key": cache_key,
            "recipe_hash": recipe_hash,
            "cached": self.cached,
        }


@dataclass(frozen=True, slots=True)
class NodesWritten:
    """The keys of the nodes that moved. `canceling`: the run is to be canceled, so that none has begun."""

    moved: frozenset[str]
    canceling: bool


async def write_nodes(
    tx: Tx,
    lease: Lease,
    user_id: UUID,
    project_id: UUID | None,
    nodes: Sequence[NodeWrite],
    answers: Sequence[SubmitResult] = (),
) -> NodesWritten:
    """Begin and end nodes, in one statement: fence, items, events, cache rows, mirrors, what models have answered.

    It may be all of its transaction. What succeeds is delivered, even in a run that is to be canceled.

    Raises:
        LeaseLost: another worker owns the run; nothing is written.
    """
    values = {
        "run_id": lease.run_id,
        "epoch": lease.epoch,
        "user_id": user_id,
        "project_id": project_id,
        "nodes": to_json([one.row() for one in nodes]),
        "answers": to_json([one.row() for one in answers]),
        "answerable": list(source_statuses(PROVIDER_JOB, "succeeded")),
    }
    outcome, moved, unmirrored = (await tx.execute(_WRITE, values)).one()
    if outcome == "lost":
        raise LeaseLost(run_id=str(lease.run_id), epoch=lease.epoch)
    if unmirrored:
        log.warning("public mirror not written: %s", unmirrored)
    return NodesWritten(frozenset(moved or ()), outcome == "canceled")


async def insert_elements(tx: Tx, run_id: UUID, key: str, count: int, price: int) -> None:
    """Make the elements of a node's batch, as far as they are not there; from now on they have its price."""
    statement = text("""
        with node as (
            update wzrd.run_items set price = 0, updated_at = clock_timestamp()
            where run_id = :run_id and key = :key returning run_id, key, position, entity_id
        )
        insert into wzrd.run_items (run_id, key, position, entity_type, entity_id, price)
        select node.run_id, node.key || '#' || n, node.position, :type, node.entity_id, :price
        from node, generate_series(0, :count - 1) n
        on conflict (run_id, key) do nothing
    """)
    await tx.execute(statement, {"run_id": run_id, "key": key, "count": count, "price": price, "type": ELEMENT})


async def raise_item_price(tx: Tx, run_id: UUID, key: str, price: int) -> bool:
    """Note that an item costs more than was thought; False when it has that price already."""
    statement = text("""
        update wzrd.run_items set price = :price, updated_at = clock_timestamp()
        where run_id = :run_id and key = :key and price < :price
    """)
    return (await tx.execute(statement, {"run_id": run_id, "key": key, "price": price})).rowcount == 1


async def sum_prices(tx: Tx, run_id: UUID) -> int:
    """Sum of the prices of a run's items that are delivered, or may still be in this attempt."""
    statement = text("""
        select coalesce(sum(price), 0)::int from wzrd.run_items
        where run_id = :run_id and (delivered_at is not null or status in ('pending', 'running'))
    """)
    return int(await tx.scalar(statement, {"run_id": run_id}) or 0)
