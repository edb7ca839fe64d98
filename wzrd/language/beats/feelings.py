"""Feelings that a text tells: by words, by what bodies do, by what somebody says. Pure; the words are acts.json."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import cast

from wzrd.contracts.acts import Act
from wzrd.contracts.breakdown import Feeling
from wzrd.language.words.acts import DATA, LONG_END, NOT_BEHIND, UNSPACED
from wzrd.language.words.beginnings import Beginnings
from wzrd.language.words.first_letters import PhrasePatterns
from wzrd.language.words.verb_forms import ActWord

_FEELING_ENDS: str = DATA["feeling_ends"]
"""Endings of an English word's family: to grin is joy, to grind is none."""
_SPITE = re.compile(DATA["not_felt"], re.IGNORECASE)
"""Words that tell no feeling, or another one."""
_UNTOLD = re.compile(rf"{NOT_BEHIND.pattern}|.*?{DATA['purpose']}", re.IGNORECASE | re.DOTALL)
"""A gesture is denied, or is made for a purpose and tells nothing: "recule pour le laisser passer"."""

_WORD = re.compile(r"[\w.-]+ ")
"""A name or a pronoun right before what its bearer feels: "finds her sobbing"."""
_DENIED = re.compile(DATA["denied"], re.IGNORECASE)
"""Words that say that a feeling is not there: "He does not look happy", "She stops crying"."""
_STRONGER = frozenset({("tenderness", "joy"), ("grief", "fear")})
"""Feelings that stay beside the sign of another: a tender smile, whoever weeps and trembles."""
_TEARING: frozenset[Act] = frozenset({"break", "drag", "cut"})


def feelings_in(text: str, language: str) -> list[tuple[int, Feeling]]:
    """The feelings that a text names, each with where it stands."""
    text = _SPITE.sub(lambda found: " " * len(found.group()), text)
    found: list[tuple[int, Feeling]] = []
    if language not in UNSPACED:
        found, text = _signs_in(text, language)
        words = (one for one in _felt(language).find(text) if not NOT_BEHIND.match(text, one.end))
        found = sorted([*found, *((one.start, one.value) for one in words)])
        found = [one for one in found if not _DENIED.search(text[: one[0]])]
    for kind in ("feelings", "gestures") if language in UNSPACED else ("gestures",):  # where no word tells it
        told = () if found else _gestures(language, kind)(text)
        shown = (one for one in told if not _UNTOLD.match(text, one.end()))
        found = found or [(one.start(), cast("Feeling", one.lastgroup)) for one in shown]
    return [one for one in found if not _DENIED.search(text[: one[0]])]


def _signs_in(text: str, language: str) -> tuple[list[tuple[int, Feeling]], str]:
    """Feelings that bodies tell ("her chin wobbles", "le tiemblan las manos"), and the text with blanks for it."""
    body, signs = _signs(language)
    found: list[tuple[int, Feeling]] = []
    if body.search(text):
        for part, feeling, whole in signs:
            while part.search(text) and (one := whole.search(text)):  # whose smile dies does not smile
                found.append((one.start(), feeling))
                text = text[: one.start()] + " " * (one.end() - one.start()) + text[one.end() :]
    return found, text


@cache
def _signs(language: str) -> tuple[re.Pattern[str], tuple[tuple[re.Pattern[str], Feeling, re.Pattern[str]], ...]]:
    """Pattern of the parts of a body that tell feelings, and of each with what it does, in either order."""
    listed: Sequence[tuple[Feeling, str, str]] = DATA["signs"].get(language, ())
    gap = r"(?: [^\W\d_]+['\u2019]?){0,3}?,? "

    def compiled(words: str) -> re.Pattern[str]:
        return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)

    signs: Iterator[tuple[re.Pattern[str], Feeling, re.Pattern[str]]] = (
        (compiled(part), feeling, compiled(f"(?:{part}){gap}(?:{does})|(?:{does}){gap}(?:{part})"))
        for feeling, part, does in listed
    )
    return compiled("|".join(part for _, part, _ in listed) or "(?!)"), tuple(signs)


@cache
def _felt(language: str) -> Beginnings[Feeling]:
    table: Mapping[str, str] = DATA["feelings"].get(language, {})
    words: dict[str, Feeling] = {
        word.replace("+", " "): cast("Feeling", one) for one, listed in table.items() for word in listed.split()
    }
    return Beginnings(words, _FEELING_ENDS if language == "en" else rf"\w{{0,{2 * LONG_END}}}")


def feeling_said(line: str, language: str) -> Feeling | None:
    """The feeling that the words of a line tell of whoever says it: an insult, a cry for help, a darling."""
    found = next(_gestures(language, "said")(line), None)
    return cast("Feeling", found.lastgroup) if found else None


@cache
def _gestures(language: str, kind: str = "gestures") -> Callable[[str], Iterator[re.Match[str]]]:
    table: Mapping[str, str] = DATA[kind].get(language, {})
    if language not in UNSPACED:
        return PhrasePatterns(table).find
    parts = "|".join(f"(?P<{feeling}>{one.replace(' ', '|')})" for feeling, one in table.items())
    return re.compile(parts or "(?!)", re.IGNORECASE).finditer


def felt_by(
    text: str,
    acts: Sequence[ActWord],
    people: Sequence[str],
    named: Sequence[tuple[int, str]],
    who: Sequence[str],
    language: str,
) -> dict[str, Feeling]:
    """Feelings that a beat names: of who acts and is named before the word and behind the last, else of all who act."""
    found: dict[str, Feeling] = {}
    since, owners = -1, list[str]()
    if {one.act for one in acts} == {"sleep"}:
        return found  # "sleeps on his feet, his forehead against the wall"
    torn = {one.start for one in acts if one.act in _TEARING or text[one.start : one.end] == "tears"} - {
        one.start for one in acts if one.act == "weep"
    }  # "tears the cloth"
    for at, feeling in feelings_in(text, language):
        owners = [person for start, person in named if since <= start < at and person in who] or owners
        since = at
        several = who if len(who) > 1 and not any(start < at for start, _ in named) else people[:1]
        ahead = (one for start, one in named if one not in who and _WORD.fullmatch(text[start:at]))
        seen = next(ahead, "") if language == "en" else ""
        if at not in torn or feeling != "grief":
            those = [seen] if seen else owners or several
            found |= {one: feeling for one in those if (found.get(one), feeling) not in _STRONGER}
    if any(one.act == "laugh" for one in acts):  # "laughs until she cries"
        return {person: "joy" if feeling == "grief" else feeling for person, feeling in found.items()}
    return found
