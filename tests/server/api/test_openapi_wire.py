"""The pages of docs/wire/ and the description say the same: routes, and the fields and events of the tables."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from tests.server.api.test_openapi import DOCUMENT, OPERATIONS

PAGES = [page.read_text() for page in sorted((Path(__file__).parents[3] / "docs" / "wire").glob("*.md"))]
ELSEWHERE = {"POST /rest/v1/rpc/save_compute_graph"}
"""Routes of others that the page names."""
OTHER_SPELLINGS = {"includeAdvanced": "include_advanced"}
SECTIONS = {part.partition("\n")[0]: part for page in PAGES for part in page.split("\n## ")[1:]}
ROUTE = re.compile(r"\b(GET|POST|PUT|DELETE|HEAD)\s+(/[a-z0-9-]+/[^\s`?,;:)]*)")


def plain(path: str) -> str:
    """A path whose parameters have no names."""
    return re.sub(r"\{\w+\}", "{}", path)


def named_routes(text: str) -> set[str]:
    """The routes that a text names with their method."""
    return {f"{method} {plain(path.rstrip('*.'))}" for method, path in ROUTE.findall(text)}


def test_the_page_names_no_other_routes() -> None:
    """Every route with its method in the text is one that is served."""
    served = {plain(name) for name in OPERATIONS}
    named = {name.replace("HEAD ", "GET ") for name in named_routes("\n".join(PAGES))}
    assert named - ELSEWHERE <= served, named - served


def test_the_page_lists_every_route() -> None:
    """The table of routes is the description's, each with the tag that it has there."""
    rows = re.findall(r"^\| `(\w+ \S+)` \| (\w+) \|", SECTIONS["Routes"], re.MULTILINE)
    served = {name: operation["tags"][0] for name, operation in OPERATIONS.items()}
    assert dict(rows) == served, f"docs/wire/README.md differs in {dict(rows).items() ^ served.items()}"
    assert len(rows) == len(OPERATIONS)


def tables(header: str) -> Iterator[tuple[str, list[list[str]]]]:
    """The tables whose first column is called so: the section, and the rows' cells."""
    for title, text in SECTIONS.items():
        for table in re.findall(rf"^\| `?{header}`? \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE):
            yield title, [[cell.strip() for cell in row.strip("|").split(" | ")] for row in table.splitlines()]


def words(schema: Any, seen: frozenset[str] = frozenset()) -> set[str]:
    """Every name of a field, and every word that one may be, in a schema and what it refers to."""
    if isinstance(schema, list):
        return set[str]().union(*(words(one, seen) for one in cast("list[Any]", schema)))
    if not isinstance(schema, dict):
        return set()
    schema = cast("dict[str, Any]", schema)
    found = {*schema.get("properties", {}), *map(str, schema.get("enum", ())), str(schema.get("const"))}
    ref = schema.get("$ref", "").rpartition("/")[2]
    if ref and ref not in seen:
        found |= words(DOCUMENT["components"]["schemas"][ref], seen | {ref})
    return found.union(*(words(one, seen) for one in schema.values()))


def operations_of(section: str) -> list[dict[str, Any]]:
    """The operations that a section is about; one that names none is about all that generate."""
    named = {name.replace("HEAD ", "GET ") for name in named_routes(SECTIONS[section])}
    about = [operation for name, operation in OPERATIONS.items() if plain(name) in named]
    everywhere = [one for one in OPERATIONS.values() if one["tags"] == ["generation"]]
    return about + (everywhere if section == "Generations" else [])


FIELDS = [
    (section, name)
    for header in ("field", "setting", "parameter")
    for section, rows in tables(header)
    for row in rows
    for name in re.findall(r"`(\w+)`", row[0])
]


@pytest.mark.parametrize(("section", "name"), FIELDS)
def test_a_field_of_a_table_is_one(section: str, name: str) -> None:
    """A field of a table is read by a route of its section."""
    sent = [[one.get("requestBody", {}), one.get("parameters", [])] for one in operations_of(section)]
    names = {one["name"] for operation in operations_of(section) for one in operation.get("parameters", ())}
    assert OTHER_SPELLINGS.get(name, name) in words(sent) | names


EVENTS = [
    (section, event, row[1])
    for header in ("event", "type")
    for section, rows in tables(header)
    for row in rows
    for event in re.findall(r"^`(\w+)`", row[0])
]


@pytest.mark.parametrize(("section", "event", "told"), EVENTS, ids=[f"{one[0]}-{one[1]}" for one in EVENTS])
def test_an_event_of_a_table_is_one(section: str, event: str, told: str) -> None:
    """Its name and the fields that the table gives it are those of the section's stream."""
    streams = [
        items
        for operation in operations_of(section)
        for answer in operation["responses"].values()
        if (items := answer.get("content", {}).get("text/event-stream", {}).get("itemSchema"))
    ]
    known = words(streams)
    assert event in known
    outside = re.sub(r"\([^()]*\)", "", told).partition(";")[0]
    fields = [name for code in re.findall(r"`([^`]*)`", outside) for name in re.findall(r"[A-Za-z_]+", code)]
    assert [name for name in fields if name not in known] == []
