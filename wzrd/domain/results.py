"""Media in a provider's JSON: which addresses are results, and the same JSON with ours instead.

Providers spell results in many ways; these are the rules for all of them. Pure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, TypeAlias, cast

Json: TypeAlias = object

MAX_MEDIA = 256
"""Most results one generation may have; more is not a result but a list of something."""
_MAX_URL = 8192
_MAX_SIDE = 1 << 20
_MAX_SECONDS = 1e6

_NOT_RESULTS = frozenset({
    "payload", "arguments", "request", "logs", "metrics", "timings", "error", "prompt",
    "webhookurl", "statusurl", "responseurl", "cancelurl", "citations", "sources",
})  # fmt: skip
"""Members that tell of the request or of the work, as `_plain` spells them, beside those that begin with `input`
(fal's `input_video`). What they name is not what was made."""
_MEDIA = frozenset({
    "image", "images", "video", "videos", "audio", "audios", "output", "outputs", "file", "files", "audiofile",
    "modelmesh", "result", "results", "media", "outcome", "sample",
})  # fmt: skip
"""Members whose bare texts are addresses of results, beside those that end in one of `_ADDRESSES`."""
_ADDRESSES = ("url", "urls", "uri", "uris")
_PREVIEWS = ("thumbnail", "preview", "poster", "cover")


@dataclass(frozen=True, slots=True)
class MediaUrl:
    """One result: where it lies, and what the provider said of it. Pixels, seconds; None where it said nothing."""

    url: str
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    media: MediaUrl
    preview: bool


def media_urls(result: Json) -> tuple[MediaUrl, ...]:
    """The media results that a provider's answer names, each once, the main one first.

    A GMI answer's `outcome` counts alone when there is something in it. `video_url` comes first unless `media_urls`
    lists it, then `media_urls`, then the others in the order of the text. Thumbnails count when there is nothing else.
    """
    root = _outcome(result)
    found: dict[str, _Found] = {}
    for entry in (*_leading(root), *_walk(root)):
        known = found.get(entry.media.url)
        found[entry.media.url] = entry if known is None else _joined(known, entry)
    results = [entry.media for entry in found.values() if not entry.preview]
    return tuple((results or [entry.media for entry in found.values()])[:MAX_MEDIA])


def replace_urls(result: Json, mapping: Mapping[str, str]) -> Json:
    """A copy of the JSON in which every text that is a key of `mapping`, exactly, is its value instead."""
    if isinstance(result, str):
        return mapping.get(result, result)
    if isinstance(result, dict):
        members = cast("Mapping[str, Json]", result).items()
        return {name: replace_urls(value, mapping) for name, value in members}
    if isinstance(result, list | tuple):
        return [replace_urls(value, mapping) for value in cast("list[Json]", result)]
    return result


def _outcome(result: Json) -> Json:
    members = _members(result)
    outcome = members.get("outcome") if members is not None else None
    return outcome if _members(outcome) else result


def _leading(root: Json) -> Iterator[_Found]:
    """Yield what always comes first: `video_url`, unless `media_urls` lists it; then `media_urls`."""
    members = _members(root)
    if members is None:
        return
    listed = list(_walk(members.get("media_urls"), "media_urls"))
    video = members.get("video_url")
    if _is_address(video, spaced=True) and video not in {entry.media.url for entry in listed}:
        yield _Found(_described(cast("str", video), {}), preview=False)
    yield from listed


def _walk(root: Json, name: str = "url") -> Iterator[_Found]:
    """Every address of a result, in the order of the text. `name` is the member that holds `root`."""
    waiting: list[tuple[str, Json, Mapping[str, Any], bool]] = [(name, root, {}, False)]
    while waiting:
        name, value, around, preview = waiting.pop()
        preview = preview or name.lower().startswith(_PREVIEWS)
        if isinstance(value, str):
            if _holds_address(name) and _is_address(value, spaced=name.lower().endswith(_ADDRESSES)):
                yield _Found(_described(value, around if name == "url" else {}), preview)
        elif isinstance(value, list):
            waiting += [(name, inner, {}, preview) for inner in reversed(cast("list[Json]", value))]
        elif (members := _members(value)) is not None:
            inside = [entry for entry in members.items() if not _tells_of_request(_plain(entry[0]))]
            waiting += [(key, inner, members, preview) for key, inner in reversed(inside)]


def _members(value: Json) -> Mapping[str, Any] | None:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else None


def _holds_address(name: str) -> bool:
    name = _plain(name)
    return name in _MEDIA or name.endswith(_ADDRESSES) or name.startswith(_PREVIEWS)


def _tells_of_request(plain: str) -> bool:
    return plain in _NOT_RESULTS or plain.startswith("input")


def _plain(name: str) -> str:
    """A member's name as all vendors' spellings of it: `videoUrl` and `video_url` are one."""
    return name.replace("_", "").lower()


def _is_address(value: Json, *, spaced: bool = False) -> bool:
    """An http(s) address, or media in the answer itself (a `data:` URI). `spaced`: nobody writes prose there."""
    if not isinstance(value, str):
        return False
    if value[:5].lower() == "data:":
        return value[5:11].lower() in {"image/", "video/", "audio/"}
    return (
        len(value) <= _MAX_URL
        and value[:8].lower().startswith(("http://", "https://"))
        and (spaced or " " not in value)
    )


def _described(url: str, about: Mapping[str, Any]) -> MediaUrl:
    """The address with what its neighbours say; what makes no sense is left out."""
    seconds = _number(about.get("duration", about.get("duration_seconds")), _MAX_SECONDS)
    milliseconds = _number(about.get("duration_ms"), _MAX_SECONDS * 1000)
    kind = about.get("content_type", about.get("mime_type"))
    return MediaUrl(
        url,
        width=_side(about.get("width")),
        height=_side(about.get("height")),
        duration=seconds if seconds is not None else milliseconds / 1000 if milliseconds is not None else None,
        content_type=kind.lower() if isinstance(kind, str) and "/" in kind and len(kind) <= 100 else None,
    )


def _number(value: Json, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) and 0 < value <= most else None


def _side(value: Json) -> int | None:
    number = _number(value, _MAX_SIDE)
    return int(number) if number is not None and number.is_integer() else None


def _joined(known: _Found, more: _Found) -> _Found:
    """One address named twice: the first place counts, and everything that was said of it."""
    first, second = known.media, more.media
    media = replace(
        first,
        width=first.width or second.width,
        height=first.height or second.height,
        duration=first.duration or second.duration,
        content_type=first.content_type or second.content_type,
    )
    return _Found(media, known.preview and more.preview)
