"""What one source tells of a schema, refined by what another has told. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from wzrd.models.schemas.openapi import PLATFORM, REFINING, Schema

Row = Mapping[str, Any]
"""A schema, and its sources: the day of each."""


def adopt(row: Row | None, schema: Mapping[str, Any], name: str, date: str) -> dict[str, Any]:
    """A row of the file with what another source says: the younger one's fields, refined by the older one's.

    The platform's answer is whole: nothing older adds to it.
    """
    others = {} if row is None else {one: when for one, when in row["sources"].items() if one != name}
    is_newest = all(date >= when for when in others.values())
    if row is None or not others or (is_newest and name == PLATFORM):
        return {"sources": {name: date}, "schema": dict(schema)}
    if row["sources"].get(name) == date:
        return dict(row)
    if not is_newest and PLATFORM in others and others[PLATFORM] == max(others.values()):
        return dict(row)
    newer, older = (schema, row["schema"]) if is_newest else (row["schema"], schema)
    return {"sources": {**others, name: date}, "schema": refine(newer, older)}


def adopt_page(row: Row | None, page: Mapping[str, Any]) -> dict[str, Any]:
    """A row with what a page says, whole or of single fields, unless another source is younger."""
    others = {} if row is None else {one: when for one, when in row["sources"].items() if one != page["source"]}
    if row is not None and any(when[:10] > page["date"] for when in others.values()):
        return dict(row)
    known = row["schema"] if row is not None and "type" not in page["schema"] else None
    schema = page["schema"] if known is None else refine(known, page["schema"])
    return {"sources": {**others, page["source"]: page["date"]}, "schema": schema}


def refine(newer: Mapping[str, Any], older: Mapping[str, Any]) -> Schema:
    """The newer schema, with the bounds that only the older one tells and its kind of numbers.

    A declaration of types writes whole numbers as texts (`"4"` for 4) and tells no length of anything.
    """
    made: Schema = dict(newer)
    kind = older.get("type")
    if kind == newer.get("type") or {kind, newer.get("type")} == {"integer", "number"}:
        made |= {key: older[key] for key in REFINING if key in older}
        made |= {"type": "integer"} if kind == "integer" else {}
        if "default" in older and "maximum" in older and made.get("default", 0) > older["maximum"]:
            made["default"] = older["default"]  # a type that two models share has the default of one
    if "enum" in newer and "enum" in older and not _words(newer) & _words(older):
        made |= {key: older[key] for key in ("enum", "default") if key in older}  # two models share a type's name
    elif "enum" in newer and any(isinstance(one, int) for one in older.get("enum", ())):
        made["enum"] = [_whole(one) for one in newer["enum"]]
        made |= {"default": _whole(newer["default"])} if "default" in newer else {}
    if "items" in newer and "items" in older:
        made["items"] = refine(newer["items"], older["items"])
    if "properties" in newer and "properties" in older:
        known = older["properties"]
        fields = newer["properties"].items()
        made["properties"] = {name: refine(one, known[name]) if name in known else one for name, one in fields}
    if "anyOf" in newer and "anyOf" in older:
        made["anyOf"] = [_refine_way(one, older["anyOf"]) for one in newer["anyOf"]]
    return made


def _refine_way(way: Mapping[str, Any], older: Sequence[Mapping[str, Any]]) -> Schema:
    same = next((one for one in older if ("enum" in one, one.get("type")) == ("enum" in way, way.get("type"))), way)
    return refine(way, same)


def _words(schema: Mapping[str, Any]) -> set[str]:
    return {str(one) for one in schema["enum"]}


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else value
