"""Ages as scripts write them: 16, nine, mid-40s, "in her thirties", 9-year-old, aged 60; and the class of an age."""

import re
from collections.abc import Mapping
from typing import Final

from wzrd.language.words.lexicon import load, patterns
from wzrd.language.words.person_words import AGE_WORDS, COMPOUNDS, NUMBERS, TENS, Age

CHILD, TEEN, YOUNG, ADULT = 12, 19, 29, 59
"""The last year of each class; whoever is older is old."""
_FIRST_WORDS = frozenset(words.split(" ")[0] for words in COMPOUNDS)
_LONGEST = 3  # words of such a number
_AROUND = ".,;()"
_HAN = {han: value for value, han in enumerate("一二三四五六七八九", 1)}
_RE = patterns("ages")
_UNITS: Final = r"(?:years?|yrs?|y\.?/?o|ans|jahren?|jährig\w*|años|anni|anos|lat|let|l\.|jaar|år|лет|года?|歳|才)"
_NUMBER = r"\d{1,3}|" + "|".join(sorted(map(re.escape, NUMBERS), key=len, reverse=True))
_LEAD: Final = str(AGE_WORDS["lead"])
"""Words that may stand before an age."""
_ALONE = re.compile(
    rf"\s*(?P<lead>{_LEAD})(?P<number>{_NUMBER})(?:[\s-](?P<unit>one|two|three|four|five|six|seven|eight|nine))?"
    rf"(?P<tens>['\u2019\u00f5]?s\b)?(?:\s?[-\u2013/]\s?\d{{1,3}}(?:['\u2019\u00f5]?s)?|\s*(?:to|or)\s+(?:{_NUMBER}))?"
    rf"(?: (?:y|e) (?:tantos|pico|algo|poucos|picos))?"
    rf"(?:\s?\u00bd|\s1/2)?(?P<tail>\s*[-\s]?(?:ish|{_UNITS}|months?|weeks?|something|\+)?)"
    rf"(?=$|[^\w]\s*$|\s+(?:and|but|with|or so|old|going|"
    r"bien|pass\u00e9e?s?|if|year|male|female|man|woman|boy|girl|looks|who|in|but|at|a|an|if|kilos|pounds|next)\b|\s*(?:[,;/.)\u2013\u2014]|-(?!\w))|\b\s*$)"
)
_YEARS_OLD = re.compile(
    rf"\b(?P<number>{_NUMBER})(?:-(?P<unit>one|two|three|four|five|six|seven|eight|nine))?[-\s]?"
    rf"(?:(?P<months>month|week|day)s?|{_UNITS})[-\s]?(?:olds?\b|d['\u2019]âge\b|\b)"
)
_SOMETHING = re.compile(rf"\b(?P<number>{_NUMBER})[-\s]?(?:something|ish|odd)\b")
_LAST = re.compile(
    rf"(?P<before>[^\W\d_]+) (?P<number>{_NUMBER})(?:[\s-](?P<unit>one|two|three|four|five|six|seven|eight|nine))?\s*\Z"
)
_NUMBERED = frozenset(str(AGE_WORDS["numbered"]).split())
"""Words before a number that is no age: "number nineteen", "by two"."""
_DECADES: Mapping[str, str] = load("endings.json")["decades"]
"""Words that are an age each: siedemdziesięcioletni, siebzigjähriger, sesentón."""
_WORDS: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(r"\b(?:late|older)[- ]teens?\b"), 18),
    (re.compile(r"\b(?:early|young|pre)[- ]?teens?\b"), 13),
    (re.compile(r"\b(?:mid[- ])?teens\b"), 16),
    *((re.compile(rf"\b(?:{words})"), int(years)) for years, words in _DECADES.items()),
    *(
        (re.compile(rf"\b{stem}{end}"), first + at * step)
        for stems, first, step, end in AGE_WORDS["stems"].values()
        for at, stem in enumerate(stems.split())
    ),
)

_ANY_WORD = re.compile("|".join(pattern.pattern for pattern, _ in _WORDS))


def class_of(years: int) -> Age:
    """The class of somebody so old."""
    bounds: tuple[tuple[int, Age], ...] = ((CHILD, "child"), (TEEN, "teen"), (YOUNG, "young"), (ADULT, "adult"))
    for most, age in bounds:
        if years <= most:
            return age
    return "old"


def years_alone(part: str) -> int | None:
    """The age when a folded part of an introduction is one ("16", "mid-40s", "aged 60"): never a count of others."""
    part = in_digits(part)
    found = next((one for one in (_teens(part), _of(_ALONE.match(part))) if one is not None), None)
    return _eastern(part) if found is None else found


def years_last(part: str) -> int | None:
    """The age that a folded part of an introduction ends with: "small and seventy-nine", "a sprightly eighty"."""
    found = _LAST.search(in_digits(part))
    years = _of(found)
    return years if found and years is not None and years >= TEEN and found["before"] not in _NUMBERED else None


def in_digits(text: str) -> str:
    """The text with digits for numbers of a ten and a one in words: `de ochenta y ocho años` is `de 88 años`."""
    text = _RE["six"].sub("6", text)  # a word of other meanings without its unit
    words = text.split(" ")
    if not any(word.strip(_AROUND) in _FIRST_WORDS for word in words):
        return text
    made: list[str] = []
    while words:
        for size in range(min(_LONGEST, len(words)), 0, -1):
            said = " ".join(words[:size])
            years = COMPOUNDS.get(bare := said.strip(_AROUND))
            if years is not None or size == 1:
                made.append(said if years is None else said.replace(bare, str(years)))
                words = words[size:]
                break
    return " ".join(made)


def _eastern(part: str) -> int | None:
    """The age in Han numbers or with a decade's sign: 七十, 六十五歳, 二十代 (the middle of it), 20代."""
    found = _RE["eastern"].match(part)
    if not found:
        return None
    number = found["number"] or found["bare"]
    if number.isdecimal():
        years = int(number)
    else:
        tens, ten, ones = number.rpartition("十")
        years = (_HAN.get(tens, 1) if ten else 0) * 10 + _HAN.get(ones, 0)
    return years + (5 if found["decade"] else 0) if 0 < years < 130 else None


def years_within(phrase: str) -> int | None:
    """The age that a folded phrase names as one anywhere: "a 9-year-old boy", "in her forties"."""
    phrase = in_digits(phrase)
    for pattern in (_YEARS_OLD, _RE["decade"], _SOMETHING):
        if (found := pattern.search(phrase)) is not None:
            return _of(found)
    return _teens(phrase)


def _teens(text: str) -> int | None:
    """The age that one word is: "in her late teens", siedmioletni, quarantina."""
    if _ANY_WORD.search(text) is None:
        return None
    return next((years for pattern, years in _WORDS if pattern.search(text)), None)


def _of(found: re.Match[str] | None) -> int | None:
    if found is None:
        return None
    groups = found.groupdict()
    if groups.get("months") or re.search(r"month|week", groups.get("tail") or ""):
        return 0
    word = found["number"]
    years = int(word) if word.isdigit() else NUMBERS[word]
    years += NUMBERS.get(groups.get("unit") or "", 0)
    if (groups.get("tens") and years % 10) or (word == "one" and "old" in (groups.get("lead") or "")):
        return None  # "new shoes, old ones"
    if groups.get("tens") or (word in TENS and word.endswith("ies")):
        lead = groups.get("lead") or ""
        years += 8 if "late" in lead else 2 if "early" in lead else 5
    return years if years < 130 else None
