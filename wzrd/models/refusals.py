"""Reading a vendor's refusal by content out of its answer: the inputs that it names, and why. Pure.

How vendors say it is data, each with its source (`data/refusals.jsonl`): of several that fit, the first tells most.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, cast

import orjson

from wzrd.contracts.wire import elements_of
from wzrd.domain.refusals import About, ContentRefusal

_ECHOES = frozenset({"input", "payload", "prompt", "ctx", "url", "urls", "traceback"})
"""Members in which an error repeats what it was sent, or says where to read on: no words of the vendor's."""
_NAME = re.compile(r"[A-Za-z0-9_]{1,60}")
_MOST = 20
"""Fields, categories and depth that are read of one answer."""


def find_refusal(answer: object) -> ContentRefusal | None:
    """The refusal in an answer (its JSON, or its words); None where it says nothing of the content."""
    texts = [text.casefold() for text in _texts(answer, _MOST)]
    about: About | None = next((about for says, about in _sayings() if any(says in text for text in texts)), None)
    if about is None:
        return None
    entries = [one for one in _entries(answer) if any(_says(text) for text in _texts(one, 2))]
    fields = (_field_of(one.get("loc")) for one in entries)
    categories = (str(word) for one in entries for word in elements_of(one.get("categories")))
    return ContentRefusal(
        about, _few(fields), _few(word for word in categories if re.fullmatch(r"[\w /-]{1,40}", word))
    )


def _says(text: str) -> bool:
    return any(says in text.casefold() for says, _ in _sayings())


def _few(found: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, found)))[:_MOST]


def _entries(answer: object) -> list[Mapping[str, Any]]:
    """The entries of FastAPI's `detail`, as fal has it."""
    detail = cast("Mapping[str, object]", answer).get("detail") if isinstance(answer, Mapping) else answer
    return [cast("Mapping[str, Any]", one) for one in elements_of(detail) if isinstance(one, Mapping)]


def _field_of(loc: object) -> str:
    """`image_urls.0` of `["body", "image_urls", 0]`; empty where no input is named."""
    parts = [str(part) for part in elements_of(loc)]
    parts = parts[1:] if parts[:1] == ["body"] else parts
    return ".".join(parts[:6]) if all(map(_NAME.fullmatch, parts)) else ""


def _texts(value: object, depth: int) -> Iterator[str]:
    """Every text in an answer that is the vendor's own."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping) and depth:
        for name, inner in cast("Mapping[str, object]", value).items():
            if name not in _ECHOES:
                yield from _texts(inner, depth - 1)
    elif isinstance(value, list) and depth:
        for inner in cast("list[object]", value):
            yield from _texts(inner, depth - 1)


@cache
def _sayings() -> tuple[tuple[str, About], ...]:
    rows = map(orjson.loads, files("wzrd.models").joinpath("data/refusals.jsonl").read_bytes().splitlines())
    return tuple((row["says"].casefold(), row["about"]) for row in rows)
