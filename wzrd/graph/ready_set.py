"""Which nodes of a run may start now: each as soon as what it needs is there. Pure."""

import heapq
from collections.abc import Iterable

from wzrd.graph.model import Graph
from wzrd.graph.topological_order import heights


class ReadySet:
    """The state of a run's nodes: waiting, ready, running, succeeded, failed, skipped.

    Of the ready ones those start first for which the longest chain waits; then the saved order counts.
    """

    def __init__(self, graph: Graph, done: Iterable[str] = ()) -> None:
        """`graph` is what is executed, `done` what has succeeded before (cached, or in an earlier attempt).

        Raises:
            CycleFound: no order is possible.
        """
        height = heights(graph)
        self._rank = {node_id: (-height[node_id], index) for index, node_id in enumerate(graph.nodes)}
        self._ids = tuple(graph.nodes)
        self._targets: dict[str, list[str]] = {node_id: [] for node_id in graph.nodes}
        self._needs = dict.fromkeys(graph.nodes, 0)
        self._succeeded = {node_id for node_id in done if node_id in graph.nodes}
        self._lost: set[str] = set()
        self._running: set[str] = set()
        for edge in graph.edges:
            self._targets[edge.source].append(edge.target)
            self._needs[edge.target] += edge.source not in self._succeeded
        free = (one for one in graph.nodes if not self._needs[one] and one not in self._succeeded)
        self._ready = [self._rank[one] for one in free]
        heapq.heapify(self._ready)

    def take(self, limit: int) -> list[str]:
        """The nodes to start now, so that no more than `limit` are running; they count as running from now on."""
        taken: list[str] = []
        while self._ready and len(self._running) < limit:
            node_id = self._ids[heapq.heappop(self._ready)[1]]
            if node_id not in self._lost:
                self._running.add(node_id)
                taken.append(node_id)
        return taken

    def succeed(self, node_id: str) -> None:
        """A running node has its result: what waited for it alone becomes ready.

        Raises:
            ValueError: it is not running.
        """
        self._stop(node_id)
        self._succeeded.add(node_id)
        for target in self._targets[node_id]:
            self._needs[target] -= 1
            if not self._needs[target] and target not in self._lost and target not in self._succeeded:
                heapq.heappush(self._ready, self._rank[target])

    def fail(self, node_id: str) -> list[str]:
        """A running node has failed: everything downstream of it that had no end yet, which is skipped from now on.

        Raises:
            ValueError: it is not running.
        """
        self._stop(node_id)
        self._lost.add(node_id)
        skipped: list[str] = []
        waiting = [node_id]
        while waiting:
            for target in self._targets[waiting.pop()]:
                if target not in self._lost and target not in self._succeeded:
                    self._lost.add(target)
                    skipped.append(target)
                    waiting.append(target)
        return skipped

    @property
    def running(self) -> frozenset[str]:
        """Nodes that were taken and have no end yet."""
        return frozenset(self._running)

    @property
    def is_over(self) -> bool:
        """True if every node has its end."""
        return len(self._succeeded) + len(self._lost) == len(self._ids)

    def _stop(self, node_id: str) -> None:
        if node_id not in self._running:
            raise ValueError(f"node {node_id!r} is not running")
        self._running.remove(node_id)
