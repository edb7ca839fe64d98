"""Report at the end of `wzrd film`: what the film is made of, and what a person should look at."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from server.cli.board import plural
from server.cli.caller import told_by_name

if TYPE_CHECKING:  # drawing is loaded by who draws
    from wzrd.storyboard.report import FilmReport, Found, PersonReport, PlaceReport

MOST = 8
"""Lines of each part on a terminal; the file has them all."""
_LONG = 12.0  # seconds of speech under one picture that are worth a line
_LONGEST = 90  # cells of one text
_LABEL, _WIDE = 18, 80  # cells: a part's name, and a terminal on which it stands beside its lines
_YOUNG = {"man, child": "boy", "woman, child": "girl", "child": "a child"}


def print_report(console: Console, report: "FilmReport") -> None:
    """The report in short: people, places, and what was not understood."""
    console.print()
    people = sorted(report.people, key=lambda one: (not one.lines, one.name.startswith("the ")))
    _print_table(console, "people", [_person(one) for one in people])
    _print_table(console, "places", [_place(one) for one in report.places])
    for name, lines in _doubts(report).items():
        _print_table(console, name, lines, "yellow")
    if not any(_doubts(report).values()):
        console.print(Text("  everything on the page was understood", "dim"))
    console.print()


def write_report(file: Path, report: "FilmReport", **facts: object) -> None:
    """The whole report as JSON, with further facts of this film.

    Raises:
        CommandFailed: the file cannot be written.
    """
    with told_by_name(file, "name another file with --report"):
        file.write_bytes(orjson.dumps({**report.to_json(), **facts}, option=orjson.OPT_INDENT_2) + b"\n")


def _print_table(console: Console, name: str, rows: Sequence[tuple[str, str]], style: str = "dim") -> None:
    """Rows under their name: beside it where the terminal is wide, below it where it is narrow."""
    if not rows:
        return
    label = _LABEL if console.width >= _WIDE else 4
    if label != _LABEL:
        console.print(Text(f"  {name}", style))
    left, right = _widths([row[:2] for row in rows[:MOST]], console.width - label - 2)
    table = Table.grid(padding=0)
    table.add_column(width=label, style=style, no_wrap=True)
    table.add_column(width=left + 2, overflow="ellipsis", no_wrap=True)
    table.add_column(width=right, style="dim", overflow="fold")
    for at, (what, message) in enumerate(rows[:MOST]):
        shown = Text(what)
        shown.truncate(left, overflow="ellipsis")
        table.add_row(f"  {name}" if not at and label == _LABEL else "", shown, message)
    if len(rows) > MOST:
        table.add_row("", Text(f"and {len(rows) - MOST} more", "dim"), "")
    console.print(table)


def _widths(rows: Sequence[tuple[str, str]], room: int) -> tuple[int, int]:
    """Columns of the two texts: what is short is never cut; of two long ones the second is wrapped."""
    room = max(20, room)
    left, right = (min(_LONGEST, max(cell_len(row[at]) for row in rows)) for at in (0, 1))
    if left + right <= room:
        return left, right
    if right <= room // 3:
        return room - right, right
    left = min(left, max(12, room - right), room // 2)
    return left, room - left


def _person(person: "PersonReport") -> tuple[str, str]:
    voice = f"voice at {person.pitch} Hz" if person.pitch else ""
    counted = f"{plural(person.lines, 'line')}, {plural(person.panels, 'shot')}"
    look = _YOUNG.get(person.look, person.look)
    return person.name, " · ".join(part for part in (look, voice, counted) if part)


def _place(place: "PlaceReport") -> tuple[str, str]:
    scenes = ", ".join(map(str, place.scenes[:12])) + (" …" if len(place.scenes) > 12 else "")
    shown = place.set.replace("_", " ") if place.understood else f"a plain {place.set}"
    return place.name, f"{shown} · {'scene' if len(place.scenes) == 1 else 'scenes'} {scenes}"


def _doubts(report: "FilmReport") -> dict[str, list[tuple[str, str]]]:
    """Parts of the screenplay that a person should look at, by kind."""
    unknown = [(place.name, f"drawn as a plain {place.set}") for place in report.places if not place.understood]
    long = [(report.longest, f"{report.seconds:.0f} s of speech under one picture")] if report.seconds > _LONG else []
    return {
        "unknown places": unknown,
        "unknown things": [_found(one) for one in report.props],
        "not spoken": [_found(one) for one in report.unsayable],
        "nobody in": [(f"{len(report.empty)} of {plural(report.shots, 'panel')}", "; ".join(report.empty))]
        * bool(report.empty),
        "long": long,
    }


def _found(one: "Found") -> tuple[str, str]:
    return one.what, one.where
