"""Text before the first heading: a scene of its own, or a part of the first scene."""

import re
from collections.abc import Sequence
from dataclasses import replace

from wzrd.language.words.off_screen import is_off_screen
from wzrd.screenplay.lines import is_transition
from wzrd.screenplay.model import Element
from wzrd.screenplay.scenes import SceneDraft
from wzrd.screenplay.words import CAST_LISTS

SECTIONS = "no scene heading; its sections are read as scenes (a heading begins with INT. or EXT.)"
NO_HEADING = (
    "no scene heading: all of it is one scene; begin each scene with a line such as INT. KITCHEN - NIGHT,"
    " or force one with a full stop"
)
_OPENING, _ONLY = "Opening", "The scene"
_MANY_WORDS = 6
_LONG, _PART = 120, 50  # elements: a script without headings that is longer is told in parts
PARTS = "no scene heading: it is read in parts; begin each scene with a line such as INT. KITCHEN - NIGHT"
_SENTENCE = re.compile(r"[.!?\u2026:\u3002\uff01\uff1f][\"'\u201d\u2019)]*\Z")
_CREDIT = re.compile(r"\u00a9|copyright|all rights reserved|\b(?:written|directed|screenplay) by\b", re.IGNORECASE)


def with_opening(
    preamble: SceneDraft, scenes: Sequence[SceneDraft], sections: Sequence[tuple[int, str]] = ()
) -> list[SceneDraft]:
    """All scenes of a script of which `preamble` stands before the first heading; none where nothing stands at all.

    Where no heading stands, `sections` are scenes: where in the preamble each begins, and its name. A fade, a name of
    an act and voices from off belong to the scene they lead into.
    """
    if not scenes and len(parts := _sections(preamble, sections)) > 1:
        return parts
    if not scenes:
        preamble.title = _ONLY
        return _parts(preamble) if preamble.elements or preamble.synopsis else []
    if any(_happens(element) for element in preamble.elements):
        preamble.title = _OPENING
        return [preamble, *scenes]
    scenes[0].elements[:0] = [_as_transition(element) for element in preamble.elements]
    return list(scenes)


def _sections(preamble: SceneDraft, sections: Sequence[tuple[int, str]]) -> list[SceneDraft]:
    """The sections in which anything stands, as scenes; a list of the cast is none, it is told with the first."""
    starts = [(0, _OPENING), *sections]
    ends = [start for start, _ in starts[1:]] + [len(preamble.elements)]
    parts: list[SceneDraft] = []
    texts = list(preamble.synopsis)
    for (start, name), end in zip(starts, ends, strict=True):
        elements = preamble.elements[start:end]
        if name.casefold() in CAST_LISTS:
            texts += [element.text for element in elements]
        elif elements:
            parts.append(SceneDraft(preamble.heading, elements, title=name or _ONLY))
    if parts:
        parts[0].synopsis[:0] = texts
    return parts


def _parts(whole: SceneDraft) -> list[SceneDraft]:
    """A long script of one scene in parts, each to a transition or to something that happens; a short one as it is."""
    elements = whole.elements
    if len(elements) <= _LONG:
        return [whole]
    starts = [0]
    while len(elements) - starts[-1] > _PART * 3 // 2:
        least, most = starts[-1] + _PART // 2, min(starts[-1] + _PART * 3 // 2, len(elements))
        ends = [at + 1 for at in range(least, most - 1) if elements[at].kind == "transition"]
        happens = [at for at in range(least, most) if elements[at].kind == "action"]
        nearest = min(ends or happens or [starts[-1] + _PART], key=lambda at: abs(at - starts[-1] - _PART))
        starts.append(nearest)
    parts = [
        SceneDraft(whole.heading, elements[start:end], title=f"Part {number}")
        for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(elements)], strict=True), 1)
    ]
    parts[0].synopsis = whole.synopsis
    return parts


def _as_transition(element: Element) -> Element:
    """A fade that was forced to be action is a transition all the same."""
    forced = element.kind == "action" and is_transition(element.text)
    return replace(element, kind="transition") if forced else element


def _happens(element: Element) -> bool:
    if element.kind == "action" and not is_transition(element.text):
        is_prose = len(element.text.split()) >= _MANY_WORDS or _SENTENCE.search(element.text) is not None
        return is_prose and not _CREDIT.search(element.text)
    return element.kind == "lyric" or (element.kind == "dialogue" and not is_off_screen(element.extension))
