"""Kinds of set that the words of a heading name, seen from inside or outside.

place_names.json has the words. A heading has parts ("NEW YORK - POLICE STATION - CORRIDOR"). In each the head noun
names the place, never a word in passing; of several parts the most specific decides: a room before its building, a
building before its city.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from wzrd.animatic.panels.brief import place_vocabulary as vocabulary

_UNITS = r"(?:second|minute|hour|day|night|week|month|year|moment|beat)s?"
_TIMES = re.compile(
    rf"\b(?:(?:a|an|the|some|few|several|couple|of|\d+|one|two|three|four|five|six|seven|ten|that|same|next|previous|"
    rf"following|moments?)\s+)*(?:{_UNITS}|little|bit|while)\s+(?:later|earlier|ago|before|after)\b"
    r"|\b\d{1,2}[:.]\d\d\s*(?:[ap]\.?m\.?)?|\b\d{1,2}\s*[ap]\.?m\b\.?|\b(?:day|night|morning|week|year)s?\s+#?\d+\b"
)
_PARTS = re.compile(
    r"\s+[-\u2013\u2014]+\s+|\s*[,;:|()\[\]\u3001\u30fb\uff0f>]+\s*|\s*[-\u2013\u2014]{2,}\s*|[.!?]+\s+"
)
_PLAY = re.compile(  # a stage play's divisions
    r"(?:(?:act|acte|akt|aufzug|acto|ato|atto|scene|scena|escena|cena|szene)\s+(?:\d+|[ivx]+)\b|\w+\s+(?:akt|aufzug|szene)\b)"
)
_GLUED = re.compile(r"(?<=[^\W\d_]{3})\.(?=[^\W\d_]{3})")  # CABIN.DAY
_CJK = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SPACED = re.compile(r"[\u0590-\u06ff\u0900-\u0dff]")  # Hebrew, Arabic, India's scripts
_MAX_WORDS = 6
_RETURNS = frozenset({"back", "again", "inside", "still"})  # BACK AT THE GATE is at the gate
_CERTAIN = 2  # words: GOLDEN GATE BRIDGE is no ship's bridge, whatever the side
_NEVER_ALONE = frozenset({"high"})  # ANGEL GROVE HIGH is a school
_CHAINS = frozenset({"diner", "restaurant", "shop", "supermarket", "bar"})  # whose names are somebody's
_WEAK = 1.2  # ranks at or below: words that tell a place only where nothing else does
_CARD = 4.5  # the rank of screens and titles
_COMPASS = frozenset({"north", "south", "east", "west"})  # SOUTH OF MARKET is no market


@dataclass(frozen=True, slots=True)
class Named:
    """Name found in a part of a heading: a kind of set, how specific it is, and its words."""

    kind: str
    rank: float
    words: str


def without_times(place: str) -> str:
    """A heading's place, folded, without hours, days and words like LATER or CONTINUOUS."""
    text = _TIMES.sub(" ", _GLUED.sub(". ", re.sub(r"\bstate[ -]of[ -]the[ -]art\b", " ", vocabulary.fold(place))))
    return " ".join(word for word in text.split() if word.strip(".,:;()[]-#'\"") not in vocabulary.NOISE) or ""


@lru_cache(maxsize=4096)
def named_in(place: str, io: str = "") -> Named | None:
    """Kind of set that a heading's place names, seen from the side `io` (`int`, `ext` or ''); None if unknown."""
    if (
        not io
        and _PLAY.match(vocabulary.fold(place))
        and not any(_part_named(part, io) for part in _PARTS.split(place)[1:])
    ):
        return Named("stage", 1.0, "")
    found: list[Named] = []
    for part in _PARTS.split(without_times(place)):
        within = [named for piece in part.split("/") if (named := _part_named(piece, io))]
        if within:
            best = max(named.rank for named in within)
            found.append(next(named for named in within if named.rank == best))
    if not found:
        return _by_hint(place, io)
    best = max(named.rank for named in found)
    chosen = next(named for named in reversed(found) if named.rank == best)
    around = [named.kind for named in found if named is not chosen]
    kind = next(
        (vocabulary.WITHIN[one][chosen.kind] for one in around if chosen.kind in vocabulary.WITHIN.get(one, {})),
        chosen.kind,
    )
    return Named(kind, chosen.rank, chosen.words)


_ROUTE = re.compile(r"\b(?:I|US|SR|CA|RT|HWY|A|M)[- ]\d{1,3}\b")  # I-280, HWY 61


