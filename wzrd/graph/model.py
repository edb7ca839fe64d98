"""A compute graph as a value: nodes with their ports, and edges between ports. What they mean stands beside it.

Reading is lenient where the studio's client is (three spellings of an edge's ends, missing ports) and refuses what no
graph can have: two nodes of one id, an edge to nowhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Port:
    """Where edges begin or end. `many`: it takes more than one; a port that is not `needed` may stay empty."""

    id: str
    name: str
    data_type: str = "any"
    label: str = ""
    many: bool = False
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Node:
    """One node: `kind` is canonical (`wzrd.graph.kinds`), `params` and `metadata` are as they were saved.

    `inputs` and `outputs` are its own ports as saved; empty means its kind's.
    """

    id: str
    kind: str
    label: str = "Untitled Node"
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class Edge:
    """From a node's output to a node's input. A handle is the name that was given to the port there, if any."""

    id: str
    source: str
    target: str
    source_port: str = "output"
    target_port: str = "input"
    source_handle: str | None = None
    target_handle: str | None = None
    data_type: str = "any"


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by id, in their saved order, and edges in theirs. Every edge's ends are among the nodes."""

    nodes: Mapping[str, Node]
    edges: Sequence[Edge] = ()


def made_by(result: Mapping[str, Any]) -> str:
    """The model that made a result: what stood in, else the one that was asked for; empty where none did."""
    return str(result.get("endpoint_model") or result.get("model") or "")


def first_given(*values: Any) -> Any:
    """The first value that is not None."""
    for value in values:
        if value is not None:
            return value
    return None
