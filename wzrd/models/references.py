"""The addresses of media in a generation's inputs: found wherever they stand, and replaced. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeAlias, cast

from wzrd.contracts.wire import elements_of, members_of

FieldPath: TypeAlias = tuple[str | int, ...]
"""Where in the inputs a value stands: keys and list positions from the outside in."""
ReferenceKind: TypeAlias = Literal["image", "video", "audio"]

TEXT_KEYS = frozenset({"prompt", "negative_prompt", "text", "lyrics", "system_prompt", "systemPrompt", "messages"})
"""Inputs that are read, never fetched: an address in them is words."""
_SCHEMES = ("http://", "https://", "data:")
_ADDRESS_NAMES = ("_url", "_urls")
_KEY_WORDS: tuple[tuple[ReferenceKind, tuple[str, ...]], ...] = (
    ("video", ("video", "clip")),
    ("audio", ("audio", "voice_sample")),
    ("image", ("image", "img", "frame", "input_reference")),
)
_ANY_KIND = frozenset({"keyframes"})
"""Inputs whose name promises nothing: the keyframes of a film are clips, stills and sounds."""


def find_references(inputs: Mapping[str, Any]) -> Iterator[tuple[FieldPath, str]]:
    """Every value that is an address of a file (http, https, data), with its place."""
    return ((field, text) for field, text in _walk((), dict(inputs)) if is_address(text))


def find_strays(inputs: Mapping[str, Any]) -> Iterator[tuple[FieldPath, str]]:
    """Every value that stands where an address must, by the name of its input, and is none."""
    for field, text in _walk((), dict(inputs)):
        name = next((part for part in reversed(field) if isinstance(part, str)), "")
        if name.endswith(_ADDRESS_NAMES) and text and not is_address(text):
            yield field, text


def is_address(text: str) -> bool:
    """True if a text begins as an address that is read: http, https or `data:`."""
    return text[:8].lower().startswith(_SCHEMES)


def _walk(field: FieldPath, value: object) -> Iterator[tuple[FieldPath, str]]:
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, object]", value).items():
            if key not in TEXT_KEYS:
                yield from _walk((*field, key), inner)
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(cast("list[object]", value)):
            yield from _walk((*field, at), inner)


def kind_at(field: FieldPath) -> ReferenceKind | None:
    """Kind of file that the name of an input promises, or None."""
    name = next((part.lower() for part in reversed(field) if isinstance(part, str) and part != "url"), "")
    if name in _ANY_KIND:
        return None
    return next((kind for kind, words in _KEY_WORDS if any(word in name for word in words)), None)


def name_of(field: FieldPath) -> str:
    """A place as an error names it: `image_urls.0`."""
    return ".".join(str(part) for part in field)


def replace_references(inputs: Mapping[str, Any], replace: Callable[[str], str]) -> dict[str, Any]:
    """The inputs with every address put through `replace`."""
    return cast("dict[str, Any]", _replaced(dict(inputs), replace))


def _replaced(value: object, replace: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return replace(value) if is_address(value) else value
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, object]", value).items()
        return {key: inner if key in TEXT_KEYS else _replaced(inner, replace) for key, inner in pairs}
    if isinstance(value, list | tuple):
        return [_replaced(inner, replace) for inner in cast("list[object]", value)]
    return value


def find_parts(messages: object) -> Iterator[tuple[FieldPath, str]]:
    """The addresses that a chat's messages show a model, with their places: parts `{"type": "image_url", …}`."""
    for at, message in enumerate(elements_of(messages)):
        for number, part in enumerate(elements_of(members_of(message).get("content"))):
            name = members_of(part).get("type")
            url = members_of(members_of(part).get(name)).get("url") if isinstance(name, str) else None
            if isinstance(name, str) and isinstance(url, str) and is_address(url):
                yield ("messages", at, "content", number, name, "url"), url


def replace_parts(messages: object, replace: Callable[[str], str]) -> object:
    """The messages with every address that they show put through `replace`; words stay as they are."""
    made: object = messages
    for field, url in find_parts(messages):
        made = _put(made, field[1:], replace(url))
    return made


def _put(room: object, field: FieldPath, value: str) -> object:
    """A copy in which the value stands at the place."""
    if not field:
        return value
    key, *rest = field
    if isinstance(room, list):
        items = cast("list[object]", room)
        return [_put(one, tuple(rest), value) if at == key else one for at, one in enumerate(items)]
    members = cast("Mapping[str | int, object]", room)
    return {**members, key: _put(members[key], tuple(rest), value)}