def _by_hint(place: str, io: str) -> Named | None:
    words = set(vocabulary.fold(place).split())
    if io != "ext" and words & vocabulary.MOTION:
        return Named("car", 1.0, "")
    if io != "int" and _ROUTE.search(place):
        return Named("highway", 1.0, "")
    cities = any(vocabulary.key_of(part) in vocabulary.CITIES for part in _PARTS.split(without_times(place)))
    return Named("skyline", 0.5, "") if cities and io != "int" else None


def _part_named(part: str, io: str) -> Named | None:
    """Kind of set that a part's head noun names: "hallway outside the gym" is a hallway."""
    if _CJK.search(part) or _SPACED.search(part):
        return _caseless_named(part, io)
    if named := _opening(part, io):
        return named
    head: list[str] = []
    for joint, words in _phrases(part):
        if head and joint != "of" and not _RETURNS.issuperset(head):
            break
        if named := _head_named(words, io):
            return named
        if any(_plain(word) not in vocabulary.TAILS or word in _COMPASS for word in words):
            break
        head = head or words
    pieces = re.split(r"(?<=\w)-(?=\w)", part) if "-" in part else []
    pieces = pieces if len(pieces) > 1 else []
    return next((named for piece in reversed(pieces) if (named := _part_named(piece, io))), None)


def _caseless_named(part: str, io: str) -> Named | None:
    """In scripts without capitals: the longest name at the end, else the one that ends last.

    Where words have spaces a name begins one, and its endings do not matter.
    """
    spaced = _SPACED.search(part) is not None
    text = " " + " ".join(part.split()) if spaced else re.sub(r"[\s\u3000]+", "", part)
    known = [(word, text.rfind(f" {word}" if spaced else word.replace(" ", ""))) for word in vocabulary.ENDS]
    known = [(word, at) for word, at in known if at >= 0]
    near = [(word, at) for word, at in known if io == "" or _is_near(word, io)]
    for words in (near, known):
        if words:
            return _known(max(words, key=lambda found: (found[1] + len(found[0]), len(found[0])))[0], io)
    return None


def _opening(part: str, io: str) -> Named | None:
    """A name of several words with a preposition in it, as Romance languages have them: SALLE DE BAIN DE MARIE."""
    plain = [
        _plain(word)
        for word in vocabulary.TOKEN.findall(part.replace("\u02bc", "'"))
        if word not in vocabulary.ARTICLES
    ]
    for size in range(min(_MAX_WORDS, len(plain)), 1, -1):
        for start in range(min(3, len(plain) - size + 1)):
            phrase = " ".join(plain[start : start + size])
            if phrase in vocabulary.FIRST_PHRASES:
                return _known(phrase, io)
    return None


def _leading(plain: list[str], io: str) -> Named | None:
    """The longest name at the start of the words, in languages whose head noun comes first: RUE SOMBRE."""
    for size in range(min(_MAX_WORDS, len(plain)), 0, -1):
        phrase = " ".join(plain[:size])
        if phrase in vocabulary.FIRST_PHRASES or phrase in vocabulary.FIRST:
            return _known(phrase, io)
    return None


def _compound(plain: list[str], io: str) -> Named | None:
    """The name that ends a compound: SCHULFLUR is a FLUR."""
    last = plain[-1]
    ends = [word for word in vocabulary.COMPOUNDS if last.endswith(word) and len(last) > len(word) + 1]
    ends = [word for word in ends if io == "" or _is_near(word, io)] or ends
    return _known(ends[0], io) if ends else None


def _phrases(part: str) -> Iterator[tuple[str, list[str]]]:
    """A part's phrases, each with the preposition before it."""
    joint, words = "", list[str]()
    for word in vocabulary.TOKEN.findall(part.replace("\u02bc", "'")):
        if word in vocabulary.PREPOSITIONS:
            if words:
                yield joint, words
                words = []
            joint = word
        elif word not in vocabulary.ARTICLES:
            words.append(word)
    if words:
        yield joint, words


def _plain(word: str) -> str:
    return vocabulary.singular(word.replace("'", ""))


def _head_named(words: list[str], io: str) -> Named | None:
    """The longest known phrase that ends the words; numbers and words like DOOR or AREA behind it do not count."""
    plain = [_plain(word) for word in words]
    weak: Named | None = None
    while plain:
        named = _named_at_end(plain, words, io)
        if named and (named.rank > _WEAK or not _gives_way(named)):
            return weak if weak and named.rank > _CARD else named
        if named and len(plain) > len(named.words.split()):  # COMEDY CLUB MAIN ROOM: what stands before says more
            weak = weak or named
            del plain[-len(named.words.split()) :]
            continue
        weak = weak or named
        if city := _city_at_end(plain):
            del plain[-city:]
            continue
        last = plain[-1]
        if "-" in last:
            plain[-1:] = last.split("-")
            continue
        if not (last in vocabulary.TAILS or last.isdigit() or len(last) == 1):
            break
        if last.isdigit() and len(plain) > 1 and plain[-2] in {"room", "rm", "suite"}:
            return Named("hotel_room", 3.0, "room")
        plain.pop()
    return weak


