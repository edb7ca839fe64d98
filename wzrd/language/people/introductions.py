"""Introductions of people: the words behind a name, before it, or in it. Cautious: in doubt nothing is told."""

import re
from collections.abc import Sequence
from dataclasses import replace

from wzrd.domain.names import words_of
from wzrd.language.people.ages import class_of, in_digits, years_alone, years_last, years_within
from wzrd.language.people.mentions import sentences_of
from wzrd.language.people.person_phrases import NOTHING, PERSONS, Traits, head_of, read_phrase
from wzrd.language.words import lexicon
from wzrd.language.words.person_words import ADJECTIVES, BUILDS, DETERMINERS, MARKS, NOUNS, SEXES, Gender

MAX_BEHIND, MAX_BEFORE, MAX_PARTS = 220, 90, 7
_COMMON = (
    PERSONS
    | ADJECTIVES.keys()
    | BUILDS.keys()
    | frozenset(["black", "white", "african", "american", "asian", "latino", "latina"])
)
_MARKS = frozenset(["cont'd", "v.o.", "v.o", "o.s.", "o.s", "o.c.", "cont", "continuing"])
_RE = lexicon.patterns("introductions")
_LOOKS = re.compile(
    rf"(?:[\w'\u2019-]+ ){{0,3}}(?:{'|'.join(rf'(?P<{sex}>{words})' for sex, words in MARKS.items())})", re.IGNORECASE
)
_WORN = frozenset(["in", "as", "with", "wearing", "dans", "mit", "avec", "con", "com", "met", "med"])
"""Words before what somebody has on: "a boy in a man's coat"."""
_LONGEST_AGE = 28  # letters of a piece that is no more than an age
_CLAUSE = frozenset(str(lexicon.load("people.json")["clauses"]).split())


def is_closed(text: str) -> bool:
    """True if a comma, a bracket or the end follows a name."""
    rest = text[_surname(text) :].lstrip()
    return rest[:1] in {"", *",.(;:-\u2013\u2014!"}


def behind(text: str, *, names: frozenset[str] = frozenset()) -> Traits:
    """Facts told behind a name: `, 16, a girl with…`, ` (40s)`, ` is a boy`. `names`: words of others."""
    text = text[:MAX_BEHIND]
    if text[:2] in {"'s", "\u2019s"} and not re.match(r"..\s+(?:an?|the|in)\b", text):
        return NOTHING
    rest = text[_surname(text) :]
    if copula := _RE["copula"].match(rest):
        return _copula(rest[copula.end() :])
    inside = _RE["bracket"].match(rest)
    traits = _parts(_RE["piece"].split(inside.group(1)), names, bracket=True) if inside else NOTHING
    rest = rest[inside.end() :] if inside else rest
    opened = _RE["opened"].match(rest)
    if not opened and not (inside and rest.lstrip().startswith(("a ", "an "))):
        return traits
    rest = rest[opened.end() :] if opened else rest
    sentence = (sentences_of(rest) or [""])[0].rstrip(" .!?\u3002\n")
    further = behind(sentence, names=names) if sentence.startswith("(") else _parts(_RE["piece"].split(sentence), names)
    return traits.over(further)


def read_fragment(sentence: str) -> Traits:
    """A sentence without a verb behind one that ends with a name: `40s`, `A giant of a man`, `She is 22`."""
    folded = sentence.casefold().strip(" .!?\n")
    pieces: list[str] = _RE["piece"].split(folded)
    years = years_alone(pieces[0]) if len(pieces[0]) < _LONGEST_AGE and not _counts(pieces[0]) else None
    if years is not None:
        return _parts(pieces, frozenset()).over(Traits("", class_of(years), years, folded))
    if subject := _RE["is"].match(folded):
        he, she, rest = subject["he"], subject["she"], folded[subject.end() :]
        said = re.split(r"[,.;]| (?:and|et|y|e|i|und|en|och) ", in_digits(rest), maxsplit=1)[0]
        years = years_alone(said)
        told = Traits(
            "man" if he else "woman" if she else "", class_of(years) if years is not None else "", years, said
        )
        if he == "he" or she == "she" or years is not None:
            return told.over(_copula(rest))
    words = words_of(folded)
    verbs = lexicon.SINGULAR_VERBS | lexicon.AUX | lexicon.PRONOUNS
    placed = words[:1] == ["the"] and any(word in lexicon.PREPOSITIONS - {"of"} for word in words)
    if placed:
        return NOTHING  # "The magistrate with a book." is another
    if words and words[0] in {"a", "an", "the", "our", "his", "her"} and not any(word in verbs for word in words):
        return replace(read_phrase(folded), said=folded)
    return NOTHING


