"""Our own graph file: JSON that people write by hand and keep in a repository. Its models are its schema.

What a file means as a saved graph of a project stands in `file_import.py`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias, cast

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints, ValidationError

from wzrd.contracts.wire import members_of
from wzrd.domain.errors import BadRequest
from wzrd.graph.actions import ACTIONS
from wzrd.graph.kinds import KINDS, read_kind
from wzrd.graph.reading import MAX_EDGES, MAX_ID, MAX_LABEL, MAX_NODES

SCHEMA_NAME = "wzrd-graph-1"
MAX_FILE = 16 << 20
"""Bytes of a file: as many as `compute-save-graph` takes."""
MAX_DEPTH = 200
"""Levels of nesting."""
MOST_TOLD = 5
"""Faults of a file that one error tells."""


class BadGraphFile(BadRequest):
    """The file is no graph."""

    code = "bad_graph_file"


def _kind(raw: str) -> str:
    kind = read_kind(raw)
    if kind == "Transform" and raw.strip().lower() != "transform":
        raise ValueError(f"no kind is called {raw!r}; there are {', '.join(KINDS)}")
    return kind


def _action(raw: str) -> str:
    if raw not in ACTIONS:
        raise ValueError(f"no action is called {raw!r}; docs/graphs.md lists them")
    return raw


def _printable(raw: str) -> str:
    if not raw.isprintable():
        raise ValueError("must be one line of printable characters")
    return raw


def _enum(words: Iterable[str]) -> dict[str, JsonValue]:
    return {"enum": list(words)}


Name: TypeAlias = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_ID, strip_whitespace=True), AfterValidator(_printable)
]
Kind: TypeAlias = Annotated[str, AfterValidator(_kind), Field(json_schema_extra=_enum(KINDS))]
Action: TypeAlias = Annotated[str, AfterValidator(_action), Field(json_schema_extra=_enum(sorted(ACTIONS)))]


class _Part(BaseModel):
    """A part of a file: a field that nobody knows is a slip of the pen, and refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, strict=True)


class Position(_Part):
    """Where a node stands on the studio's canvas, in pixels."""

    x: float = Field(ge=-1e9, le=1e9)
    y: float = Field(ge=-1e9, le=1e9)


class FileNode(_Part):
    """One node."""

    id: Name = Field(description="Its name in this file: edges and `wzrd compute --only` use it.")
    kind: Kind = Field(description="What it is.")
    action: Action | None = Field(
        default=None, description="What it does, where that is more than its kind says: `video.stitch`."
    )
    label: str = Field(default="", max_length=MAX_LABEL, description="What people read; its id, if empty.")
    params: dict[str, Any] = Field(
        default_factory=dict[str, Any],
        description="`model`, `prompt`, and what else the model or the action takes. An Upload's `file` is a file "
        "beside this one, uploaded by `wzrd compute`.",
    )
    position: Position | None = Field(default=None, description="Laid out by edges, if absent.")


class FileEdge(_Part):
    """A result handed on: the output of one node is an input of another."""

    source: Name = Field(alias="from", description="The id of the node that it comes from.")
    target: Name = Field(alias="to", description="The id of the node that it goes to.")
    output: Name | None = Field(default=None, description="Which of the source's outputs; its first, if absent.")
    input: Name | None = Field(
        default=None,
        description="The name under which it arrives, as `{{name}}` in prompts; the input of its type, if absent.",
    )


class GraphFile(_Part):
    """A compute graph as a file."""

    schema_address: str | None = Field(default=None, alias="$schema", description="For editors; nothing reads it.")
    format: Literal["wzrd-graph-1"] = Field(default=SCHEMA_NAME, description="This version of the format.")
    name: str = Field(default="", max_length=MAX_LABEL, description="The project's title; the file's name, if empty.")
    description: str = Field(default="", max_length=5_000)
    nodes: Annotated[list[FileNode], Field(min_length=1, max_length=MAX_NODES)]
    edges: Annotated[list[FileEdge], Field(default_factory=list[FileEdge], max_length=MAX_EDGES)]


def graph_file_schema() -> dict[str, Any]:
    """The format as JSON Schema (2020-12)."""
    made = GraphFile.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": "WZRD compute graph"}


def read_json(content: bytes) -> Any:
    """A file's JSON.

    Raises:
        BadGraphFile: it is none, too long, or nested too deep.
    """
    if len(content) > MAX_FILE:
        raise BadGraphFile(f"the file has {len(content):,} bytes; {MAX_FILE:,} at most are read")
    try:
        value = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        raise BadGraphFile(f"it is no JSON: {error}") from None
    if _depth(value) > MAX_DEPTH:
        raise BadGraphFile(f"it is nested deeper than {MAX_DEPTH} levels")
    return value


def _depth(value: Any) -> int:
    """Number of levels of a value, counted without recursion, no further than is needed."""
    depth, level = 0, _inner([value])
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [inner for outer in level for inner in _inner(outer)]
    return depth


def _inner(value: Any) -> list[Any]:
    """The objects and lists in a value."""
    values = cast("dict[str, Any]", value).values() if isinstance(value, dict) else cast("list[Any]", value)
    return [one for one in values if isinstance(one, dict | list)]


def read_graph_file(value: object) -> GraphFile:
    """The graph that a file's JSON describes.

    Raises:
        BadGraphFile: it describes none; the message tells where, by node.
    """
    try:
        read = GraphFile.model_validate(value)
    except ValidationError as error:
        raise BadGraphFile("; ".join(_problems(error, value))) from None
    _check_names(read)
    return read


def _problems(error: ValidationError, value: object) -> Iterator[str]:
    faults = error.errors(include_url=False, include_input=False)
    for fault in faults[:MOST_TOLD]:
        yield f"{_place(fault['loc'], value)}: {fault['msg'].removeprefix('Value error, ')}"
    if len(faults) > MOST_TOLD:
        yield f"and {len(faults) - MOST_TOLD} more"


def _place(loc: Sequence[int | str], value: object) -> str:
    """Where a fault is, as a person would say it: node 'sky', params."""
    match list(loc):
        case ["nodes", int(number), *rest]:
            return ", ".join([_node_name(value, number), ".".join(map(str, rest))]).removesuffix(", ")
        case ["edges", int(number), *rest]:
            return ", ".join([f"edge {number + 1}", ".".join(map(str, rest))]).removesuffix(", ")
        case rest:
            return ".".join(map(str, rest)) or "the file"


def _node_name(value: object, number: int) -> str:
    node = cast("Mapping[str, Any]", value)["nodes"][number]
    name = members_of(node).get("id")
    return f"node {str(name)[:60]!r}" if name else f"node {number + 1}"


def _check_names(file: GraphFile) -> None:
    """See that ids are told apart, and that edges lead to them."""
    known: set[str] = set()
    for node in file.nodes:
        if node.id in known:
            raise BadGraphFile(f"two nodes are called {node.id!r}: give one of them another id")
        known.add(node.id)
    for number, edge in enumerate(file.edges, 1):
        for end, name in (("from", edge.source), ("to", edge.target)):
            if name not in known:
                raise BadGraphFile(f"edge {number}: `{end}` is {name!r}, which is no node of the file")
        if edge.source == edge.target:
            raise BadGraphFile(f"edge {number} leads from {edge.source!r} to itself")
