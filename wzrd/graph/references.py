"""The media that a node's inputs and params refer to: addresses of images, videos and sounds, each once. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

from wzrd.contracts.wire import elements_of, members_of
from wzrd.graph.binding import ASSET
from wzrd.models.references import ReferenceKind, is_address

IMAGE_KEYS = (
    "reference", "references", "referenceImage", "referenceImages", "reference_image", "reference_images",
    "referenceImageUrls", "reference_image_urls", "image", "images", "image_url", "image_urls",
)  # fmt: skip
"""Where images stand, as the studio's clients call them."""
_OTHER_IMAGES = (
    "reference_image_url", "referenceImageUrl", "first_frame_image_url", "firstFrameImageUrl", "first_frame",
    "source_image_url", "sourceImageUrl", "start_image_url",
)  # fmt: skip
KEYS: Mapping[ReferenceKind, tuple[str, ...]] = MappingProxyType(
    {
        "image": (*IMAGE_KEYS, *_OTHER_IMAGES),
        "video": ("video", "videos", "video_url", "video_urls", "reference_video", "reference_videos"),
        "audio": ("audio", "audios", "audio_url", "audio_urls", "voice", "voice_sample"),
    }
)
"""Where media of each kind stand."""
MAX_REFERENCES = 64
_KIND_OF: Mapping[str, ReferenceKind] = {key: kind for kind, keys in KEYS.items() for key in keys}
_RANK = {key: rank for rank, key in enumerate(_KIND_OF)}
_KINDS: frozenset[str] = frozenset(KEYS)


@dataclass(frozen=True, slots=True)
class Reference:
    """An address and the kind of file that is there."""

    url: str
    type: ReferenceKind


def collect_references(inputs: Mapping[str, Any], params: Mapping[str, Any]) -> tuple[Reference, ...]:
    """Every address under the names above, inputs first, each once, `MAX_REFERENCES` at most.

    A key says what kind of file it names, unless the result that arrived there says otherwise. A text that is no
    address (http, https, `data:`) refers to nothing.
    """
    found: dict[str, Reference] = {}
    for room in (inputs, params):
        named = room.keys() & _RANK.keys()
        for key in sorted(named, key=_RANK.__getitem__) if named else ():
            kind = _declared_kind(room.get(key + ASSET)) or _KIND_OF[key]
            for url in _addresses(room[key]):
                found.setdefault(url, Reference(url, kind))
    return tuple(found.values())[:MAX_REFERENCES]


def _declared_kind(asset: object) -> ReferenceKind | None:
    said = members_of(asset).get("type")
    return cast("ReferenceKind", said) if isinstance(said, str) and said in _KINDS else None


def _addresses(value: object) -> Iterator[str]:
    """The addresses in a text, in the `url` of an object, or in a list of such, in order."""
    waiting = [value] if value else []
    while waiting:
        here = waiting.pop()
        if isinstance(here, str):
            if is_address(here.strip()):
                yield here.strip()
        elif elements_of(here):
            waiting += reversed(elements_of(here))
        elif members_of(here):
            waiting.append(members_of(here).get("url"))
