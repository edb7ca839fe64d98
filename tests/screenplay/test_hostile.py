"""Files that are no screenplay, files that nobody meant, files that mean harm; and that nothing said is ever lost."""

import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.errors import ScreenplayError
from wzrd.screenplay.fountain import parse_fountain
from wzrd.screenplay.headings import LONGEST_LINE
from wzrd.screenplay.model import Screenplay
from wzrd.screenplay.parse import parse
from wzrd.screenplay.source import MAX_BYTES, source_lines


def read(text: str) -> Screenplay:
    return parse_fountain(text.encode())


@pytest.mark.parametrize(
    ("data", "line", "column", "says"),
    [
        (b"", 1, 1, "empty"),
        (b"\n\n[[only a note]]\n", 1, 1, "empty"),
        (b"INT. A\r\n\r\nab\0c", 3, 3, "NUL"),
        (b"INT. A\n\n" + bytes(range(0x80, 0x100)), 3, 1, "no encoding that is known here; save it as UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x01\x02\x03\x04\x05\x06\x0e", 1, 1, "binary file"),
        (b"x" * (MAX_BYTES + 1), 1, 1, "2,097,152"),
        (b"INT. A\n" + b"\n" * 50_000, 1, 1, "50,001 lines and a screenplay at most 50,000"),
        (b"INT. A\n\n" * 2001, 4001, 1, "2,000 scenes"),
    ],
)
def test_bad_files_are_told_with_line_and_column(data: bytes, line: int, column: int, says: str) -> None:
    """The message says what is wrong, where, and what to do."""
    with pytest.raises(ScreenplayError) as caught:
        parse_fountain(data)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert says in caught.value.message


def test_two_thousand_scenes_are_taken() -> None:
    """The limit itself is allowed."""
    assert len(parse_fountain(b"INT. A\n\n" * 2000).scenes) == 2000


@pytest.mark.parametrize("head", [b"%PDF-1.7", b"PK\x03\x04", b"<?xml version='1.0'?><html/>", b"\xd0\xcf\x11\xe0"])
def test_other_formats_are_named(head: bytes) -> None:
    """Who imports a PDF learns that Fountain is wanted."""
    with pytest.raises(ScreenplayError, match="export the screenplay as Fountain"):
        parse(head, "film.pdf")


def test_the_suffix_decides_and_else_the_content() -> None:
    """A file called .fountain is Fountain whatever it begins with."""
    as_json = b'{"scenes": [{"heading": "INT. A - DAY"}]}'
    assert parse(as_json).scenes[0].heading == parse(b"INT. A - DAY", "x.FOUNTAIN").scenes[0].heading
    assert parse(as_json, "x.fountain").scenes[0].actions == (as_json.decode(),)
    with pytest.raises(ScreenplayError, match="no valid JSON"):
        parse(b"INT. A - DAY", "x.json")


MARKS = """INT. A - DAY|.B|ANN|@b|(x)|(|[[|]]|/*|*/|*|_|~|>|<|=|===|#|#1#|!|^|TO:|:|Title: x|é|山|-| - |  """
SALAD = st.lists(
    st.sampled_from([*MARKS.split("|"), "\\", "\t", "\n", "\n\n", "\r", "\x1b", "\u2028"]), max_size=60
).map("".join)


def read_as_json(data: bytes) -> Screenplay:
    return parse(data, "x.json")


@given(st.one_of(st.text(), SALAD).map(str.encode) | st.binary())
def test_anything_is_a_screenplay_or_a_screenplay_error(data: bytes) -> None:
    """No file, however made, ends in another exception."""
    for parser in (parse_fountain, parse, read_as_json):
        with suppress(ScreenplayError):
            made = parser(data)
            assert [scene.number for scene in made.scenes] == list(range(1, len(made.scenes) + 1))


@given(SALAD)
def test_an_error_points_into_the_file(text: str) -> None:
    """Line and column name a place that is there."""
    try:
        parse_fountain(text.encode())
    except ScreenplayError as error:
        place = error
    else:
        return
    all_lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert 1 <= place.line <= len(all_lines)
    assert 1 <= place.column <= len(all_lines[place.line - 1]) + 1


