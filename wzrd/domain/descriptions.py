"""What the action tells of its people: child or old, he or she. Shy: silence is fine."""

import re
import unicodedata
from collections.abc import Sequence

MAX_PARAGRAPHS = 2_000

_ASIDE = re.compile(r"\([^()]*\)?|\[[^\[\]]*\]?")
_AGE = re.compile(
    r"[\s,(\u2013\u2014-]{1,3}(?:aged? |in (?:his|her|their) |about |early |mid[- ]|late ){0,3}"
    r"([0-9]{1,3}|[a-z]+(?:-[a-z]+)?)(?:'?s)?\b"
)
_SMALL = frozenset(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"])
_OLD = ("sixty", "sixties", "seventy", "seventies", "eighty", "eighties", "ninety", "nineties")
_HE, _SHE = frozenset({"he", "him", "his", "himself"}), frozenset({"she", "her", "hers", "herself"})


def voice_key(name: str) -> str:
    """A character's name as castings know it: `The OLD MAN (V.O.)` and `old man` are one; '' for nobody."""
    text = _ASIDE.sub(" ", unicodedata.normalize("NFKC", name)).casefold().replace("\u2019", "'")
    words = " ".join(text.split()).strip(" \"'^@:.,;-")
    return words.removeprefix("the ")


def described(keys: Sequence[str], page: Sequence[str]) -> dict[str, set[str]]:
    """What the action says of each character, as hints: child, slow (for the old), low (he) or high (she)."""
    patterns = {key: re.compile(rf"(?<!\w){re.escape(key)}(?!\w)") for key in keys}
    hints: dict[str, set[str]] = {key: set() for key in keys}
    pronouns = dict.fromkeys(keys, 0)
    for paragraph in page[:MAX_PARAGRAPHS]:
        text = paragraph.casefold().replace("\u2019", "'")
        found = {key: place for key, pattern in patterns.items() if (place := pattern.search(text))}
        for key, place in found.items():
            hints[key] |= _age(text[place.end() : place.end() + 40])
        if len(found) == 1:  # else nobody knows who "she" is
            key, place = next(iter(found.items()))
            words = re.findall(r"[a-z]+", text[place.end() :])
            pronouns[key] += sum((word in _HE) - (word in _SHE) for word in words)
    for key, balance in pronouns.items():
        hints[key] |= {"low"} if balance > 0 else {"high"} if balance < 0 else set()
    return hints


def _age(behind: str) -> set[str]:
    """The age that stands right behind a name: `, nine,` or ` (60s)`."""
    found = _AGE.match(behind)
    if not found or behind[:1].isalnum():
        return set()
    word = found.group(1)
    years = int(word) if word.isdigit() else None
    if years is None and "," not in behind[: found.start(1)] and "(" not in behind[: found.start(1)]:
        return set()  # "Tobias nine times out of ten" gives no age
    if word in _SMALL or word in {"boy", "girl"} or (years is not None and years < 13):
        return {"child"}
    old = word.split("-")[0] in _OLD or word == "old" or (years is not None and years >= 60)
    return {"slow"} if old else set()
