"""Scripts as values, written in the layouts of the world.

A `Layout` is a way to write headings, one to write who speaks, and what stands between the lines.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES: Mapping[str, Mapping[str, Any]] = json.loads(
    Path(__file__).with_name("written.json").read_text(encoding="utf-8")
)
WIDE = ("ja", "zh", "ko")


@dataclass(frozen=True, slots=True)
class Said:
    """A speech: its second part stands behind a direction amid it."""

    who: str
    text: str
    how: str = ""
    off: str = ""
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A scene: `place` and `time` as words, `inside` as truth, action as text."""

    place: str
    time: int
    inside: bool
    items: Sequence[str | Said]


@dataclass(frozen=True, slots=True)
class Layout:
    """Keys of HEADINGS, CUES and SPACINGS, and what stands besides: title, act, cut, end."""

    language: str
    heading: str = "dash"
    cue: str = "above"
    spacing: str = "usual"
    extras: tuple[str, ...] = field(default=())

    @property
    def wide(self) -> bool:
        """Is it a language without capitals?"""
        return self.language in WIDE


_STYLES = json.loads(Path(__file__).with_name("layouts.json").read_text(encoding="utf-8"))
HEADINGS: Mapping[str, str] = _STYLES["headings"]
WIDE_HEADINGS: Mapping[str, str] = _STYLES["wide_headings"]
CUES: Mapping[str, str] = _STYLES["cues"]
WIDE_CUES: Mapping[str, str] = _STYLES["wide_cues"]
SPACINGS: Sequence[str] = _STYLES["spacings"]
NAMES: Sequence[str] = _STYLES["names"]
SAYINGS: Sequence[str] = _STYLES["sayings"]


@cache
def script_of(language: str) -> tuple[Written, ...]:
    """Four scenes, alike in every language: who is heard and not seen, directions, a speech that goes on."""
    words = LANGUAGES[language]
    act, say, how, off = words["act"], words["say"], words["how"], words["off"]
    a, b, c, d, e = words["n"]
    places = words["p"]
    return (
        Written(places[0], 0, True, (act[0], Said(a, say[0]), Said(b, say[1], how=how[0]), act[1], Said(a, say[2]))),
        Written(places[1], 1, False, (act[2], Said(c, say[3]), Said(b, say[4], off=off[0]), Said(d, say[5]), act[3])),
        Written(
            places[2],
            2,
            True,
            (act[1], Said(d, say[0]), Said(a, say[1], how=how[1], rest=say[4]), Said(c, say[2])),
        ),
        Written(
            places[0],
            3,
            True,
            (act[3], Said(b, say[3], off=off[1]), Said(e, say[4]), Said(d, say[1]), Said(e, say[5]), act[0]),
        ),
    )


def write(layout: Layout) -> str:
    """The script in this layout."""
    words = LANGUAGES[layout.language]
    paragraphs: list[list[str]] = [*_before(layout)]
    for number, scene in enumerate(script_of(layout.language), 1):
        paragraphs.append(["H", *heading(layout, scene, number).split("\n")])
        paragraphs += [["A", one] if isinstance(one, str) else ["S", *_speech(layout, one)] for one in scene.items]
        if "cut" in layout.extras and number == 2:
            paragraphs.append(["T", words["cut"]])
    if "end" in layout.extras:
        paragraphs.append(["T", words["fade"]])
        paragraphs.append(["T", words["end"]])
    return _spaced(paragraphs, layout)


def _before(layout: Layout) -> Iterator[list[str]]:
    words = LANGUAGES[layout.language]
    if "title" in layout.extras:
        yield ["T", *words["title"]]
        yield ["T", *words["cast"]]
    if "act" in layout.extras:
        yield ["T", words["actlabel"]]


