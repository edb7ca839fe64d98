"""A screenplay file of either form: which one it is, and what is no screenplay at all."""

from wzrd.domain.errors import ScreenplayError
from wzrd.screenplay.fountain import parse_fountain
from wzrd.screenplay.json_form import parse_json
from wzrd.screenplay.model import Screenplay

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