def _surname(text: str) -> int:
    """Where a text goes on behind the rest of a name."""
    found = _RE["surname"].match(text)
    return found.end() if found else 0


def _copula(text: str) -> Traits:
    sentence = re.split(r"[.!?,;](?:\s|$)|\n", text, maxsplit=1)[0]
    folded = in_digits(sentence.casefold())
    first = _RE["joined"].split(folded, maxsplit=1)[0]
    if (years := years_alone(first)) is not None and not _counts(folded) and "one" not in first.split():
        return Traits("", class_of(years), years, folded)
    if (years := years_alone(folded)) is not None and re.match(r"\W*(?:\w+\W+){0,3}\d|\W*(?:in|about)\b", folded):
        return Traits("", class_of(years), years, folded)
    if (years := years_within(folded[:60])) is not None and re.match(r"in\b|an? \w+[- ]year|\w+[- ]years?\b", folded):
        return Traits(read_phrase(sentence).gender, class_of(years), years, folded)
    if re.match(r"(?:an?|une?|ein|eine|una|the|her|his|their|still an?|just an?)\s", folded):
        return read_phrase(sentence)
    return NOTHING


def _parts(parts: Sequence[str], names: frozenset[str], *, bracket: bool = False) -> Traits:
    """The parts between commas, as long as they tell of the same person."""
    traits: Traits = NOTHING
    for at, part in enumerate(parts[:MAX_PARTS]):
        folded = part.casefold().replace("\u2019", "'").strip()
        if not folded or folded in _MARKS:
            continue
        if folded.startswith("and ") and years_alone(folded[4:]) is not None:
            folded = folded[4:]
        alone = years_alone(folded)
        years = years_last(folded) if alone is None else alone
        if years is not None and not _counts(folded):
            rest = read_phrase(folded)
            grown = folded.startswith("now ")
            told = replace(rest, gender=rest.gender or _decade_owner(folded), role="")
            traits = traits.over(replace(told, age=class_of(years), years=years, said=folded))
            traits = replace(traits, now=traits.now or grown)
            continue
        if not bracket and _RE["is"].match(folded):
            traits = traits.over(read_fragment(part))  # ", she's five"
            continue
        if bracket and folded in SEXES:
            traits = traits.over(Traits(SEXES[folded]))
            continue
        if not bracket and _speaks_of_others(part, folded, names):
            break
        following = parts[at + 1].strip().casefold() if at + 1 < len(parts) else ""
        listed = following.startswith(("and a ", "and an ", "and two ", "and three ", "und ein"))
        if listed and not bracket:
            break
        words = words_of(folded)
        doing = words[:1] and words[0].endswith("ing") and len(words) > 1 and words[1] in DETERMINERS
        if doing or (words[:1] and words[0] in lexicon.PREPOSITIONS | {"as"} and head_of(words) is not None):
            traits = traits.over(Traits(_marked(folded))) if doing else traits
            continue  # "beside his wife", "getting a pop"
        found: Traits = read_phrase(part)
        told = found.gender or _decade_owner(folded) or _marked(folded)
        traits = traits.over(replace(found, gender=told, now=False))
    return traits


def _marked(folded: str) -> Gender:
    """The sex that a beard or a wedding dress hints at, in words that end with it: "with a white moustache"."""
    found = _LOOKS.fullmatch(folded.strip(" .")) if head_of(words_of(folded)) is None else None
    return "" if found is None else "man" if found.lastgroup == "man" else "woman"


def _counts(folded: str) -> bool:
    """True if a number counts something else: "two dogs"."""
    return (
        re.match(r"\w+ (?:feet|foot|of|years (?:ago|[a-z]+er)|miles|minutes|hours|days|times|weeks)\b", folded)
        is not None
    )


