"""Values that flow between ComfyUI's nodes while they are translated, and the graph that grows of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, TypeVar, cast

from wzrd.domain.shown import shown_line
from wzrd.graph.file_format import FileEdge, FileNode, GraphFile
from wzrd.graph.reading import MAX_LABEL

LONGEST = 100_000
"""Characters of a text."""
CONTROLS = ("fixed", "increment", "decrement", "randomize")
"""Words beside a seed: what becomes of it after a run."""
_Kind = TypeVar("_Kind")
_KINDS = {"str": "text", "CheckpointName": "upscale model"}


class UnreadableNode(Exception):
    """A node that cannot be translated; the message says why."""


def check_length(characters: int) -> None:
    """See that a text stays within bounds: texts that are joined with themselves double each time.

    Raises:
        UnreadableNode: it does not.
    """
    if characters > LONGEST:
        raise UnreadableNode(f"its text would have {characters:,} characters; {LONGEST:,} at most are read")


class Giver(Protocol):
    """A node that hands on from an output (its slot), to an input of a name that takes a kind, what came to it."""

    hand_on: Callable[[int, str, type[object], Sequence[str]], object | None]


@dataclass(frozen=True, slots=True)
class Missing:
    """Value that should have come from an output of another node; `behind` may hand on what came to that."""

    reason: str
    behind: Giver | None = None
    slot: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """The result of a node of ours; `text` is what it will be, where that is known."""

    node: str
    data_type: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class CheckpointName:
    """A checkpoint of theirs, by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Motion:
    """A checkpoint of theirs with a motion model: the pictures of a batch are the frames of one clip."""


@dataclass(frozen=True, slots=True)
class Conditioning:
    """Conditioning of a sampler: what it is to show, or not to show."""

    text: "str | Made" = ""
    images: tuple[Made, ...] = ()
    guidance: float | None = None

    @property
    def words(self) -> str:
        """The text as it will be."""
        return self.text if isinstance(self.text, str) else self.text.text