WORDS = st.text(st.sampled_from("abcdefgh éдш山.,?' "), min_size=1, max_size=40).map(str.strip).filter(bool)
SPEECHES = st.tuples(
    st.sampled_from(["ANN", "BORIS", "ÉVA (V.O.)", "@McKay", "ИВАН (CONT'D)", "@山田"]),
    st.none() | st.sampled_from(["(low)", "(to Ann)"]),
    st.lists(WORDS.filter(lambda words: words[0] not in ".("), min_size=1, max_size=3),
)
BLOCKS = st.one_of(SPEECHES, WORDS.map(lambda words: f"The {words}"))


def written(block: str | tuple[str, str | None, list[str]]) -> str:
    if isinstance(block, str):
        return block
    cue, direction, spoken = block
    return "\n".join([cue, *([direction] if direction else []), *spoken])


@given(st.lists(st.lists(BLOCKS, max_size=6), min_size=1, max_size=5), st.sampled_from(["\n", "\r\n"]))
def test_all_that_is_said_arrives(scenes: list[list[str | tuple[str, str | None, list[str]]]], end: str) -> None:
    """Every speech of every scene comes out in order, with its direction, and every paragraph of action."""
    text = "\n\n".join("\n\n".join(["INT. ROOM - DAY", *map(written, blocks)]) for blocks in scenes)
    made = parse_fountain(text.replace("\n", end).encode())
    assert len(made.scenes) == len(scenes)
    for scene, blocks in zip(made.scenes, scenes, strict=True):
        said = [(" ".join(" ".join(b[2]).split()), b[1]) for b in blocks if not isinstance(b, str)]
        assert [(line.text, line.parenthetical and f"({line.parenthetical})") for line in scene.dialogue] == said
        assert list(scene.actions) == [" ".join(block.split()) for block in blocks if isinstance(block, str)]


def test_a_word_without_capitals_that_is_said_twice_names_nobody() -> None:
    """Where names are in capitals, a line of Chinese within a speech is none, though it stands above another twice."""
    made = parse_fountain("INT. ROOM - DAY\n\nANN\n山\n?\n\nANN\n?\n山\n?\n".encode())
    assert [(line.character, line.text) for line in made.scenes[0].dialogue] == [("ANN", "山 ?"), ("ANN", "? 山 ?")]


# Hostile files.