def heading(layout: Layout, scene: Written, number: int) -> str:
    """The heading of a scene in this layout."""
    words = LANGUAGES[layout.language]
    styles = WIDE_HEADINGS if layout.wide else HEADINGS
    style, _, case = styles[layout.heading].partition("@")
    at = 0 if scene.inside else 1
    pick = {key: words.get(key, words["w"]).split()[at] for key in ("a", "w", "x")}
    facts = {
        **pick, "p": scene.place, "t": words["t"][scene.time], "n": number,
        "S": words["scene"].split("|")[0], "Z": words["scene"].split("|")[-1], "c": words["cont"], "l": words["later"],
        "k": "一二三四"[number - 1],
    }  # fmt: skip
    made = style.format(**facts)
    return _titled(made) if case == "title" else _lower(made) if case == "lower" else made


def _lower(text: str) -> str:
    return (
        text.replace("\u0130", "i").replace("I", "\u0131").lower() if {"\u0130", "\u015e"} & set(text) else text.lower()
    )


def _titled(text: str) -> str:
    """Each run of capitals with one capital: Küche, Innen."""
    return re.sub(r"[^\W\d_]+", lambda word: word[0][0] + _lower(word[0][1:]), text)


def name_in(layout: Layout, name: str) -> str:
    """A name as this layout writes it."""
    return _titled(name) if "mixed" in layout.cue else name


def _speech(layout: Layout, said: Said) -> list[str]:
    """The lines of a speech; how it is said stands where the style has {h}, or amid it before what goes on."""
    style = (WIDE_CUES if layout.wide else CUES)[layout.cue]
    one_line, space = "\n" not in style, "" if layout.wide else " "
    how, off = (f"\uff08{text}\uff09" if layout.wide else f"({text})" for text in (said.how, said.off))
    beside = one_line or "{h}" in style.partition("\n")[0]
    first = "" if not said.how or said.rest else space + how if beside else f"{how}\n"
    break_ = space if one_line else "\n"
    text = f"{said.text}{break_}{how}{break_}{said.rest}" if said.rest else said.text
    name = name_in(layout, said.who) + (space + off if said.off else "")
    made = style.replace("{h}", first).replace("{g}", first.strip() + space if first else "")
    made = made.replace("{c}", f", {said.how}" if said.how and not said.rest and not said.off else "")
    lines = made.replace("{N}", name).replace("{s}", text).split("\n")
    return [lines[0], *("\t\t" + line.lstrip() for line in lines[1:])] if "\t\t{s}" in style else lines


def _spaced(paragraphs: Sequence[Sequence[str]], layout: Layout) -> str:
    spacing = layout.spacing
    if spacing == "columns":
        return "\n".join(_columns(paragraphs)) + "\n"
    lines: list[str] = []
    for at, (kind, *texts) in enumerate(paragraphs):
        blanks = _blanks(spacing, kind, paragraphs[at - 1][0]) if at else 0
        lines += [""] * blanks + texts
    if spacing == "double":
        lines = [part for line in lines if line for part in (line, "")]
    if spacing == "indented":
        lines = [f"    {line}" if line else "" for line in lines]
    if spacing == "trailing":
        lines = [f"{line}  \u00a0" if line else "" for line in lines]
    return ("\r\n" if spacing == "crlf" else "\n").join(lines) + "\n"


def _blanks(spacing: str, kind: str, after: str) -> int:
    """Empty lines before a paragraph of this kind (Heading, Action, Speech, Title) behind one of the other kind."""
    none = {
        "tight headings": after == "H",
        "compact": kind != "H",
        "no blanks": True,
        "speeches together": kind == after == "S",
        "speeches below action": kind == "S" and after in "AS",
    }
    return 0 if none.get(spacing, False) else 3 if spacing == "wide" else 1


def _columns(paragraphs: Sequence[Sequence[str]]) -> Iterator[str]:
    """As on paper: action at 8, speech at 18, directions at 24, names at 32."""
    for kind, *texts in paragraphs:
        for at, text in enumerate(texts):
            column = 8 if kind != "S" else 32 if at == 0 else 24 if text.startswith("(") else 18
            yield " " * column + text
        yield ""
