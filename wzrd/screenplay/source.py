"""A screenplay file before it means anything: bytes become text, comments leave it, lines keep their numbers.

Everything here is linear in the size of the file, whatever the file holds.
"""

import re
from dataclasses import dataclass

from wzrd.domain.errors import ScreenplayError

MAX_BYTES = 2 * 1024 * 1024

_CONTROLS = dict.fromkeys({*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029} - {0x09, 0x0A}, " ")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_COMMENT = re.compile(r"/\*|\[\[")
_NOTE_EDGE = re.compile(r"\]\]|\[\[")
_GAP = "\0"  # stands where a comment stood; the file itself cannot hold one


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of the file. `comment_only` means that nothing but notes or boneyard stood on it."""

    number: int
    text: str
    comment_only: bool = False

    @property
    def blank(self) -> bool:
        """Nothing is on this line, or nothing is left of it."""
        return not self.text or self.text.isspace()


def place_of(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of a position in the text."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def decode(data: bytes) -> str:
    """The file's text: without a byte order mark, with LF line ends, with a space for each control character.

    Raises:
        ScreenplayError: more than 2 MiB, no UTF-8, or a NUL byte.
    """
    if len(data) > MAX_BYTES:
        raise ScreenplayError(
            f"the file has {len(data):,} bytes and a screenplay at most {MAX_BYTES:,}; split it into parts", line=1
        )
    if data.startswith(_UTF16):
        raise ScreenplayError("the file is UTF-16; save it as UTF-8", line=1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The codec counts from behind the mark that it skipped, in the bytes that it names itself.
        before = _lf(error.object[: error.start].decode("utf-8", "replace"))
        line, column = place_of(before, len(before))
        byte = error.object[error.start]
        raise ScreenplayError(
            f"byte 0x{byte:02x} is not UTF-8; save the file as UTF-8", line=line, column=column
        ) from error
    text = _lf(text)
    nul = text.find("\0")
    if nul >= 0:
        line, column = place_of(text, nul)
        raise ScreenplayError("a NUL byte: this is no text file in UTF-8", line=line, column=column)
    return without_controls(text)


def without_controls(text: str) -> str:
    """The text with a space for each control character but tab and line feed: none may reach a terminal."""
    return text.translate(_CONTROLS)


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def source_lines(text: str) -> list[SourceLine]:
    """The lines of the file without boneyard and notes; tabs count as four spaces.

    Raises:
        ScreenplayError: a boneyard or note that is never closed, or a note inside a note.
    """
    lines = without_comments(text).replace("\t", "    ").split("\n")
    return [_source_line(number, line) for number, line in enumerate(lines, 1)]


def _source_line(number: int, text: str) -> SourceLine:
    if _GAP not in text:
        return SourceLine(number, text)
    joined: list[str] = []
    spaced = True  # "one [[note]] two" has one space in the middle, not two
    for part in text.split(_GAP):
        joined.append(part.lstrip() if spaced else part)
        spaced = joined[-1][-1].isspace() if joined[-1] else spaced
    left = "".join(joined).rstrip()
    return SourceLine(number, left, comment_only=not left)


def without_comments(text: str) -> str:
    """The text with a mark in place of every boneyard and note; line breaks inside them stay."""
    kept: list[str] = []
    at = 0
    while opened := _COMMENT.search(text, at):
        start = opened.start()
        end = _boneyard_end(text, start) if opened.group() == "/*" else _note_end(text, start)
        kept += (text[at:start], _GAP, f"\n{_GAP}" * text.count("\n", start, end))
        at = end
    kept.append(text[at:])
    return "".join(kept)


def _boneyard_end(text: str, start: int) -> int:
    end = text.find("*/", start + 2)
    if end < 0:
        line, column = place_of(text, start)
        raise ScreenplayError("the boneyard /* is never closed; close it with */", line=line, column=column)
    return end + 2


def _note_end(text: str, start: int) -> int:
    edge = _NOTE_EDGE.search(text, start + 2)
    if edge and edge.group() == "]]":
        return edge.end()
    line, column = place_of(text, start)
    if edge:
        other, _ = place_of(text, edge.start())
        message = f"the note [[ is not closed before another one opens on line {other}; close it with ]]"
    else:
        message = "the note [[ is never closed; close it with ]]"
    raise ScreenplayError(message, line=line, column=column)
