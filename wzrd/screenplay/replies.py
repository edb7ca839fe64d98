"""A script in the reply of a chat model: greeting, fence and offer around it, labels and bullets within."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from wzrd.domain.emphasis import plain
from wzrd.screenplay.headings import read_heading
from wzrd.screenplay.lines import is_page_break, is_transition, read_cue
from wzrd.screenplay.source import SourceLine
from wzrd.screenplay.words import (
    CAST_LISTS,
    DEED_LABELS,
    ENDS,
    GREETINGS,
    OF_SCRIPTS,
    OFFERS,
    SCENE_MARKS,
    SPEECH_LABELS,
)

_FENCE = re.compile(r"\s{0,3}(?:`{3,}|~{3,})[\w-]*\s*")
_LABEL = re.compile(r"([^\W\d_][^:\uff1a\n]{0,24})[:\uff1a]\s*")
_BULLET = re.compile(r"\s{0,3}[-*+]\s+(?=\S)")
_LONGEST = 600  # characters of a line that greets or offers
_GREETED = 6  # lines between a greeting and the rule below it
_OFFERS = 3  # paragraphs of an offer
_LONGEST_LIST = 120  # characters of who is there
_TOLD = "line {}: what is written {} the script was left out; it is no scene"

Paragraph = tuple[int, int]
"""Index of a paragraph's first line, and of the line behind its last."""


def unwrapped(lines: Sequence[SourceLine]) -> tuple[list[SourceLine], tuple[str, ...]]:
    """The lines with empty ones for what a reply has around its script, and what is to be told of that."""
    made, fenced = _unfenced(
        [replace(one, text="") if SCENE_MARKS.fullmatch(one.text.strip()) else one for one in lines]
    )
    paragraphs = list(_paragraphs(made))
    scenes = [at for at, one in enumerate(paragraphs) if _is_scene(made[one[0]])]
    if not scenes:
        return made, fenced
    gone = {"above": _greeting(made, paragraphs[: scenes[0]]), "below": _offer(made, paragraphs[scenes[-1] + 1 :])}
    out = {at for some in gone.values() for at in some}
    kept = [replace(line, text="") if at in out else line for at, line in enumerate(made)]
    told = [_TOLD.format(made[some[0]].number, where) for where, some in gone.items() if some]
    return kept, (*fenced, *told)


def _unfenced(lines: Sequence[SourceLine]) -> tuple[list[SourceLine], tuple[str, ...]]:
    """The lines within fences, where all scenes are within some; else all of them, without the fences."""
    fences = [at for at, line in enumerate(lines) if _FENCE.fullmatch(line.text)]
    if not fences:
        return list(lines), ()
    inside = {
        at for start, end in zip(fences[::2], [*fences[1::2], len(lines)], strict=False) for at in range(start, end)
    }
    scenes = [at for at, line in enumerate(lines) if not line.blank and _is_scene(line)]
    kept = inside if scenes and inside.issuperset(scenes) else range(len(lines))
    out = [at for at, line in enumerate(lines) if at not in kept and at not in fences and not line.blank]
    made = [line if at in kept and at not in fences else replace(line, text="") for at, line in enumerate(lines)]
    return made, (_TOLD.format(lines[out[0]].number, "around"),) if out else ()


def _greeting(lines: Sequence[SourceLine], ahead: Sequence[Paragraph]) -> list[int]:
    """Indices of the lines of a greeting, to the rule below it."""
    if not ahead or not (told := _said(lines, ahead[0])) or not (GREETINGS.match(told) and OF_SCRIPTS.search(told)):
        return []
    start, end = ahead[0]
    full = [at for at in range(end, ahead[-1][1]) if not lines[at].blank][:_GREETED]
    rule = next((at for at in full if is_page_break(lines[at].text.strip())), end - 1)
    marked = any(lines[at].text.lstrip()[:1] in {"#", "*"} for at in full if at < rule)
    return [at for at in range(start, end if marked else rule + 1) if not lines[at].blank]


def _offer(lines: Sequence[SourceLine], behind: Sequence[Paragraph]) -> list[int]:
    """Indices of the lines at the end that offer more, with the rule above them; no speech is one.

    What stands below THE END is nobody's in any script.
    """
    if any(lines[at].text.casefold().strip(" .!*_") in ENDS for one in behind for at in range(*one)):
        return []
    first = len(behind)
    while first and len(behind) - first < _OFFERS and OFFERS.match(_said(lines, behind[first - 1])):
        first -= 1
    if first == len(behind):
        return []
    above = lines[behind[first - 1][1] - 1].text.strip() if first else ""
    if read_cue(above) and not is_transition(above):
        return []
    first -= bool(above) and is_page_break(above) and behind[first - 1][1] - behind[first - 1][0] == 1
    return [at for start, end in behind[first:] for at in range(start, end)]


def _said(lines: Sequence[SourceLine], paragraph: Paragraph) -> str:
    """Words of a paragraph on one line; nothing where it is long or stands in from the margin."""
    texts = [lines[at].text for at in range(*paragraph)]
    told = plain(" ".join(text.strip() for text in texts)).strip()
    return told if len(told) <= _LONGEST and not any(text.startswith("    ") for text in texts) else ""


def _paragraphs(lines: Sequence[SourceLine]) -> Iterator[Paragraph]:
    start = 0
    for at, line in enumerate((*lines, SourceLine(0, ""))):
        if line.blank:
            if at > start:
                yield start, at
            start = at + 1


def _is_scene(line: SourceLine) -> bool:
    text = plain(line.text).strip().lstrip("#>- ").strip("*_ ")
    return bool(text) and read_heading(text) is not None


def unlabelled(lines: Sequence[SourceLine], *, listed: bool) -> list[SourceLine]:
    """The lines without the labels of what is seen, "Action: She runs."; each is a paragraph of its own.

    Labels of speeches are left out, and where the text is `listed` the bullets of a list. Who is there is a synopsis.
    """
    made: list[SourceLine] = []
    for at, line in enumerate(lines):
        label = _LABEL.match(line.text)
        head, rest = (label[1].strip().casefold(), line.text[label.end() :]) if label else ("", "")
        if head in DEED_LABELS and rest:
            made += [SourceLine(line.number, ""), replace(line, text=rest), SourceLine(line.number, "")]
        elif head in SPEECH_LABELS and not rest:
            made.append(replace(line, text=""))
        elif head in CAST_LISTS and rest and len(rest) <= _LONGEST_LIST:
            made.append(replace(line, text=f"= {line.text}"))
        elif listed and (bullet := _BULLET.match(line.text)) and _is_listed(lines, at):
            made.append(replace(line, text=line.text[bullet.end() :]))
        else:
            made.append(line)
    return made


def _is_listed(lines: Sequence[SourceLine], at: int) -> bool:
    """True if a line right beside this one has a bullet, too."""
    beside = [*lines[max(0, at - 1) : at], *lines[at + 1 : at + 2]]
    return any(_BULLET.match(line.text) for line in beside)
