"""How `wzrd film` ends: what the film is made of, and what of the screenplay a person should look at."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from server.cli.board import plural
from server.cli.caller import CommandFailed

if TYPE_CHECKING:  # drawing is loaded by who draws
    from wzrd.storyboard.report import FilmReport, Found, PersonReport, PlaceReport

MOST = 8
"""Lines of each part on a terminal; the file has them all."""
_LONG = 12.0  # seconds of speech under one picture that are worth a line
_WIDTH = 60
_YOUNG = {"man, child": "boy", "woman, child": "girl", "child": "a child"}


def print_report(console: Console, report: "FilmReport") -> None:
    """The report in short: people, places, and what was not understood."""
    console.print()
    _print_table(console, "people", [_person(one) for one in report.people])
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
    try:
        file.write_bytes(orjson.dumps({**report.to_json(), **facts}, option=orjson.OPT_INDENT_2) + b"\n")
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror or error}", remedy="name another file with --report") from error


def _print_table(console: Console, name: str, rows: Sequence[tuple[str, ...]], style: str = "dim") -> None:
    if not rows:
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=16, style=style)
    table.add_column(max_width=_WIDTH, overflow="ellipsis", no_wrap=True)
    table.add_column(max_width=_WIDTH, overflow="ellipsis", no_wrap=True, style="dim")
    for at, (left, right) in enumerate(rows[:MOST]):
        table.add_row(f"  {name}" if not at else "", left, right)
    if len(rows) > MOST:
        table.add_row("", Text(f"and {len(rows) - MOST} more", "dim"), "")
    console.print(table)


def _person(person: "PersonReport") -> tuple[str, str]:
    voice = f"voice at {person.pitch} Hz" if person.pitch else ""
    counted = f"{plural(person.lines, 'line')}, {plural(person.panels, 'panel')}"
    look = _YOUNG.get(person.look, person.look)
    return person.name, " · ".join(part for part in (look, voice, counted) if part)


def _place(place: "PlaceReport") -> tuple[str, str]:
    scenes = ", ".join(map(str, place.scenes[:12])) + (" …" if len(place.scenes) > 12 else "")
    shown = place.set.replace("_", " ") if place.understood else f"a plain {place.set}"
    return place.name, f"{shown} · {'scene' if len(place.scenes) == 1 else 'scenes'} {scenes}"


def _doubts(report: "FilmReport") -> dict[str, list[tuple[str, str]]]:
    """What was not understood, by kind."""
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
