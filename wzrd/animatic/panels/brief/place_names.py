"""What the words of a heading call a place: the kind of set, seen from inside or outside.

place_names.json has the words. A heading has parts ("NEW YORK - POLICE STATION - CORRIDOR"). In each the head noun
names the place, never a word in passing; of several parts the most specific decides: a room before its building, a
building before its city.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

_DATA: Mapping[str, Any] = json.loads(
    files("wzrd.animatic.panels.brief").joinpath("place_names.json").read_text(encoding="utf-8")
)
_SIDES = ("inside", "outside", "cards")
_MAX_WORDS = 6
_CERTAIN = 2  # words: GOLDEN GATE BRIDGE is no ship's bridge, whatever the side
_ARTICLES = frozenset(_DATA["articles"].split())
_LEAST_COMPOUND = 5  # letters: WALD ends too many names
_GRADES = {"words": 0.0, "wholes": -0.8, "weak": -1.9, "areas": -2.0}  # a building's name gives way to a room's
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
_TOKEN = re.compile(r"[^\W_]+(?:['&-][^\W_]+)*'?")
_ELIDED = re.compile(r"\b(?:l|un|dell|all|nell|sull|dall)'(?=\w)")
_DE = re.compile(r"\bd'(?=\w)")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_OWNER = re.compile(r"(?<=\w)(?:['\u2019\u00b4`]s|(?<=s)['\u2019])(?!\w)")


def _split(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def fold(text: str) -> str:
    """Text as names are compared: without case, accents and the possessive's apostrophe."""
    plain = _OWNER.sub("\u02bc", unicodedata.normalize("NFKC", text[:600]).casefold().replace("\u2019", "'"))
    plain = _ELIDED.sub(" ", _DE.sub("de ", plain))
    letters = unicodedata.normalize("NFD", plain)
    return unicodedata.normalize("NFC", re.sub(r"(?<=[a-z])[\u0300-\u036f]+", "", letters))


@dataclass(frozen=True, slots=True)
class Named:
    """What a part of a heading names: a kind of set, how specific that is, and the words that say so."""

    kind: str
    rank: float
    words: str


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """Phrase → (kind, rank) on each side of the walls; what may stand first, end a compound, end without spaces."""

    sides: Mapping[str, dict[str, tuple[str, float]]] = field(default_factory=lambda: {side: {} for side in _SIDES})
    heads: Mapping[str, list[str]] = field(default_factory=lambda: {"first": [], "compound": [], "end": []})


def _vocabulary() -> _Vocabulary:
    """English, then the other languages: a word that English has too keeps its English meaning."""
    ranks = {kind: float(rank) for rank, kinds in _DATA["ranks"].items() for kind in kinds.split()}
    wholes = {_key(word) for word in _split(_DATA["foreign_wholes"])}
    found = _Vocabulary()
    for language in ({"head": "", **{side: _DATA[side] for side in _SIDES}}, *_DATA["languages"].values()):
        head = found.heads.get(language["head"])
        for side in _SIDES:
            for kind, lists in language.get(side, {}).items():
                for grade, words in lists.items():
                    for word in map(_key, _split(words)):
                        weight = "wholes" if head is not None and word in wholes else grade
                        if word not in found.sides[side] and head is not None:
                            head.append(word)
                        found.sides[side].setdefault(word, (kind, ranks.get(kind, 2.0) + _GRADES[weight]))
    for phrases in found.heads.values():
        phrases.sort(key=len, reverse=True)
    return found


def _key(phrase: str) -> str:
    words = _TOKEN.findall(fold(phrase).replace("\u02bc", ""))
    return " ".join(_singular(word) for word in words if word not in _ARTICLES) or " ".join(words)


@lru_cache(maxsize=4096)
def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


