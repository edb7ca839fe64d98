"""A chat model's answer read while it arrives: each shot comes out once written, whatever surrounds it.

`json_stream` finds the JSON in the text; this file says which of its values are shots and what they mean.
No text makes it raise; work is linear in the text, and no more than MAX_ANSWER characters are looked at.
"""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from wzrd.domain import shot_vocabulary
from wzrd.domain.prompts import one_line
from wzrd.domain.shots import ShotIdea
from wzrd.storyboard.json_stream import Fields, JsonStream

T = TypeVar("T")
MAX_IDEA, MAX_SHORT = 600, 120
_NUMBERING = re.compile(
    r"^(?:[-*\u2022]+\s+|#?\(?\d{1,3}[.):]\)?\s+|[*_#]{0,3}\s?shot\s?#?\s?\d{1,3}\s?[.):\u2013\u2014-]{1,2}[*_]{0,3}\s*)",
    re.IGNORECASE,
)
_MARK = r"(?:\d{1,3}[.)]|[-*\u2022]|(?:\*\*)?shot[ \t]?#?[ \t]?\d{1,3}[ \t]?[:.\u2013\u2014-])"
_LISTED = re.compile(rf"^[ \t]{{0,8}}{_MARK}[ \t]{{0,4}}(\S[^\n]{{14,}})$", re.IGNORECASE | re.MULTILINE)
_SENTENCE_END = re.compile("[.!?\u2026][\"'\u201d\u2019)]?(?=\\s)|[\u3002\uff01\uff1f]")

_IDEA_KEYS = (
    "description", "prompt_idea", "idea", "shot_description", "visual_prompt", "prompt", "text", "visual", "visuals",
    "content", "action", "summary", "image_prompt", "shot", "beat",
)  # fmt: skip
_SIZE_KEYS = ("size", "shot_size", "shot_type", "type", "framing", "frame", "shot")
_ANGLE_KEYS = ("angle", "camera_angle", "shot_angle", "view", "camera", "shot_type", "type")
_MOVE_KEYS = ("move", "movement", "camera_move", "camera_movement", "motion", "camera_motion", "camera")
_LENS_KEYS = ("lens_mm", "lens", "focal_length", "focal_length_mm", "focal", "lens_size")
_TITLE_KEYS = ("title", "name", "headline", "label", "shot_title")
_DIALOGUE_KEYS = ("dialogue", "dialog", "line", "speech", "spoken")
_SUBJECT_KEYS = ("subject", "character", "focus", "who")


class AnswerReader:
    """Reads one answer. Feed it the pieces in order; how the text is cut into pieces makes no difference."""

    def __init__(self) -> None:
        self._stream = JsonStream()
        self._seen: set[str] = set()
        self._prose: list[str] = []

    def feed(self, text: str) -> list[ShotIdea]:
        """The shots that `text` completes, in order; duplicates of earlier ones are left out."""
        if self._stream.found == 0:
            self._prose.append(text[: self._stream.room])
        return self._new(self._stream.feed(text))

    def finish(self) -> list[ShotIdea]:
        """The shots that only the end completes: a closed last string, or the lines of a list that is no JSON.

        A last item that broke off is dropped. Feed nothing after this.
        """
        shots = self._new(self._stream.finish())
        if self._stream.found == 0:
            shots += self._new([{"description": line} for line in _listed("".join(self._prose))])
        self._prose.clear()
        return shots

    def _new(self, items: list[Fields]) -> list[ShotIdea]:
        shots: list[ShotIdea] = []
        for item in items:
            idea = idea_from(item)
            key = re.sub(r"\W+", " ", idea.idea.casefold()).strip() if idea else ""
            if idea and key and key not in self._seen:
                self._seen.add(key)
                shots.append(idea)
        return shots


def idea_from(fields: Mapping[str, str]) -> ShotIdea | None:
    """The shot that a model's fields mean, whatever it calls them; None when they hold no description.

    What no field says (size, angle, move, lens) is guessed from the description's words.
    """
    text = next((text for key in _IDEA_KEYS if (text := _cleaned(fields.get(key, "")))), "")
    if not text:
        return None
    size = _first(fields, _SIZE_KEYS, shot_vocabulary.size_of) or shot_vocabulary.guess_size(text) or "medium"
    lens = _first(fields, _LENS_KEYS, shot_vocabulary.lens_of) or shot_vocabulary.guess_lens(text)
    return ShotIdea(
        idea=text,
        size=size,
        angle=_first(fields, _ANGLE_KEYS, shot_vocabulary.angle_of) or shot_vocabulary.guess_angle(text) or "eye_level",
        move=_first(fields, _MOVE_KEYS, shot_vocabulary.move_of) or shot_vocabulary.guess_move(text) or "static",
        lens_mm=lens or shot_vocabulary.usual_lens(size),
        title=_short(fields, _TITLE_KEYS, 80),
        dialogue=_short(fields, _DIALOGUE_KEYS, 1_500),
        subject=_short(fields, _SUBJECT_KEYS, MAX_SHORT),
    )


def _first(fields: Mapping[str, str], keys: tuple[str, ...], meaning: Callable[[str], T | None]) -> T | None:
    """The first of the fields that says something we know. A long value is prose, not a name of a size."""
    values = (fields[key] for key in keys if 0 < len(fields.get(key, "")) <= MAX_SHORT)
    return next((meant for value in values if (meant := meaning(value)) is not None), None)


def _short(fields: Mapping[str, str], keys: tuple[str, ...], limit: int) -> str:
    text = next((fields[key] for key in keys if fields.get(key)), "")
    return one_line(text)[:limit].strip(" *_")


def _cleaned(text: str) -> str:
    """An idea as it is kept: one line, no numbering, no markup, cut at a sentence; empty when nothing is said."""
    line = one_line(text)
    line = re.sub(r"\*\*|__|`{1,3}", "", line)
    line = _NUMBERING.sub("", line.strip(), count=1).strip()
    if len(line) > 1 and (line[0], line[-1]) in {('"', '"'), ("\u201c", "\u201d"), ("'", "'")}:
        line = line[1:-1].strip()
    return _cut(line) if any(char.isalnum() for char in line) else ""


def _cut(line: str) -> str:
    if len(line) <= MAX_IDEA:
        return line
    ends = [found.end() for found in _SENTENCE_END.finditer(line[: MAX_IDEA + 1]) if found.end() <= MAX_IDEA]
    if ends and ends[-1] > MAX_IDEA // 6:
        return line[: ends[-1]]
    head = line[: MAX_IDEA - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[MAX_IDEA // 2 :] else head).rstrip(" ,;:-") + "\u2026"


def _listed(prose: str) -> list[str]:
    """The lines of a numbered or bulleted list; the last line of the text only when it ends like a sentence."""
    lines = _LISTED.findall(prose)
    broken = (
        lines and prose.endswith(lines[-1]) and not lines[-1].rstrip("*_ ").endswith((".", "!", "?", '"', "\u201d"))
    )
    return lines[:-1] if broken else lines
