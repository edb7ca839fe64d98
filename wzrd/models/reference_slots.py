"""Places that a model has for reference pictures, and who gets them: the rule that allots references. Pure.

The places follow from the vendor's schema; what a schema does not tell (a limit, a tag for the prompt, that references
exclude a first frame) stands in `data/references.jsonl`, with its source.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from wzrd.models.bodies import fields_for, file_fields, schema_of
from wzrd.models.catalog import Model

UNTOLD = 8
"""Pictures that a list takes whose schema and vendor tell no number."""
EVERYTHING = frozenset({"person", "place", "prop", "style"})
ELEMENTS, _FRONTAL, _FURTHER = "elements", "frontal_image_url", "reference_image_urls"
"""Kling's field for people and things, each of a frontal picture and further ones."""


@dataclass(frozen=True, slots=True)
class ReferenceSlot:
    """A field of a model for references: `most` pictures of these `kinds`.

    `tag`: what a prompt calls one of them, before its number (`@Image`); empty where it has no name there. `taken`:
    pictures that come before them in the field: a clip's still where it has no other place.
    """

    field: str
    most: int
    kinds: frozenset[str] = EVERYTHING
    tag: str = ""
    taken: int = 0
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Slots:
    """All fields of a model for references, the choosiest first, and how many pictures they take together."""

    fields: tuple[ReferenceSlot, ...]
    most: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reference that a shot would have: `kind` is a sheet's, or style; `name` for people; `key` names it here."""

    key: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class PlacedReference:
    """A reference in its field, the `number`-th there, counted from 1 as tags count."""

    wanted: Wanted
    slot: ReferenceSlot
    number: int

    @property
    def tag(self) -> str:
        """The word that a prompt has for it; empty where it has none."""
        return f"{self.slot.tag}{self.number}" if self.slot.tag else ""


@dataclass(frozen=True, slots=True)
class Allotment:
    """References in the order in which they are sent, and those that did not fit, each with the reason."""

    placed: tuple[PlacedReference, ...] = ()
    left_out: tuple[tuple[Wanted, str], ...] = ()


def allot(wanted: Sequence[Wanted], slots: Slots) -> Allotment:
    """Give the places to the references in their order: who comes first is left out last."""
    placed: list[PlacedReference] = []
    left_out: list[tuple[Wanted, str]] = []
    counts = dict.fromkeys((slot.field for slot in slots.fields), 0)
    for one in wanted:
        able = [slot for slot in slots.fields if one.kind in slot.kinds]
        free = next((slot for slot in able if counts[slot.field] < slot.most), None)
        if free is None or len(placed) >= slots.most:
            left_out.append((one, _reason(one, slots, able)))
            continue
        counts[free.field] += 1
        placed.append(PlacedReference(one, free, free.taken + counts[free.field]))
    return Allotment(tuple(placed), tuple(left_out))


def _reason(one: Wanted, slots: Slots, able: Sequence[ReferenceSlot]) -> str:
    if not slots.fields:
        return "the model takes no reference pictures"
    if not able:
        return f"the model takes no reference of a {one.kind}"
    most = min(slots.most, sum(slot.most for slot in able))
    return f"the model takes {most} {'reference' if most == 1 else 'references'}, and others come first"


def reference_fields(placed: Sequence[tuple[PlacedReference, str]], still: str = "") -> dict[str, Any]:
    """The model's inputs for references with their addresses; `still`: the picture that a clip begins with."""
    made: dict[str, Any] = {}
    for one, url in placed:
        slot = one.slot
        if slot.field == ELEMENTS:
            made.setdefault(ELEMENTS, []).append({_FRONTAL: url, _FURTHER: [url]})
        elif slot.is_list:
            made.setdefault(slot.field, [still] if slot.taken else []).append(url)
        else:
            made[slot.field] = url
    return made


@cache
def reference_slots(model: Model) -> Slots:
    """The places that a picture's or a clip's model has for references, beside the still that a clip begins with."""
    schema, note = schema_of(model), _notes().get(model.endpoint_id, {})
    first = next(iter(file_fields(model, "first_frame")), "") if model.media_type == "video" else ""
    if first and note.get("alone"):
        return Slots((), 0)
    kinds, found = frozenset(note.get("kinds", EVERYTHING)), list[ReferenceSlot]()
    if _FRONTAL in schema.properties.get(ELEMENTS, {}).get("items", {}).get("properties", {}):
        found.append(ReferenceSlot(ELEMENTS, UNTOLD, frozenset({"person", "prop"}), "@Element", is_list=True))
    ends = fields_for(schema, "last_frame")
    for name in file_fields(model, "image"):
        field = schema.properties[name]
        is_list, items = field.get("type") == "array", field.get("items", {})
        if name in ends or items.get("type") == "object" or (name == first and not is_list):
            continue
        most = int(field.get("maxItems", UNTOLD)) if is_list else 1
        taken = int(name == first)
        if most > taken and (is_list or not found or model.media_type == "video"):
            found.append(ReferenceSlot(name, most - taken, kinds, str(note.get("tag", "")), taken, is_list))
    taken = int(any(slot.field == first for slot in found) or bool(first and "most" in note))
    return Slots(tuple(found), int(note.get("most", sum(slot.most for slot in found) + taken)) - taken)


@cache
def _notes() -> Mapping[str, Mapping[str, Any]]:
    lines = files("wzrd.models").joinpath("data/references.jsonl").read_bytes().splitlines()
    return {row["endpoint"]: row for row in map(orjson.loads, lines)}