@dataclass(frozen=True, slots=True)
class Latent:
    """Latent that a sampler begins with, or has made: its size, how many, how many frames or seconds, its picture.

    `sampled`: a sampler has made it, and another may do the rest of its steps. `masked`: a part of the picture is to be
    drawn over, the rest stays. `scaled`: the picture in it has another size yet.
    """

    width: int | None = None
    height: int | None = None
    count: int = 1
    frames: int | None = None
    made: Made | None = None
    sampled: bool = False
    masked: bool = False
    scaled: bool = False
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Guider:
    """Guider of a sampler that is put together of parts."""

    positive: Conditioning
    negative: Conditioning = Conditioning()
    scale: float | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Schedule of a sampler: steps, and how much of what was there is drawn over."""

    steps: int
    denoise: float = 1.0


@dataclass(frozen=True, slots=True)
class Noise:
    """Where chance begins; None: nobody says."""

    seed: int | None


@dataclass(slots=True)
class NodeTranslation:
    """One node of theirs while it is translated: its inputs, and where what it becomes is put."""

    translation: "Translation"
    node_id: str
    title: str
    inputs: Mapping[str, Any]
    remarks: list[str] = field(default_factory=list[str])

    def get(self, name: str, kind: type[_Kind], *types: str) -> _Kind:
        """An input that must be of a kind; a medium of one of `types`. A text may be one that is made.

        Raises:
            UnreadableNode: it is another thing, or did not come.
        """
        value = self.find(name, kind, types)
        if isinstance(value, Missing):
            raise UnreadableNode(value.reason)
        is_text = kind is str and isinstance(value, Made) and value.data_type == "text"
        if not is_text and not isinstance(value, kind):
            raise UnreadableNode(
                f"its input {name!r} is no {' or '.join(types) or _KINDS.get(kind.__name__, kind.__name__.lower())}"
            )
        return cast("_Kind", value)

    def find(self, name: str, kind: type[object], types: Sequence[str] = ()) -> object:
        """An input as it came; of what did not come, what the node behind it hands on in its place."""
        value = self.inputs.get(name)
        if isinstance(value, Missing) and value.behind is not None:
            found = value.behind.hand_on(value.slot, name, kind, types)
            return value if found is None else found
        return value

    def made(self, name: str, *types: str) -> Made:
        """An input that a node of ours makes, of one of these types."""
        value = self.get(name, Made, *types)
        if value.data_type not in types:
            raise UnreadableNode(f"its input {name!r} is {value.data_type}, not {' or '.join(types)}")
        return value

    def text(self, name: str, default: str | None = None) -> str | Made:
        """A text, written there or made."""
        value = self.inputs.get(name, default)
        if isinstance(value, Made) and value.data_type == "text":
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str):
            if len(value) > LONGEST:
                raise UnreadableNode(f"its input {name!r} has {len(value):,} characters; {LONGEST:,} at most are read")
            return value
        return self.get(name, str)

    def words(self, name: str, default: str | None = None) -> str:
        """A text as it will be."""
        value = self.text(name, default)
        return value.text if isinstance(value, Made) else value

    def number(self, name: str, default: float | None = None, *, least: float = -1e9, most: float = 1e9) -> float:
        """A number within bounds; ComfyUI reads texts of numbers, too."""
        value = self.find(name, float) if name in self.inputs else default
        if isinstance(value, Missing):
            raise UnreadableNode(value.reason)
        if isinstance(value, str):
            value = _read_number(value)
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or not least <= cast("float", value) <= most:
            message = f", but {str(self.inputs[name])[:40]!r}" if name in self.inputs else ""
            raise UnreadableNode(f"its input {name!r} is no number from {least:g} to {most:g}{message}")
        return cast("float", value)

    def whole(self, name: str, default: int | None = None, *, least: int = 0, most: int = 2**64 - 1) -> int:
        """A whole number within bounds."""
        return int(self.number(name, default, least=least, most=most))

    def seed(self, name: str) -> int | None:
        """Where chance begins. A seed that an unknown node makes is left out, and told: any other will do."""
        value = self.find(name, float)
        if isinstance(value, Missing):
            self.remark(f"its {name} is left out: {value.reason}")
            return None
        return None if value in (*CONTROLS, -1) else self.whole(name, 0)

    def add(
        self,
        kind: str,
        data_type: str,
        params: Mapping[str, Any],
        *,
        action: str | None = None,
        label: str = "",
        text: str = "",
        takes: Iterable[tuple[str, Made]] = (),
    ) -> Made:
        """A node of ours, and edges to its inputs.

        Raises:
            UnreadableNode: its text will be too long.
        """
        check_length(len(text))
        node_id = self.translation.name(kind, self.node_id)
        shown = shown_line(self.title or label)[:MAX_LABEL]
        kept = {name: value for name, value in params.items() if value is not None}
        self.translation.origins[node_id] = self.node_id
        self.translation.nodes[node_id] = FileNode(id=node_id, kind=kind, action=action, label=shown, params=kept)
        for handle, made in takes:
            edge = {"from": made.node, "to": node_id, "input": handle}
            self.translation.edges.append(FileEdge.model_validate(edge))
        return Made(node_id, data_type, text)

    def remark(self, message: str) -> None:
        """Something of the node that is left out."""
        self.remarks.append(message)


def _read_number(text: str) -> float | int | None:
    for read in (int, float):
        with suppress(ValueError):
            return read(text)
    return None


@dataclass(slots=True)
class Translation:
    """The graph as far as it has grown, and what each of their nodes has become."""

    nodes: dict[str, FileNode] = field(default_factory=dict[str, FileNode])
    edges: list[FileEdge] = field(default_factory=list[FileEdge])
    outputs: dict[str, tuple[object, ...] | Missing] = field(default_factory=dict[str, tuple[object, ...] | Missing])
    origins: dict[str, str] = field(default_factory=dict[str, str])
    unused_files: list[str] = field(default_factory=list[str])

    def at(self, node_id: str, title: str, inputs: Mapping[str, Any]) -> NodeTranslation:
        """One of their nodes."""
        return NodeTranslation(self, node_id, title, inputs)

    def name(self, kind: str, node_id: str) -> str:
        """An id that nobody has: of the kind and of theirs, if that is short and plain."""
        short = node_id.replace(":", "-")
        plain = short if len(short) <= 40 and short.replace("-", "").replace("_", "").isalnum() else "node"
        wanted = f"{kind.lower()}-{plain}"
        return wanted if wanted not in self.nodes else f"{wanted}-{len(self.nodes)}"

    def finish(self, name: str) -> GraphFile | None:
        """The graph without texts and files that nothing uses; None: there is nothing in it.

        A file for which what used it was left out need not lie there: `unused_files` has the ids of its nodes.
        """
        while unused := self._unused():
            for node_id in unused:
                if self.nodes.pop(node_id).kind == "Upload":
                    self.unused_files.append(self.origins[node_id])
            self.edges = [edge for edge in self.edges if edge.target not in unused]
        if not self.nodes:
            return None
        return GraphFile(name=shown_line(name)[:MAX_LABEL], nodes=list(self.nodes.values()), edges=self.edges)

    def _unused(self) -> set[str]:
        used = {edge.source for edge in self.edges}
        return {name for name, node in self.nodes.items() if node.kind in {"Text", "Upload"} and name not in used}


Handler: TypeAlias = Callable[[NodeTranslation], Iterable[object]]
"""Translation of a ComfyUI class: from its inputs to what its outputs are."""
