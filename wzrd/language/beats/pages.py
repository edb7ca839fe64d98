"""The text of a scene, in which its beats stand. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.people.mentions import sentences_of


@dataclass(frozen=True, slots=True)
class Page:
    """A scene's text: its paragraphs and lines in order, each with where it begins in `text`."""

    text: str
    parts: tuple[tuple[int, str | Line], ...]


def page_of(parts: Sequence[str | Line]) -> Page:
    """The text of a scene: what is seen and what is said, a blank line between two parts."""
    placed: list[tuple[int, str | Line]] = []
    at = 0
    for part in parts:
        placed.append((at, part))
        at += len(part if isinstance(part, str) else part.text) + 2
    return Page("\n\n".join(part if isinstance(part, str) else part.text for part in parts), tuple(placed))


def scene_page(scene: SceneBrief) -> Page:
    """The scene's text as its beats count it: its script, else its sentences with the lines among them."""
    if scene.script:
        return page_of(scene.script)
    told = dict.fromkeys(one.strip() for text in (scene.description, *scene.actions) for one in sentences_of(text))
    placed: list[tuple[float, int, str | Line]] = [((at + 0.3) / len(told), 0, text) for at, text in enumerate(told)]
    placed += [((at + 0.7) / len(scene.dialogue), 1, line) for at, line in enumerate(scene.dialogue)]
    return page_of([part for *_, part in sorted(placed, key=lambda one: one[:2])])
