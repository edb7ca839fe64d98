"""Structure of a JSON text, counted before parsing: the parser holds the GIL, in a thread too.

The scan only counts; syntax is the parser's business. Where the text is no JSON the counts may be wrong beyond the
first error, which the parser does not pass.
"""

import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from wzrd.domain.errors import BadRequest

STEP = 1 << 16
"""Bytes scanned at once. One step takes less than a millisecond whatever the bytes are."""

_FEW, _BYTES_OF_ONE = 50_000, 12
"""Objects and lists that any body may have, and bytes of a body for each one more: `"inputs":[],` has as many."""

_LONGEST_ESCAPE = len(rb"\u0000")
_CONTENT = bytes(set(range(256)) - set(b'"[]{},:'))
_BRACKETS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")  # one down, one up, read as signed bytes


class BodyTooComplex(BadRequest):
    """The request body has too many values, or they are nested too deeply."""

    code = "body_too_complex"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds on the structure of a JSON body.

    `structure` counts the characters `[ ] { } , :` outside of strings. A hundred thousand of them are parsed and
    freed within a few milliseconds, whichever they are. Objects and lists cost the most, since garbage collection
    looks at each of them: a body has no more than its size makes likely.
    """

    structure: int = 100_000
    depth: int = 64


class Scan:
    """One pass over a JSON text; `has_nul` says afterwards whether a string in it has an escaped NUL."""

    def __init__(self, raw: bytes, bounds: Bounds) -> None:
        self.has_nul = False
        self._raw = raw
        self._bounds = bounds
        self._quotes = self._structure = self._containers = self._depth = 0
        self._within = False

    def steps(self) -> Iterator[None]:
        """Scan; between two steps the caller may let others have their turn.

        Raises:
            BodyTooComplex: more structure than the bounds allow.
        """
        carried = b""
        for start in range(0, len(self._raw), STEP):
            piece = (carried + self._raw[start : start + STEP]).replace(rb"\\", b"")
            # An escape that the step's end has cut in two is left to the next step.
            cut = piece.rfind(b"\\", max(0, len(piece) - _LONGEST_ESCAPE + 1)) if start + STEP < len(self._raw) else -1
            carried, piece = (piece[cut:], piece[:cut]) if cut >= 0 else (b"", piece)
            self._scan(piece)
            yield

    def _scan(self, piece: bytes) -> None:
        """Count in a piece without escaped backslashes."""
        self.has_nul = self.has_nul or rb"\u0000" in piece
        kept = piece.replace(rb"\"", b"").translate(None, _CONTENT)
        self._quotes += kept.count(b'"')
        if self._quotes > 2 * self._bounds.structure + 2:  # n marks part at most n + 1 strings
            raise self._too_many()
        parts = kept.split(b'"')
        marks = b"".join(parts[self._within :: 2])
        self._within ^= len(parts) % 2 == 0
        self._structure += len(marks)
        if self._structure > self._bounds.structure:
            raise self._too_many()
        self._containers += marks.count(b"[") + marks.count(b"{")
        if self._containers > (most := _FEW + len(self._raw) // _BYTES_OF_ONE):
            raise BodyTooComplex(
                f"The request body has more than {most} objects and lists in {len(self._raw)} bytes: send less at once"
            )
        self._descend(marks)

    def _descend(self, marks: bytes) -> None:
        changes = memoryview(marks.translate(_BRACKETS, b",:")).cast("b")
        depths = list(itertools.accumulate(changes, initial=self._depth))
        if max(depths) > self._bounds.depth:
            raise BodyTooComplex(f"The request body is nested more than {self._bounds.depth} levels deep")
        self._depth = depths[-1]

    def _too_many(self) -> BodyTooComplex:
        limit = self._bounds.structure
        return BodyTooComplex(f"The request body has more than {limit} brackets, commas and colons: send less at once")


def is_within(raw: bytes, bounds: Bounds) -> bool:
    """True if the text of a server we asked stays within the bounds; a quick count settles most."""
    if len(raw) <= bounds.depth:
        return True
    opened = raw.count(b"[") + raw.count(b"{")
    if opened <= bounds.depth and 2 * opened + raw.count(b",") + raw.count(b":") <= bounds.structure:
        return True
    try:
        deque(Scan(raw, bounds).steps(), maxlen=0)
    except BodyTooComplex:
        return False
    return True
