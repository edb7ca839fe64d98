"""The pages of a printed script: Courier, 55 lines a page; Japanese on sheets of 400 characters."""

import math
import re
from collections.abc import Iterable

from wzrd.screenplay.model import Element, Screenplay

_LINES = 55
_ACROSS = {"action": 61, "dialogue": 35, "lyric": 35, "parenthetical": 25}
_SHEET_LINES, _SHEET_ACROSS = 20, 20
_KANA = re.compile("[\u3040-\u30ff]")


def pages_of(screenplay: Screenplay) -> float:
    """Pages of these scenes, without a title page."""
    elements = [element for scene in screenplay.scenes for element in scene.elements]
    if _KANA.search("".join(element.text for element in elements)):
        lines = sum(1 + _sheet_lines(scene.elements) for scene in screenplay.scenes)
        return lines / _SHEET_LINES
    return sum(3 + sum(map(_printed_lines, scene.elements)) for scene in screenplay.scenes) / _LINES


def _sheet_lines(elements: Iterable[Element]) -> int:
    return sum(
        math.ceil((len(element.text) + len(element.character)) / _SHEET_ACROSS) for element in elements if element.text
    )


def _printed_lines(element: Element) -> int:
    """Lines of a paragraph with the empty one after it; a speech has its cue above it."""
    across = _ACROSS.get(element.kind, 61)
    lines = sum(math.ceil(max(1, len(part)) / across) for part in element.text.split("\n"))
    return lines + 1 + bool(element.character) + bool(element.parenthetical)