_NAMES = _vocabulary()
_FIRST_PHRASES = frozenset(_NAMES.heads["first"]) | frozenset(_NAMES.heads["compound"])
_COMPOUNDS = tuple(word for word in _NAMES.heads["compound"] if len(word) >= _LEAST_COMPOUND and " " not in word)
_ENDS = tuple(_NAMES.heads["end"])
_ALONE = frozenset(_key(word) for word in _split(_DATA["alone"]))
_NEVER_ALONE = frozenset({"high"})  # ANGEL GROVE HIGH is a school
_CHAINS = frozenset({"diner", "restaurant", "shop", "supermarket", "bar"})  # whose names are somebody's
_WEAK = 1.2  # ranks at or below: words that tell a place only where nothing else does
_CARD = 4.5  # the rank of screens and titles
_LONG = 7  # letters: a word so long may be misspelt
_LONG_NAMES = sorted({
    key for side in ("inside", "outside") for lists in _DATA[side].values() for words in lists.values()
    for word in _split(words) if len(key := _key(word)) >= _LONG and key.isalpha()
})  # fmt: skip
_CITIES = frozenset(_key(word) for word in _split(_DATA["cities"]))
_REGIONS = frozenset(_key(word) for word in _split(_DATA["regions"]))
_SAME = {_key(word): _key(other) for word, other in _DATA["same"].items()}
_WITHIN: Mapping[str, Mapping[str, str]] = _DATA["within"]
_PREPOSITIONS = frozenset(_DATA["prepositions"].split())
_TAILS = frozenset(_singular(word) for word in _DATA["tails"].split())
_NOISE = frozenset(_DATA["noise"].split())
_COMPASS = frozenset({"north", "south", "east", "west"})  # SOUTH OF MARKET is no market
_ASIDES = frozenset(_DATA["asides"].split())  # what a heading says of the shot, not of the place
_MOTION = frozenset(_DATA["motion"].split())
_FIRST = frozenset(_DATA["first"].split())


def without_times(place: str) -> str:
    """A heading's place, folded, without hours, days and words like LATER or CONTINUOUS."""
    text = _TIMES.sub(" ", _GLUED.sub(". ", re.sub(r"\bstate[ -]of[ -]the[ -]art\b", " ", fold(place))))
    return " ".join(word for word in text.split() if word.strip(".,:;()[]-#'\"") not in _NOISE) or ""


@lru_cache(maxsize=4096)
def named_in(place: str, io: str = "") -> Named | None:
    """What a heading's place names, seen from the side `io` (`int`, `ext` or nothing); None if it is not known."""
    if not io and _PLAY.match(fold(place)) and not any(_part_named(part, io) for part in _PARTS.split(place)[1:]):
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
    kind = next((_WITHIN[one][chosen.kind] for one in around if chosen.kind in _WITHIN.get(one, {})), chosen.kind)
    return Named(kind, chosen.rank, chosen.words)


def _by_hint(place: str, io: str) -> Named | None:
    words = set(fold(place).split())
    if io != "ext" and words & _MOTION:
        return Named("car", 1.0, "")
    cities = any(_key(part) in _CITIES for part in _PARTS.split(without_times(place)))
    return Named("skyline", 0.5, "") if cities and io != "int" else None


def _part_named(part: str, io: str) -> Named | None:
    """What one part of a heading names by its head noun: "hallway outside the gym" is a hallway."""
    if _CJK.search(part):
        return _cjk_named(part, io)
    if named := _opening(part, io):
        return named
    head: list[str] = []
    for joint, words in _phrases(part):
        if head and joint != "of":
            break
        if named := _head_named(words, io):
            return named
        if any(_plain(word) not in _TAILS or word in _COMPASS for word in words):
            break
        head = head or words
    pieces = re.split(r"(?<=\w)-(?=\w)", part) if "-" in part else []
    pieces = pieces if len(pieces) > 1 else []
    return next((named for piece in reversed(pieces) if (named := _part_named(piece, io))), None)


def _cjk_named(part: str, io: str) -> Named | None:
    """Where words have no spaces: the longest name at the end, else the one that ends last."""
    text = re.sub(r"[\s\u3000]+", "", part)
    known = [word for word in _ENDS if word in text]
    near = [word for word in known if io == "" or _is_near(word, io)]
    for words in (near, known):
        if words:
            return _known(max(words, key=lambda word: (text.rfind(word) + len(word), len(word))), io)
    return None


def _opening(part: str, io: str) -> Named | None:
    """A name of several words with a preposition in it, as Romance languages have them: SALLE DE BAIN DE MARIE."""
    plain = [_plain(word) for word in _TOKEN.findall(part.replace("\u02bc", "'")) if word not in _ARTICLES]
    for size in range(min(_MAX_WORDS, len(plain)), 1, -1):
        for start in range(min(3, len(plain) - size + 1)):
            phrase = " ".join(plain[start : start + size])
            if phrase in _FIRST_PHRASES:
                return _known(phrase, io)
    return None


def _leading(plain: list[str], io: str) -> Named | None:
    """The longest name at the start of the words, in languages whose head noun comes first: RUE SOMBRE."""
    for size in range(min(_MAX_WORDS, len(plain)), 0, -1):
        phrase = " ".join(plain[:size])
        if phrase in _FIRST_PHRASES or (size == 1 and phrase in _FIRST):
            return _known(phrase, io)
    return None


