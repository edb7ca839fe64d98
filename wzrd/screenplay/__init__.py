"""A screenplay in: Fountain or JSON, as bytes, becomes scenes that a shot writer and voices can work with. Pure."""

from wzrd.domain.errors import ScreenplayError
from wzrd.screenplay.fountain import parse_fountain
from wzrd.screenplay.json_form import elements_from_json, elements_to_json, parse_json
from wzrd.screenplay.model import (
    Element,
    Scene,
    Screenplay,
    action_paragraphs,
    scene_brief,
    script_of,
    speakers,
    spoken_lines,
)

__all__ = [
    "Element",
    "Scene",
    "Screenplay",
    "action_paragraphs",
    "elements_from_json",
    "elements_to_json",
    "parse",
    "parse_fountain",
    "parse_json",
    "scene_brief",
    "script_of",
    "speakers",
    "spoken_lines",
]

_FOREIGN = {b"%PDF": "PDF", b"PK\x03\x04": "zip or Word", b"<?xml": "Final Draft or other XML", b"{\\rtf": "RTF"}


def parse(data: bytes, filename: str = "") -> Screenplay:
    """The screenplay in a file: JSON by its suffix or a first `{`, else Fountain.

    Raises:
        ScreenplayError: it cannot be read; line and column say where.
    """
    head = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, name in _FOREIGN.items():
        if head.startswith(magic):
            raise ScreenplayError(f"this is a {name} file; export the screenplay as Fountain", line=1)
    suffix = filename.lower().rpartition(".")[2]
    is_json = suffix == "json" or (suffix not in {"fountain", "spmd", "txt"} and head.startswith(b"{"))
    return parse_json(data) if is_json else parse_fountain(data)
