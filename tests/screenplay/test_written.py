"""Scripts in the layouts and languages of the world, read again: scenes, headings' parts, speeches, actions, in order.

`written.py` writes them from `written.json` (words) and `layouts.json` (layouts), `judged.py` compares.
"""

import os
import random
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.screenplay.judged import differences, folded
from tests.screenplay.written import (
    CUES,
    HEADINGS,
    LANGUAGES,
    NAMES,
    SAYINGS,
    SPACINGS,
    WIDE,
    WIDE_CUES,
    WIDE_HEADINGS,
    Layout,
    write,
)
from wzrd.screenplay.model import Screenplay
from wzrd.screenplay.parse import parse
from wzrd.screenplay.times import light_of

UNREAD = {"time first, blank"}  # INT. NIGHT CLUB is a club: a time before the place needs a sign behind it
UNREAD_IN = {("time below", "cs")}  # DEN on a line of its own has no letter that is Czech
PLAIN = {"ja": "quoted", "zh": "colon"}  # the usual cue of a language; elsewhere the name stands above
ONE_SPACING = ("compact", "no blanks", "speeches together", "speeches below action", "double", "columns")
WORD = re.compile(r"[^\W_]+")
DRAWN = 100
"""Layouts at random that are read as they were meant, but for a few: most clash by more than one rarity."""


def faults(layout: Layout) -> list[tuple[str, str]]:
    return list(differences(layout, parse(write(layout).encode(), "film.txt")))


def faults_by_language(layouts: list[Layout]) -> dict[str, list[tuple[str, str]]]:
    return {layout.language: found[:2] for layout in layouts if (found := faults(layout))}


def languages(styles: object) -> list[str]:
    return [one for one in LANGUAGES if (one in WIDE) == (styles in (WIDE_HEADINGS, WIDE_CUES))]


def some_of(style: str, styles: object) -> list[str]:
    """Some of the languages, others for each style; with SEEDS set all of them."""
    known = [one for one in languages(styles) if (style, one) not in UNREAD_IN]
    return known if os.environ.get("SEEDS") else random.Random(style).sample(known, min(len(known), 8))


def can_be(cue: str, spacing: str) -> bool:
    """Does this spacing leave such a cue what it is?"""
    if spacing == "columns":
        return cue.startswith("above") and cue in CUES
    return not (cue.startswith("apart") and spacing in ONE_SPACING)


@pytest.mark.parametrize("styles", [HEADINGS, WIDE_HEADINGS], ids=["cased", "wide"])
def test_headings_of_all_languages(styles: dict[str, str]) -> None:
    """Number, kind, place and time in any order, with any sign between, in capitals or not."""
    found = {
        style: faults_by_language([Layout(one, style, PLAIN.get(one, "above")) for one in some_of(style, styles)])
        for style in styles
        if style not in UNREAD
    }
    assert {style: bad for style, bad in found.items() if bad} == {}


@pytest.mark.parametrize("style", sorted(UNREAD))
def test_what_is_not_read_divides_scenes_all_the_same(style: str) -> None:
    """A time that cannot be told from the place stays with it; scenes and speeches are there."""
    for language in languages(HEADINGS):
        assert {fault for fault, _ in faults(Layout(language, style))} <= {"place", "time"}


@pytest.mark.parametrize("styles", [CUES, WIDE_CUES], ids=["cased", "wide"])
def test_cues_of_all_languages(styles: dict[str, str]) -> None:
    """Who speaks, how, and from off, wherever the name stands."""
    heading = "circle (time)" if styles is WIDE_CUES else "dash"
    found = {style: faults_by_language([Layout(one, heading, style) for one in languages(styles)]) for style in styles}
    assert {style: bad for style, bad in found.items() if bad} == {}


@pytest.mark.parametrize("spacing", SPACINGS)
def test_cues_with_any_empty_lines(spacing: str) -> None:
    """Empty lines that lack, or are too many; each cue in a few languages that differ from style to style."""
    known = {("double", "above, forced mixed"), ("indented", "tab"), ("indented", "wide blank")}
    draw = random.Random(spacing)
    bad: dict[str, object] = {}
    for styles, heading in ((CUES, "dash"), (WIDE_CUES, "circle (time)")):
        for cue in styles:
            if not can_be(cue, spacing) or (spacing, cue) in known or (spacing == "columns" and "mixed" in cue):
                continue
            some = draw.sample(languages(styles), 2)
            bad |= {f"{cue}: {key}": value for key, value in faults_by_language(
                [Layout(one, heading, cue, spacing) for one in some]
            ).items()}  # fmt: skip
    assert bad == {}


