"""The bible: sheets of people, places and props. Values, and the rule of which are made."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias, cast, get_args
from uuid import UUID

SheetKind: TypeAlias = Literal["person", "place", "prop"]
KINDS: tuple[SheetKind, ...] = get_args(SheetKind)
Scope: TypeAlias = Literal["none", "people", "all"]
"""Whose sheets a batch makes: nobody's, those of recurring people, those of recurring places and props too."""
RECURS = 2
"""Shots from which on somebody or something recurs."""
NIGHT = "night"
BUCKET = "bible"
"""Private bucket of the sheets' pictures."""
_KEY = re.compile(rf"({'|'.join(KINDS)})/(.+?)(?:@(\d{{1,6}}|{NIGHT}))?", re.DOTALL)


@dataclass(frozen=True, slots=True, order=True)
class SheetKey:
    """Somebody or something of the breakdown (`entity` is its id) in one look.

    `look` of a person: the number of the scene from which on they wear that, empty for the first; of a place: `night`,
    or empty.
    """

    kind: SheetKind
    entity: str
    look: str = ""

    def __str__(self) -> str:
        return f"{self.kind}/{self.entity}" + (f"@{self.look}" if self.look else "")

    @property
    def usual(self) -> "SheetKey":
        """Key of their first look."""
        return SheetKey(self.kind, self.entity)


def read_key(text: str) -> SheetKey | None:
    """The key that `str` made; None where it is none."""
    found = _KEY.fullmatch(text)
    return None if found is None else SheetKey(_kind(found[1]), found[2], found[3] or "")


def _kind(text: str) -> SheetKind:
    return next(one for one in KINDS if one == text)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A stored sheet. `origin`: a person gave it, or a model (`model`) made it in an item of a run."""

    key: SheetKey
    name: str
    origin: Literal["given", "made"]
    bucket: str
    path: str
    sha256: str
    size: int
    made_at: datetime
    model: str = ""
    run_id: UUID | None = None
    item_key: str | None = None


@dataclass(frozen=True, slots=True)
class Depicted:
    """Somebody or something that a shot shows, in the look that it has there, by the name that a prompt has for it."""

    key: SheetKey
    name: str


def find_sheet(key: SheetKey, there: Collection[SheetKey]) -> SheetKey | None:
    """The sheet that stands for this look: its own, else that of the first look; None where there is neither."""
    return next((one for one in (key, key.usual) if one in there), None)


def choose_sheets(
    shots: Iterable[Sequence[Depicted]], there: Collection[SheetKey], given: Collection[SheetKey], scope: Scope
) -> list[Depicted]:
    """The sheets that are to be made for a film of these shots, in the order in which they are made.

    Made is what recurs and is not `there`. Somebody whose sheet was `given` gets no other look: a made one would have
    another face. A first look comes before those that are made after it.
    """
    if scope == "none":
        return []
    shots = [*shots]
    times = Counter(key for shown in shots for key in {one.key.usual for one in shown})
    owned = {key.usual for key in given}
    wanted: dict[SheetKey, Depicted] = {}
    for one in (one for shown in shots for one in shown):
        recurs = times[one.key.usual] >= RECURS and (scope == "all" or one.key.kind == "person")
        if recurs and one.key not in there and one.key.usual not in owned:
            if one.key.kind == "person" and one.key.look and one.key.usual not in there:
                wanted.setdefault(one.key.usual, Depicted(one.key.usual, one.name))
            wanted.setdefault(one.key, one)
    return sorted(wanted.values(), key=lambda one: (bool(one.key.look), KINDS.index(one.key.kind)))


SHEET_ITEM = "sheet"
"""Type of a batch's item that makes a sheet; its key is `sheet/` and the sheet's."""


@dataclass(frozen=True, slots=True)
class SheetOrder:
    """A sheet that a batch makes of `prompt`; `from_usual`: after that of the first look, to have the same face."""

    key: SheetKey
    name: str
    prompt: str
    from_usual: bool = False

    @property
    def item_key(self) -> str:
        """Key of the item that makes it."""
        return f"{SHEET_ITEM}/{self.key}"

    @property
    def aspect_ratio(self) -> str | None:
        """Shape of the picture; None: the project's."""
        return {"person": "16:9", "place": None, "prop": "1:1"}[self.key.kind]

    def kept(self) -> dict[str, Any]:
        """The order as a run keeps it: what was priced at its start is what is made."""
        return {"key": str(self.key), "name": self.name, "prompt": self.prompt, "fromUsual": self.from_usual}


def read_orders(params: Mapping[str, Any]) -> dict[SheetKey, SheetOrder]:
    """The orders that a run has kept, none of an earlier version's."""
    kept = cast("Sequence[Mapping[str, Any]]", params.get("sheets") or ())
    found = ((read_key(one["key"]), one) for one in kept)
    return {key: SheetOrder(key, one["name"], one["prompt"], one["fromUsual"]) for key, one in found if key is not None}