def _decade_owner(folded: str) -> Gender:
    """`in her forties` tells more than an age."""
    found = re.match(
        r"(?:\w+\s)?(?:in|into)\s(his|her)\s+(?:\w+[\s-])?(?:\d0|twen|thir|for|fif|six|seven|eigh|nine|teen)", folded
    )
    return "" if found is None else "man" if found.group(1) == "his" else "woman"


def _speaks_of_others(part: str, folded: str, names: frozenset[str]) -> bool:
    """True if a part between commas goes on to somebody or something else."""
    words = words_of(folded)
    if not words or words[0] in {"and", "then", "und", "et", "y", "but"} or words[0] in lexicon.SINGULAR_VERBS:
        return True
    if any(word in lexicon.AUX for word in words[:4]):
        return True
    first = part.strip().split()[0]
    owner = first.endswith(("'s", "\u2019s", "s'"))
    before = next((found for found in _RE["capitals"].finditer(part) if found.group().casefold() not in _COMMON), None)
    named = before is not None or (words[0] in names)
    if named and not owner:
        return (
            before is None
            or before.start() < 3
            or head_of(words_of(part[: before.start()])) is None
            or words[0] in {"his", "her"}
        )
    return False


def before(text: str, *, capital: bool, closed: bool) -> Traits:
    """Facts told before a name: `his wife `, `a burly man, `, `16-year-old `, `a boy named `.

    `capital`: the name is in capitals, as when somebody is first seen; `closed`: a comma, bracket or end follows it.
    """
    text = _RE["named"].sub(" ", whole := text[-MAX_BEFORE:])
    named = text != whole
    stripped = text.rstrip(' "\u201c')
    comma = stripped.endswith((",", ":"))
    stripped = re.split(r"[.!?:;\n(](?:\s|$)?", stripped.rstrip(",: "))[-1]
    words = re.findall(r"[^\W_]+(?:[-'\u2019][^\W_]+)*|,", stripped.casefold().replace("\u2019", "'"))
    at = _opening(words)
    if at is None:
        return _adjacent(words) if not comma else NOTHING
    phrase = words[at:]
    if phrase[-1].endswith("'s"):
        return NOTHING
    if comma:
        clause = any(word in _CLAUSE for word in words[max(0, at - 1) : at]) or (words[:1] and words[0] in _CLAUSE)
        if (clause and not closed) or not capital or not (closed or at == 0):
            return NOTHING
    elif not named and phrase[-1] not in NOUNS and phrase[-1] not in ADJECTIVES:
        return _adjacent(words)
    pieces = [piece.strip() for piece in " ".join(phrase).split(",")]
    traits = read_phrase(" ".join(word for word in phrase if word != ","), person=comma or named)
    return traits.over(_parts(pieces[1:], frozenset()))


def _opening(words: Sequence[str]) -> int | None:
    """Where the noun phrase begins that a text ends with."""
    for at in range(len(words) - 1, max(-1, len(words) - 11), -1):
        word = words[at]
        if word in DETERMINERS or word.endswith("'s"):
            outer = _opening(words[: at - 1]) if at > 1 and words[at - 1] in _WORN else None
            nobody = head_of([one for one in words[at:] if not one.endswith("'s")]) is None
            return outer if outer is not None and (nobody or words[at - 1] == "as") else at
        of_age = word in {"of", "about", "around"} and at + 1 < len(words) and years_alone(words[at + 1]) is not None
        if (word in lexicon.PREPOSITIONS and not of_age and words[at + 1 : at + 2] != ["about"]) or word == "or":
            return None
    return None


def _adjacent(words: Sequence[str]) -> Traits:
    """An adjective or an age that stands right at the name: `young Laura`, `16-year-old TOM`."""
    if not words:
        return NOTHING
    years = years_within(" ".join(words[-3:])) if re.search(r"old$|\d", words[-1]) else None
    if years is not None:
        return Traits("", class_of(years), years)
    if words[-1] in ADJECTIVES and words[-1] not in {"ancient", "aged"}:
        return Traits("", ADJECTIVES[words[-1]])
    return NOTHING
