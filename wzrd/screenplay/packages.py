"""Screenplays in a zip: Word (.docx), Fade In, Highland, Celtx.

One part of it holds the script; no other is read.
"""

import html
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from wzrd.domain.errors import ScreenplayError
from wzrd.screenplay.final_draft import MAX_FDX_BYTES, Paragraph, parse_final_draft, read_paragraphs, screenplay_of
from wzrd.screenplay.fountain import parse_fountain
from wzrd.screenplay.model import Screenplay
from wzrd.screenplay.source import decode

_KINDS: Mapping[str, str] = {
    "sceneheading": "Scene Heading",
    "slugline": "Scene Heading",
    "character": "Character",
    "dialog": "Dialogue",
    "dialogue": "Dialogue",
    "parenthetical": "Parenthetical",
    "transition": "Transition",
}
"""Styles of Word and classes of Celtx, in small letters alone, by what Final Draft calls them."""
_NO_LETTER = re.compile(r"[\W\d_]+")
_PARAGRAPH = re.compile(r"<p\b([^<>]*)>", re.IGNORECASE)
_CLASS = re.compile(r"\bclass=[\"']?(\w+)", re.IGNORECASE)
_LINE_BREAK = re.compile(r"<br\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)
"""Errors of a zip that is damaged, or packed in a way that is not read here, or under a password."""


def parse_package(data: bytes) -> Screenplay:
    """The screenplay in this zip.

    Raises:
        ScreenplayError: no zip that can be opened, none with a script in it, or what is wrong with the script.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = package.namelist()
            found = ((name, read) for part, read in _PARTS.items() for name in names if re.fullmatch(part, name))
            name, read = next(found, ("", parse_fountain))
            if not name:
                known = "Word, Fade In, Highland or Celtx"
                raise ScreenplayError(f"a zip without a script of {known}; export the screenplay as Fountain", line=1)
            if package.getinfo(name).compress_type not in _PACKED:
                raise zipfile.BadZipFile("packed otherwise than by deflate")  # what LZMA allocates, the file chooses
            with package.open(name) as part:
                script = part.read(MAX_FDX_BYTES + 1)
    except _BROKEN as error:
        why = f"a zip or Word file that cannot be opened ({error}); export the screenplay as Fountain"
        raise ScreenplayError(why, line=1) from error
    return read(script)


def _parse_word(data: bytes) -> Screenplay:
    return read_styled(read_paragraphs(data)[0])


def read_styled(paragraphs: Sequence[Paragraph]) -> Screenplay:
    """A document whose styles are those of a screenplay is read by them, any other one by its lines."""
    named = [replace(one, kind=_kind(one.kind)) for one in paragraphs]
    if {"Character", "Dialogue"} <= {one.kind for one in named}:
        return screenplay_of(named)
    return parse_fountain("\n".join(one.text for one in named).encode())


def _parse_celtx(data: bytes) -> Screenplay:
    """Each paragraph of the page has its kind as a class; notes are attributes and go with their tags."""
    text, _ = decode(data)
    parts = _PARAGRAPH.split(text)[1:]
    paragraphs = list[Paragraph]()
    for line, (attributes, content) in enumerate(zip(parts[::2], parts[1::2], strict=True), 1):
        kind = _CLASS.search(attributes)
        whole = " ".join(content.partition("</p>")[0].split())
        said = html.unescape(_TAG.sub("", _LINE_BREAK.sub("\n", whole)))
        paragraphs.append(Paragraph(_kind(kind[1] if kind else ""), line, texts=[said]))
    return screenplay_of(paragraphs)


def _kind(style: str) -> str:
    return _KINDS.get(_NO_LETTER.sub("", style).casefold(), "Action")


_PARTS: Mapping[str, Callable[[bytes], Screenplay]] = {
    r"word/document\.xml": _parse_word,
    r"document\.xml": parse_final_draft,
    r"(?:.*/)?text\.(?:md|markdown|fountain|txt)": parse_fountain,
    r"(?:.*/)?script-[^/]*\.html": _parse_celtx,
}
"""Names of the part with the script, and how it is read."""