_LETTERS = str.maketrans("01", "AB")
HOSTILE: dict[str, Callable[[int], str]] = {
    "stars": lambda n: "*" * n,
    "emphasis": lambda n: "*a" * n,
    "unpaired": lambda n: " *a" * n,
    "underscores": lambda n: "_ " * n,
    "notes": lambda n: "[[]]" * n,
    "boneyards": lambda n: "/**/" * n,
    "note lines below cues": lambda n: "A\n[[]]\n" * n,
    "parentheses": lambda n: "A\n" + "(\n" * n,
    "directions": lambda n: "A\n" + "(x)\n" * n,
    "one long parenthesis": lambda n: "A\n" + "(" * n,
    "extensions": lambda n: "A(" + "()" * n + "\nx",
    "cues": lambda n: "A\nb\n\n" * n,
    "a name with brackets": lambda n: "A" + "(x)" * n + "!\nb",
    "dashes": lambda n: "INT. " + "- " * n,
    "a long dash": lambda n: "INT. " + "-" * n,
    "hashes": lambda n: "INT. " + "#" * n,
    "sections": lambda n: "#\n" * n,
    "unseen marks": lambda n: "\u200b" * n + "x",
    "white space": lambda n: " " * n + "x" + " " * n,
    "empty lines": lambda n: "\n" * n,
    "keys": lambda n: "a: b\n" * n,
    "full stops": lambda n: ". " * n,
    "weather": lambda n: "wind the " * n,
    "kinds": lambda n: "INT. " * n,
    "names in a line": lambda n: "INT. HALL - DAY " + "ANNA You! BEN No! Anna goes. " * n,
    "indents": lambda n: "INT. HALL - DAY" + "         Anna?" * n,
    "names before a stop": lambda n: "".join(f"N{at // 2:b}. Go on.\n\n" for at in range(n)).translate(_LETTERS),
    "names that do something": lambda n: "".join(
        f"N{at:b} Go!\n\nN{at:b} goes.\n\n" for at in range(1 + n // 2)
    ).translate(_LETTERS),
    "names before words": lambda n: "ANNA Go!\n\nBEN I go.\n\n" * n,
    "turns with numbers": lambda n: "".join(f"{at}. ANNA: Go.\n" for at in range(n)),
    "columns": lambda n: "VIDEO   AUDIO\n" + "a   B: c\n" * n,
    "wide gaps": lambda n: "VIDEO   AUDIO\na" + "   " * n + "\n" + "a   " * n,
    "cells": lambda n: "| VIDEO | AUDIO |\n" + "|" * n,
    "kinds above places": lambda n: "INT.\nHALL\nNIGHT\n" * min(n, 1_900),
    "the same place": lambda n: "\u25cb\u540c\u30fbA\n" * min(n, 1_900),
    "small headings": lambda n: "Rue - jour\n\n" * n,
    "names above a colon": lambda n: "A:\nB:\n" * n,
    "directions behind commas": lambda n: "ANNA, low\nYes\n" * n,
    "numbers at both ends": lambda n: "1 A 1\n\nb\n\n" * n,
    "scene words": lambda n: "Scene: " * n,
    "a head without an end": lambda n: "---\n" + "a: b\n" * n,
    "times": lambda n: "INT. A - " + "NIGHT - " * n + "A",
}


def calls_of(text: str) -> int:
    """Number of functions, Python's and C's, that reading this text calls."""
    count = 0

    def tick(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(tick)
    try:
        read(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", HOSTILE)
def test_work_grows_no_faster_than_the_file(name: str) -> None:
    """Four times the file, four times the calls."""
    small, large = (calls_of(f"INT. A - DAY\n\n{HOSTILE[name](n)}") for n in (500, 2000))
    assert large <= 4.5 * small + 200


@pytest.mark.parametrize("name", HOSTILE)
def test_a_large_hostile_file_is_read(name: str) -> None:
    """At 45,000 repetitions no pattern backtracks: what is quadratic would not end within anybody's patience."""
    unit = len(HOSTILE[name](1)) + 1
    assert read(f"INT. A - DAY\n\n{HOSTILE[name](90_000 // unit)}").scenes


def test_a_whole_file_of_white_space_is_read() -> None:
    """A letter between spaces, as many as a file may have: no name of a transcript is looked for in all of them."""
    assert read(f"INT. A - DAY\n\n{HOSTILE['white space'](MAX_BYTES // 2 - 100)}").scenes
    assert source_lines("a\n" + "\t" * 1000 + "x")[0][1].text == " " * 200 + "x"


@pytest.mark.parametrize("begins", ["INT. ", "@", "A-", ".", "TITLE ", "1. EXT. "])
def test_a_line_of_many_pages_is_action(begins: str) -> None:
    """No heading, name or title is so long: it is looked for none in it, and no letter is lost."""
    letters = "A" * (LONGEST_LINE + 1)
    line = begins + letters
    made = read(f"{line}\n\nINT. ROOM - DAY\n\n{line}\nA word.\n\nShe waits.")
    kept = "".join(text for scene in made.scenes for text in (scene.heading, *scene.actions))
    assert kept.count(letters) == 2
    assert all(len(scene.place) < LONGEST_LINE for scene in made.scenes)
    assert not [line for scene in made.scenes for line in scene.dialogue]


def test_tags_are_lines_too() -> None:
    """A page of 300,000 paragraphs has as many lines: it is refused before any is looked at."""
    with pytest.raises(ScreenplayError, match="lines and a screenplay at most"):
        parse_fountain(b"<html><body>" + b"<p>x " * 300_000)


@pytest.mark.parametrize("opening", ["[[", "/* ", "/*/ "])
def test_openings_without_an_end_are_told_once(opening: str) -> None:
    """100,000 of them cost one look each, and no word is lost."""
    made = read("INT. A\n\n" + opening + "So. [[ /* " * 100_000)
    assert [warning.split(":")[0] for warning in made.warnings] == ["line 3", "line 3"]
    assert made.scenes[0].actions[0].count("So.") == 100_000