def _gives_way(named: Named) -> bool:
    return named.kind == "plain_room" or named.words.split()[-1] in vocabulary.TAILS


def _named_at_end(plain: list[str], words: list[str], io: str) -> Named | None:
    ending, leading = _ending(plain, io), _leading(plain, io)
    if ending and not (leading and ending.words in vocabulary.FIRST_PHRASES):
        return _owned(ending, words, len(plain))
    return leading or _compound(plain, io) or _misspelt(plain[-1], io)


def _city_at_end(plain: list[str]) -> int:
    """Number of words at the end that are a city's or a country's name behind a place's: STREET MANHATTAN."""
    return next(
        (n for n in (3, 2, 1) if n < len(plain) and " ".join(plain[-n:]) in vocabulary.CITIES | vocabulary.REGIONS), 0
    )


def _ending(plain: list[str], io: str) -> Named | None:
    """The longest phrase at the end of the words that is known on the heading's own side, else on the other one."""
    far: tuple[int, Named] | None = None
    for start in range(max(0, len(plain) - _MAX_WORDS), len(plain)):
        phrase = " ".join(plain[start:])
        alone = phrase in vocabulary.ALONE if start else phrase in _NEVER_ALONE
        named = None if alone else _known(phrase, io)
        if named and (io == "" or _is_near(phrase, io)):
            return far[1] if far and start - far[0] >= _CERTAIN else named
        far = far or (named and (start, named))
    return far[1] if far else None


def _is_near(phrase: str, io: str) -> bool:
    return any(phrase in vocabulary.NAMES.sides[side] for side in ("cards", "outside" if io == "ext" else "inside"))


def _owned(named: Named, words: list[str], size: int) -> Named | None:
    """Somebody's room is where they sleep (ANDREW'S ROOM); WARD'S is a person's, not a ward."""
    before = words[size - 2] if 1 < size <= len(words) else ""
    if named.words == "room" and "'" in before:
        return Named("bedroom", 3.0, named.words)
    person = size <= len(words) and words[size - 1].endswith("'") and " " not in named.words
    return None if person and named.kind not in _CHAINS else named


def _misspelt(word: str, io: str) -> Named | None:
    """A long word that is one letter off a known one: CORRIDER."""
    if len(word) < vocabulary.LONG or not word.isascii() or word in vocabulary.LONG_NAMES:
        return None
    return next(
        (
            _known(name, io)
            for name in vocabulary.LONG_NAMES
            if name[0] == word[0] and vocabulary.is_one_off(word, name)
        ),
        None,
    )


@lru_cache(maxsize=8192)
def _known(phrase: str, io: str) -> Named | None:
    hits = {
        side: vocabulary.NAMES.sides[side][phrase]
        for side in vocabulary.SIDES
        if phrase in vocabulary.NAMES.sides[side]
    }
    if "cards" in hits:
        return Named(*hits["cards"], phrase)
    if not hits:
        return None
    near, far = ("outside", "inside") if io == "ext" else ("inside", "outside")
    if near in hits:
        return Named(*hits[near], phrase)
    kind, rank = hits[far]
    if io and rank <= _WEAK:
        return None
    return Named(kind, rank if io == "" else min(rank, 2.0 if io == "ext" else 1.2), phrase)


@lru_cache(maxsize=4096)
def parts_of(place: str) -> tuple[frozenset[str], ...]:
    """The parts of a heading's place, each as the words that tell it from others, whatever their order and spelling."""
    found: list[frozenset[str]] = []
    for part in re.split("/", "/".join(_PARTS.split(without_times(place)))):
        phrase = vocabulary.key_of(part.replace("\u02bc", ""))
        words = frozenset(
            vocabulary.SAME.get(word, word)
            for word in phrase.replace("-", " ").split()
            if word not in vocabulary.PREPOSITIONS and word not in vocabulary.ASIDES
        )
        if words and phrase not in vocabulary.CITIES and phrase not in vocabulary.REGIONS:
            found.append(words)
    return tuple(found)


def identity_of(place: str) -> frozenset[str]:
    """The words that tell one place of a film from another."""
    words = frozenset(word for part in parts_of(place) for word in part)
    return words or frozenset(vocabulary.key_of(vocabulary.fold(place).replace("\u02bc", "")).split())
