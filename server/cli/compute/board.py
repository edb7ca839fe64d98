"""A graph while it runs, as a terminal knows it: nodes in a tree's order. No drawing."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from server.cli.board import first_line
from server.cli.graph_tree import TreeLine, describe_work, list_tree, name_of
from wzrd.client import Event
from wzrd.contracts.wire import members_of
from wzrd.graph.actions import work_of
from wzrd.graph.model import Graph, made_by

SHORTEST_PREFIX = 4
ENDED = frozenset({"succeeded", "failed", "skipped", "canceled"})


@dataclass(slots=True)
class BoardNode:
    """One node. `credits`: what it will cost, as planned; `percent`: of a running one."""

    line: TreeLine
    credits: int = 0
    status: str = "waiting"
    cached: bool = False
    percent: int = 0
    message: str = ""
    error: str = ""
    begun: float = 0.0
    seconds: float = 0.0
    output: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def ended(self) -> bool:
        """Nothing more will come of it."""
        return self.status in ENDED

    @property
    def does(self) -> str:
        """Who or what works: the model that it ran on, where that is known and its own."""
        ran_on = made_by(self.output) if work_of(self.line.node).generates else ""
        return ran_on or describe_work(self.line.node)

    @property
    def detail(self) -> str:
        """State of the node now, in a few words."""
        match self.status:
            case "succeeded":
                spent = f"{self.credits} cr" if self.credits and not self.cached else ""
                return " · ".join(filter(None, ("cached" if self.cached else f"{self.seconds:.1f} s", spent)))
            case "running":
                return self.message or f"{time.monotonic() - self.begun:.0f} s"
            case "failed" | "skipped" | "canceled":
                return self.error or self.status
            case _:
                return ""


@dataclass(slots=True)
class GraphBoard:
    """The nodes that run, by id, in the tree's order."""

    nodes: dict[str, BoardNode]
    run_id: UUID | None = None
    status: str = "waiting"
    error: str = ""
    note: str = ""
    charged: int = 0
    last_seq: int = 0
    begun: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, graph: Graph, prices: Mapping[str, int]) -> "GraphBoard":
        """The board of a run of the nodes that have a price here, in credits."""
        lines = list_tree(graph, list(prices))  # what the graph does not have was saved there meanwhile
        return cls({line.node.id: BoardNode(line, prices[line.node.id]) for line in lines})

    @property
    def elapsed(self) -> float:
        """Seconds since it was begun."""
        return time.monotonic() - self.begun

    @property
    def ended(self) -> bool:
        """The run is over."""
        return self.status not in {"waiting", "running"}

    def count(self, *statuses: str) -> int:
        """Number of nodes that have one of these statuses."""
        return sum(node.status in statuses for node in self.nodes.values())

    @property
    def failed(self) -> list[BoardNode]:
        """Nodes that failed by themselves."""
        return [node for node in self.nodes.values() if node.status == "failed"]

    def take(self, event: Event) -> BoardNode | None:
        """Merge one event of the stream; the node that it tells about, if it does."""
        self.run_id, self.last_seq = event.run_id or self.run_id, event.seq or self.last_seq
        data = event.data
        match event.name:
            case "meta":
                self.status = "running"
            case "node_status":
                return self._take_status(data)
            case "node_progress":
                return self._take_progress(data)
            case "complete":
                self._complete(data)
            case "error":
                self.status, self.error = "failed", first_line(data.get("error") or "the stream failed")
            case _:
                pass
        return None

    def _take_status(self, data: Mapping[str, Any]) -> BoardNode | None:
        node = self.nodes.get(str(data.get("node_id")))
        if node is None:
            return None
        now = time.monotonic()
        node.status = str(data.get("status") or node.status)
        if node.status == "running":
            node.begun, node.error = now, ""
        if node.ended:
            milliseconds = data.get("processing_time_ms")
            measured = now - node.begun if node.begun else 0.0
            node.seconds = milliseconds / 1000 if isinstance(milliseconds, int | float) else measured
            node.cached, node.error, node.message = bool(data.get("cached")), first_line(data.get("error") or ""), ""
            node.output = members_of(data.get("output"))
        return node

    def _take_progress(self, data: Mapping[str, Any]) -> BoardNode | None:
        node = self.nodes.get(str(data.get("node_id")))
        if node is not None and not node.ended:
            share = data.get("progress")
            node.percent = max(node.percent, min(100, round(share))) if isinstance(share, int | float) else node.percent
            node.message = first_line(data.get("message") or "")
        return node

    def _complete(self, data: Mapping[str, Any]) -> None:
        """The end also says what nodes have made whose own events were in a part of the stream that nobody saw."""
        self.status = str(data.get("status") or "succeeded")
        for node_id, output in members_of(data.get("outputs")).items():
            if (node := self.nodes.get(node_id)) is not None and not node.output:
                node.output, node.status = members_of(output), "succeeded"
        lost = "canceled" if self.status == "canceled" else "failed"
        for node in self.nodes.values():
            if not node.ended:
                node.status = lost


def find_nodes(graph: Graph, typed: Sequence[str]) -> tuple[list[str], list[str]]:
    """Ids of the nodes that are meant, by name, id, beginning of an id or label; and what means none or several."""
    found, unclear = list[str](), list[str]()
    for word in typed:
        meant = _meant(graph, word.strip())
        (found.append(meant[0]) if len(meant) == 1 else unclear.append(word))
    return list(dict.fromkeys(found)), unclear


def _meant(graph: Graph, word: str) -> list[str]:
    """By the strongest sign that finds any."""
    nodes = list(graph.nodes.values())
    called = [node.id for node in nodes if word == name_of(node) or node.id == word.lower()]
    labelled = [node.id for node in nodes if node.label.casefold() == word.casefold()]
    begun = [node.id for node in nodes if len(word) >= SHORTEST_PREFIX and node.id.startswith(word.lower())]
    return called or labelled or begun
