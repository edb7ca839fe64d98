"""One small record of what a shot shows, which the judge reads whatever the board was made from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of the script's text from `start` to before `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody in the picture, as the board calls them. `sex`: m, f or empty; `age`: child, teen, young, adult, old.

    `acts` and `feeling` are words of the breakdown's vocabulary. `crowd`: stands behind, without a face.
    `animal`: drawn as one.
    """

    name: str
    sex: str = ""
    age: str = ""
    acts: frozenset[str] = frozenset()
    feeling: str = ""
    crowd: bool = False
    animal: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """One act that joins people, by their names."""

    act: str
    people: frozenset[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """One shot: its scene (from 1), the places of the text that it shows, and all that a panel of it would hold."""

    scene: int
    spans: tuple[Span, ...]
    subjects: tuple[Subject, ...]
    props: tuple[str, ...]
    contacts: tuple[Contact, ...]
    size: str
    angle: str
    seconds: float
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownBoard:
    """All shots of a script in film order, and how many pages it has."""

    shots: tuple[Shown, ...]
    pages: float
