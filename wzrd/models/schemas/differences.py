"""Differences between two schemas of one endpoint's input, field by field. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from wzrd.models.schemas.field_values import describe
from wzrd.models.schemas.input_schemas import Schema

LONGEST = 160
"""Characters in which one side is told."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field by its path, and what each side says of it; empty where one does not know it."""

    field: str
    here: str
    there: str


def find_differences(here: Schema, there: Schema, path: str = "") -> Iterator[Difference]:
    """The fields of which two schemas say something else, those of `here` first."""
    ours, theirs = (_fields(one) for one in (here, there))
    for name in dict.fromkeys((*ours, *theirs)):
        facts = (_facts(here, name), _facts(there, name))
        if facts[0] != facts[1]:
            words = [_tell(one) for one in facts]
            if words[0] == words[1]:  # the same words for 5 and "5", and for what comes behind many others
                words = [_spell(*facts), _spell(*reversed(facts))]
            yield Difference(path + name, *(one[:LONGEST] for one in words))
        if name in ours and name in theirs:
            yield from find_differences(_inner(ours[name]), _inner(theirs[name]), f"{path}{name}.")


def _fields(schema: Schema) -> Mapping[str, Schema]:
    return schema.get("properties", {})


def _inner(schema: Schema) -> Schema:
    """The object that a field is, or that each of its list is."""
    return _inner(schema["items"]) if "items" in schema else schema


def _facts(whole: Schema, name: str) -> dict[str, Any]:
    """All that is said of a field but for the fields within it; nothing of one that there is not."""
    if name not in _fields(whole):
        return {}
    return {"needed": name in whole.get("required", ()), **_without_fields(_fields(whole)[name])}


def _without_fields(schema: Schema) -> dict[str, Any]:
    made = {key: value for key, value in schema.items() if key not in {"properties", "required"}}
    return made | ({"items": _without_fields(schema["items"])} if "items" in schema else {})


def _tell(facts: Mapping[str, Any]) -> str:
    """A field in words: its values, its default, and whether it is needed."""
    if not facts:
        return ""
    more = ["needed"] if facts["needed"] else []
    more += [f"{facts['default']!r} unless told"] if "default" in facts else []
    kind = facts.get("type") if not {"enum", "anyOf"} & set(facts) else None
    words = "an object" if kind == "object" else describe(facts) if len(facts) > 1 else "anything"
    return ", ".join([words, *more, *(["deprecated"] if "deprecated" in facts else [])])


def _spell(facts: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """The facts that the other side has not, as JSON; of choices those that are not among the other's."""
    own = {key: value for key, value in facts.items() if other.get(key) != value}
    if "enum" in own:
        known = [orjson.dumps(one) for one in other.get("enum", ())]
        own["enum"] = [one for one in own["enum"] if orjson.dumps(one) not in known]
    return orjson.dumps(own).decode()
