"""Scripts of commercials, which tell picture and sound apart: `VIDEO: A kitchen.`, `AUDIO: GRAN: Lovely.`.

They become Fountain's lines: what is seen is action, who is heard speaks, music and effects stay lines of their own.
"""

import re
from collections.abc import Iterator, Sequence

from wzrd.language.words.off_screen import is_off_screen
from wzrd.screenplay.source import SourceLine
from wzrd.screenplay.words import NOT_SPEAKERS

_SEEN = frozenset(
    ["video", "visual", "visuals", "picture", "bild", "image", "imagen", "immagine", "vídeo", "obraz", "beeld"]
)
_HEARD = frozenset(["audio", "sound", "ton", "son", "sonido", "suono", "áudio", "som", "dźwięk", "geluid", "ljud"])
_LABEL = re.compile(rf"\s*(?P<label>{'|'.join(sorted(_SEEN | _HEARD))})\s?:\s*(?P<rest>.*)", re.IGNORECASE)
_FRAME = re.compile(
    r"\s*(?:frame|scene|shot|panel|sc|szene|einstellung|plan|plano|inquadratura|ujęcie)?\s*#?\d{1,3}[a-z]?"
    r"(?:\s*[-:.]?\s*[(\[]?[\d:.,\s\u2013-]*(?:s|sec|sek|seconds?)?[)\]]?)?\s*\Z",
    re.IGNORECASE,
)
"""A number with a time code, which is no place: FRAME 3 (0:07-0:13)."""
_SPEECH = re.compile(
    r"(?P<name>[A-Z\u00c0-\u00de][A-Z\u00c0-\u00de .'\u2019#\d-]{1,24}?)\s?(?P<how>\([^()]*\))?\s?:\s+(?P<said>\S.*)"
)
_COLUMNS = re.compile(r"(?<!\s)\s{3,}(?=\S)")
_LEAST = 2


def unframed(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines as Fountain has them, where picture and sound are told apart throughout; else as they are."""
    rows = list(_rows(lines))
    labels = [found["label"].casefold() for line in rows if (found := _LABEL.match(line.text))]
    if sum(one in _SEEN for one in labels) < _LEAST or sum(one in _HEARD for one in labels) < _LEAST:
        return list(lines)
    return list(_told(rows))


def _rows(lines: Sequence[SourceLine]) -> Iterator[SourceLine]:
    """The lines with what is seen and what is heard below each other, where a head has them in columns."""
    seen = heard = -1
    for line in lines:
        cells = _cells(line.text)
        names = [cell.casefold() for cell in cells]
        if len(cells) > 1 and not _SEEN.isdisjoint(names) and not _HEARD.isdisjoint(names):
            seen, heard = (next(at for at, name in enumerate(names) if name in known) for known in (_SEEN, _HEARD))
            cells = []
        if heard < 0 or (cells and len(cells) <= max(seen, heard)):
            yield line
        elif any(cell.strip("-: ") for cell in cells):
            yield SourceLine(line.number, "")
            yield from (
                SourceLine(line.number, f"{label}: {cells[at]}")
                for label, at in (("video", seen), ("audio", heard))
                if cells[at]
            )


def _cells(text: str) -> list[str]:
    bare = text.strip()
    return [cell.strip() for cell in (bare.split("|") if "|" in bare else _COLUMNS.split(bare))]


def _told(lines: Sequence[SourceLine]) -> Iterator[SourceLine]:
    heard = False
    for line in lines:
        found = _LABEL.match(line.text)
        if not found and (line.blank or _FRAME.match(line.text)):
            heard = False
            yield SourceLine(line.number, "")
            continue
        heard = found["label"].casefold() in _HEARD if found else heard
        text = (found["rest"] if found else line.text).strip()
        speech = _SPEECH.match(text) if heard else None
        if found or speech:
            yield SourceLine(line.number, "")
        if speech and not NOT_SPEAKERS.intersection(speech["name"].casefold().split()):
            yield from _speech(line.number, speech)
        else:
            yield SourceLine(line.number, text)


def _speech(number: int, speech: re.Match[str]) -> Iterator[SourceLine]:
    """The lines of a speech: who, how, and what is said."""
    how = (speech["how"] or "").strip("() ")
    beside = bool(how) and is_off_screen(how)
    yield SourceLine(number, f"@{speech['name'].strip()}" + (f" ({how})" if beside else ""))
    if how and not beside:
        yield SourceLine(number, f"({how})")
    yield SourceLine(number, speech["said"])
