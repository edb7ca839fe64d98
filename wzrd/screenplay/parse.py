"""A screenplay file of any form: which one it is, and what is no screenplay at all."""

import re
from dataclasses import replace

from wzrd.domain.errors import ScreenplayError
from wzrd.domain.shown import shown
from wzrd.screenplay.final_draft import parse_final_draft
from wzrd.screenplay.fountain import parse_fountain
from wzrd.screenplay.json_form import parse_json
from wzrd.screenplay.model import UNTITLED, Screenplay
from wzrd.screenplay.packages import parse_package
from wzrd.screenplay.rich_text import parse_rich_text

_FOREIGN = {b"%PDF": "PDF", b"\xd0\xcf\x11\xe0": "Word"}
_SEPARATORS = re.compile(r"[\s_-]+")


def parse(data: bytes, filename: str = "") -> Screenplay:
    """The screenplay in a file: XML, JSON or a package by its suffix or its first sign, else Fountain.

    Untitled, it takes the file's name.

    Raises:
        ScreenplayError: it cannot be read; line and column say where.
    """
    head = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    suffix = filename.lower().rpartition(".")[2]
    if suffix == "fdx" or head.startswith(b"<?xml") or data[:64].decode("utf-16", "replace").startswith("<?xml"):
        return _titled(parse_final_draft(data), filename)
    if head.startswith(b"PK\x03\x04"):
        return _titled(parse_package(data), filename)
    if head.startswith(b"{\\rtf"):
        return _titled(parse_rich_text(data), filename)
    for magic, name in _FOREIGN.items():
        if head.startswith(magic):
            raise ScreenplayError(f"this is a {name} file; export the screenplay as Fountain", line=1)
    is_json = suffix == "json" or (suffix not in {"fountain", "spmd", "txt", "md"} and head.startswith(b"{"))
    return _titled(parse_json(data) if is_json else parse_fountain(data), filename)


def _titled(screenplay: Screenplay, filename: str) -> Screenplay:
    return replace(screenplay, title=_title_of(filename)) if screenplay.title == UNTITLED else screenplay


def _title_of(filename: str) -> str:
    """A file's name as a title: `the-night_bus.fountain` is "The night bus"."""
    stem = filename.rpartition(".")[0] or filename
    name = shown(_SEPARATORS.sub(" ", stem)).strip()
    return name[:1].upper() + name[1:] or UNTITLED