def _compound(plain: list[str], io: str) -> Named | None:
    """The name that ends a compound: SCHULFLUR is a FLUR."""
    last = plain[-1]
    ends = [word for word in _COMPOUNDS if last.endswith(word) and len(last) > len(word) + 1]
    ends = [word for word in ends if io == "" or _is_near(word, io)] or ends
    return _known(ends[0], io) if ends else None


def _phrases(part: str) -> Iterator[tuple[str, list[str]]]:
    """A part's phrases, each with the preposition before it."""
    joint, words = "", list[str]()
    for word in _TOKEN.findall(part.replace("\u02bc", "'")):
        if word in _PREPOSITIONS:
            if words:
                yield joint, words
                words = []
            joint = word
        elif word not in _ARTICLES:
            words.append(word)
    if words:
        yield joint, words


def _plain(word: str) -> str:
    return _singular(word.replace("'", ""))


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
        if not (last in _TAILS or last.isdigit() or len(last) == 1):
            break
        if last.isdigit() and len(plain) > 1 and plain[-2] in {"room", "rm", "suite"}:
            return Named("hotel_room", 3.0, "room")
        plain.pop()
    return weak


def _gives_way(named: Named) -> bool:
    return named.kind == "plain_room" or named.words.split()[-1] in _TAILS


def _named_at_end(plain: list[str], words: list[str], io: str) -> Named | None:
    ending, leading = _ending(plain, io), _leading(plain, io)
    if ending and not (leading and ending.words in _FIRST_PHRASES):
        return _owned(ending, words, len(plain))
    return leading or _compound(plain, io) or _misspelt(plain[-1], io)


def _city_at_end(plain: list[str]) -> int:
    """How many words at the end are a city's or a country's name behind a place's: STREET MANHATTAN."""
    return next((n for n in (3, 2, 1) if n < len(plain) and " ".join(plain[-n:]) in _CITIES | _REGIONS), 0)


def _ending(plain: list[str], io: str) -> Named | None:
    """The longest phrase at the end of the words that is known on the heading's own side, else on the other one."""
    far: tuple[int, Named] | None = None
    for start in range(max(0, len(plain) - _MAX_WORDS), len(plain)):
        phrase = " ".join(plain[start:])
        alone = phrase in _ALONE if start else phrase in _NEVER_ALONE
        named = None if alone else _known(phrase, io)
        if named and (io == "" or _is_near(phrase, io)):
            return far[1] if far and start - far[0] >= _CERTAIN else named
        far = far or (named and (start, named))
    return far[1] if far else None


def _is_near(phrase: str, io: str) -> bool:
    return any(phrase in _NAMES.sides[side] for side in ("cards", "outside" if io == "ext" else "inside"))


def _owned(named: Named, words: list[str], size: int) -> Named | None:
    """Somebody's room is where they sleep (ANDREW'S ROOM); WARD'S is a person's, not a ward."""
    before = words[size - 2] if 1 < size <= len(words) else ""
    if named.words == "room" and "'" in before:
        return Named("bedroom", 3.0, named.words)
    person = size <= len(words) and words[size - 1].endswith("'") and " " not in named.words
    return None if person and named.kind not in _CHAINS else named


def _misspelt(word: str, io: str) -> Named | None:
    """A long word that is one letter off a known one: CORRIDER."""
    if len(word) < _LONG or not word.isascii() or word in _LONG_NAMES:
        return None
    return next((_known(name, io) for name in _LONG_NAMES if name[0] == word[0] and _is_one_off(word, name)), None)


def _is_one_off(word: str, name: str) -> bool:
    """Whether one letter more, less or other, or two changed over, makes one word of the other."""
    if abs(len(word) - len(name)) > 1:
        return False
    start = next(
        (at for at, (one, two) in enumerate(zip(word, name, strict=False)) if one != two), min(len(word), len(name))
    )
    one, two = word[start:], name[start:]
    swapped = one[:2] == two[1::-1] and one[2:] == two[2:]
    return swapped or one[1:] == two or one == two[1:] or one[1:] == two[1:]


@lru_cache(maxsize=8192)
def _known(phrase: str, io: str) -> Named | None:
    hits = {side: _NAMES.sides[side][phrase] for side in _SIDES if phrase in _NAMES.sides[side]}
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
        phrase = _key(part.replace("\u02bc", ""))
        words = frozenset(
            _SAME.get(word, word) for word in phrase.split() if word not in _PREPOSITIONS and word not in _ASIDES
        )
        if words and phrase not in _CITIES and phrase not in _REGIONS:
            found.append(words)
    return tuple(found)


def identity_of(place: str) -> frozenset[str]:
    """The words that tell one place of a film from another."""
    return frozenset().union(*parts_of(place)) or frozenset(_key(fold(place).replace("\u02bc", "")).split())