def test_layouts_at_random() -> None:
    """Any language, heading, cue and spacing together: nine of ten are read as they were meant, none is an error."""
    draw = random.Random(7)
    bad = Counter[str]()
    for _ in range(DRAWN):
        language = draw.choice(sorted(LANGUAGES))
        wide = language in WIDE
        cue = draw.choice(list(WIDE_CUES if wide else CUES))
        spacing = draw.choice([one for one in SPACINGS if can_be(cue, one)])
        extras = tuple(one for one in ("title", "act", "cut", "end") if draw.random() < 0.25)
        layout = Layout(language, draw.choice(list(WIDE_HEADINGS if wide else HEADINGS)), cue, spacing, extras)
        bad.update(fault for fault, _ in faults(layout)[:1])
        assert not words_lost(layout), layout
    assert bad.total() <= DRAWN // 10, bad


def words_lost(layout: Layout) -> Counter[str]:
    """Words of the file that stand nowhere in what was read; numbers of scenes and their words leave no trace."""
    made = parse(write(layout).encode(), "film.txt")
    lost = Counter(words_of(write(layout))) - Counter(words_of("\n".join(texts_of(made))))
    words = LANGUAGES[layout.language]
    marks = {"s", "sc", "n", "\u00aa", *words_of(f"{words['scene']} {words['cast'][0]} {words['cont']}")}
    return Counter({word: n for word, n in lost.items() if not re.search(r"\d|\u7b2c", word) and word not in marks})


def words_of(text: str) -> list[str]:
    """Words without case; the Turkish letters i are one."""
    return WORD.findall(text.casefold().replace("\u0131", "i").replace("i\u0307", "i"))


def texts_of(made: Screenplay) -> Iterator[str]:
    yield from (*made.metadata.values(), made.title)
    for scene in made.scenes:
        yield from (scene.heading, scene.label, scene.title)
        for one in scene.elements:
            yield from (one.text, one.character, one.parenthetical, one.extension)


@pytest.mark.parametrize(
    "text",
    [
        "\u7b2c\u4e00\u573a\n\u65f6\uff1a\u591c\n\u666f\uff1a\u5185 \u53a8\u623f\n\n\u5b89\u5a1c\uff1a\u597d\u3002\n",
        "SZENE 1\n\nOrt: K\u00fcche\nZeit: Nacht\n\nEs ist still.\n",
        "Szene 1\nK\u00fcche. Nacht.\n\nEs ist still.\n",
    ],
)
def test_place_and_time_below_a_number(text: str) -> None:
    """On a line with or without keys."""
    (scene,) = parse(text.encode(), "film.txt").scenes
    assert (scene.place, light_of(scene.time_of_day)) in {("\u53a8\u623f", "night"), ("K\u00fcche", "night")}


# Names that are other words, and speeches that look like something else.

LINES = {
    style: cue for style, cue in CUES.items() if "mixed" not in style and "{c}" not in cue and "apart" not in style
}


def read(style: str, *blocks: str | tuple[str, str]) -> Screenplay:
    cue = LINES[style].replace("{h}", "").replace("{g}", "")
    written = (
        one if isinstance(one, str) else cue.replace("{N}", one[0]).replace("{s}", one[1]).strip("\n") for one in blocks
    )
    return parse(("INT. HALL - DAY\n\nThe clock ticks.\n\n" + "\n\n".join(written) + "\n").encode(), "film.txt")


def said(made: Screenplay) -> list[tuple[str, str]]:
    return [
        (one.character.casefold(), folded(one.text))
        for scene in made.scenes
        for one in scene.elements
        if one.kind == "dialogue"
    ]


NOT_SO = {
    "above, stop": {"GUARD A", "SCHWARZ", "NERO"},  # a stop behind a fade makes it one
    "above, colon": {"SCHWARZ", "NERO"},
    "stop em dash": {"GUARD A"},
}


@pytest.mark.parametrize("style", LINES)
def test_who_comes_again_speaks_whatever_the_name(style: str) -> None:
    """A time, a fade, a sentence of another language, a title, a number: a name is what stands before speeches."""
    lost: list[str] = []
    for name in NAMES:
        made = read(
            style, ("ANNA", "Where were you?"), (name, "I was at home."), "A door closes.", ("BERT", "So you say."),
            ("ANNA", "Tell us more."), (name, "There is no more."), ("BERT", "Good."),
        )  # fmt: skip
        if [who for who, _ in said(made)] != ["anna", name.casefold(), "bert", "anna", name.casefold(), "bert"]:
            lost.append(name)
    assert set(lost) <= NOT_SO.get(style, set())


@pytest.mark.parametrize("style", LINES)
def test_a_speech_is_one_whatever_it_says(style: str) -> None:
    """Capitals, a number, a fade, a heading's first word, a colon: who speaks elsewhere says it."""
    for words in SAYINGS:
        made = read(
            style, ("ANNA", "Where were you?"), ("BERT", words), "A door closes.", ("BERT", "So you say."),
            ("ANNA", "Go on."), ("BERT", "Good."),
        )  # fmt: skip
        assert (words, said(made)[1]) == (words, ("bert", folded(words)))
        assert len(said(made)) == 5
