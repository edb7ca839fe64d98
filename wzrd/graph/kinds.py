"""Kinds of node: their names, what is done with them, their ports, and which ports fit together."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from wzrd.graph.model import Port

Disposition = Literal["generator", "passthrough", "excluded"]


@dataclass(frozen=True, slots=True)
class NodeKind:
    """One kind. A `generator` asks a model, an `excluded` one is never executed, the rest works without a model.

    `inputs` and `outputs` are the ports of a node that was saved without its own.
    """

    name: str
    disposition: Disposition
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()


def _port(name: str, data_type: str, *, many: bool = False, needed: bool = True) -> Port:
    return Port(id=name, name=name, data_type=data_type, many=many, needed=needed)


_PROMPT = _port("prompt", "text", needed=False)
_CONTEXT = _port("context", "any", many=True, needed=False)
_ANY_IN, _ANY_OUT = _port("input", "any", many=True), _port("output", "any")
_IMAGE, _TEXT = _port("image", "image"), _port("text", "text")
_REFERENCE = _port("reference", "image", needed=False)
_PROMPTS, _IMAGES = _port("prompt", "text", many=True, needed=False), _port("image", "image", many=True)

_KINDS = (
    NodeKind("Text", "generator", (_port("input", "text", needed=False), _CONTEXT), (_TEXT,)),
    NodeKind("Prompt", "generator", (_CONTEXT,), (_TEXT,)),
    NodeKind("Image", "generator", (_PROMPT, _REFERENCE), (_IMAGE, _port("metadata", "json"))),
    NodeKind("ImageEdit", "passthrough", (_PROMPTS, _IMAGES), (_IMAGE, _port("layers", "json"))),
    NodeKind("Video", "generator", (_PROMPT, _port("image", "image", needed=False)), (_port("video", "video"),)),
    NodeKind("Audio", "generator", (_PROMPT,), (_port("audio", "audio"),)),
    NodeKind("Upload", "passthrough", (), (_port("asset", "any"),)),
    NodeKind("Transform", "passthrough", (_ANY_IN,), (_ANY_OUT,)),
    NodeKind("Combine", "passthrough", (_ANY_IN,), (_ANY_OUT,)),
    NodeKind("Model", "passthrough", (_port("prompt", "text"), _port("input", "any", needed=False)), (_ANY_OUT,)),
    NodeKind("Gateway", "passthrough", (_ANY_IN,), (_ANY_OUT,)),
    NodeKind("Output", "passthrough", (_ANY_IN,)),
    NodeKind("comment", "excluded"),
)
KINDS: Mapping[str, NodeKind] = MappingProxyType({kind.name: kind for kind in _KINDS})
"""Every kind by its canonical name."""

_ALIASES: Mapping[str, str] = MappingProxyType({
    **{name.lower(): name for name in KINDS}, "image_edit": "ImageEdit", "image-edit": "ImageEdit",
    "text_to_text": "Text", "text_to_image": "Image", "image_to_video": "Video", "text_to_video": "Video",
    "audio_generate": "Audio", "comment_node": "comment",
})  # fmt: skip

DATA_TYPES = frozenset(
    {"image", "text", "video", "tensor", "json", "audio", "3d", "string", "number", "boolean", "any"}
)
INPUT_NAMES = DATA_TYPES | {port.id for kind in KINDS.values() for port in kind.inputs}
"""Names that nodes give their inputs."""
_FITS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "text": frozenset({"string", "image", "video", "audio", "json", "tensor", "3d"}),
        "string": frozenset({"text"}),
        "tensor": frozenset({"3d"}),
        "3d": frozenset({"tensor"}),
    }
)
"""Data types that a source may be wired to besides `any` and its own type, by that type."""


def read_kind(raw: object) -> str:
    """The canonical kind that a saved word means, whatever its case; Transform where it means none."""
    return _ALIASES.get(raw.strip().lower(), "Transform") if isinstance(raw, str) else "Transform"


def default_ports(kind: str) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """The inputs and the outputs of a node of a canonical kind that was saved without its own."""
    return KINDS[kind].inputs, KINDS[kind].outputs


def read_data_type(raw: object) -> str:
    """The data type that a saved word means; `any` where it means none."""
    if isinstance(raw, str) and raw in DATA_TYPES:
        return raw
    word = raw.strip().lower() if isinstance(raw, str) else ""
    return word if word in DATA_TYPES else "any"


def is_compatible(source: str, target: str) -> bool:
    """True if an output of one data type may be wired to an input of another. Runs do not ask."""
    return source == target or "any" in {source, target} or target in _FITS.get(source, ())
