"""Captions as people read them: cut into short ones, broken into lines. Pure."""

import re
from collections.abc import Sequence

from wzrd.domain.film import Caption
from wzrd.domain.names import voice_key
from wzrd.domain.shots import Line
from wzrd.language.sound.speech import breaths, is_wide

LINE, WIDE_LINE = 42, 20  # characters that fit on one line, in Latin and in CJK
LINES = 2
NAME = 24
_ASIDE = re.compile(r"\([^()]*\)?|\[[^\[\]]*\]?")
SHORTEST = 0.8  # seconds below which nobody reads


def speaker_labels(lines: Sequence[Line]) -> list[str]:
    """Label before the words of each line: `ANNA: ` where two or more speak and the speaker changes, else ''."""
    keys = [voice_key(line.character) for line in lines]
    if len({key for key in keys if key}) < 2:
        return [""] * len(lines)
    return [
        f"{speaker_name(line.character)}: " if key and (at == 0 or key != keys[at - 1]) else ""
        for at, (line, key) in enumerate(zip(lines, keys, strict=True))
    ]


def speaker_name(character: str) -> str:
    """A name as captions have it: in capitals, without what stands in brackets."""
    return " ".join(_ASIDE.sub(" ", character).split()).strip(" ^@:")[:NAME].upper()


def split_caption(caption: Caption) -> list[Caption]:
    """A caption as one or more of at most two lines each; each part stays up in proportion to its letters."""
    text = " ".join(caption.text.split())
    limit = (WIDE_LINE if is_wide(text) else LINE) * LINES - 4  # a ragged line break costs a few characters
    count = -(-len(text) // limit)
    length = caption.end - caption.start
    if count <= 1 or length < 2 * SHORTEST:
        return [Caption(caption.start, caption.end, text)] if text else []
    parts = breaths(text, min(limit, len(text) // count + limit // 4))
    parts = _merged(parts, max(1, int(length / SHORTEST)))
    letters = sum(map(len, parts))
    found: list[Caption] = []
    start, shown = caption.start, 0
    for part in parts:
        shown += len(part)
        end = caption.end if part is parts[-1] and shown == letters else caption.start + length * shown / letters
        found.append(Caption(start, end, part))
        start = end
    return found


def _merged(parts: Sequence[str], most: int) -> list[str]:
    """At most `most` parts: neighbours joined evenly where there are more than the eye can follow."""
    count = min(most, len(parts))
    bounds = [len(parts) * at // count for at in range(count + 1)]
    return [" ".join(parts[bounds[at] : bounds[at + 1]]) for at in range(count)]


def spread(words: str, seconds: float) -> list[Caption]:
    """The words of a voice file as captions over its length: who recorded it did not say when what is said."""
    text = " ".join(words.split())
    return split_caption(Caption(0.0, seconds, text)) if text and seconds > 0 else []
