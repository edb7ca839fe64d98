"""Facts that a noun phrase or a cue tells of a person: "a burly man of sixty", OLD MAN. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wzrd.domain.names import words_of
from wzrd.language.people.ages import class_of, years_alone, years_within
from wzrd.language.words import lexicon, person_words

PERSONS = lexicon.PEOPLE | person_words.LIKELY.keys() | person_words.NOUNS.keys()
"""Nouns that mean a person."""
_FRIENDS = frozenset(str(lexicon.load("people.json")["friends"]).split())


@dataclass(frozen=True, slots=True)
class Traits:
    """Facts that a phrase tells of a person; absent facts are empty.

    `role`: what a definite phrase calls them ("the teacher"). `now`: what was told before is past ("now 28").
    `by_trade`: the gender is that of a trade's name alone.
    """

    gender: person_words.Gender = ""
    age: person_words.Age = ""
    years: int | None = None
    said: str = ""
    role: str = ""
    now: bool = False
    by_trade: bool = False

    def over(self, other: "Traits") -> "Traits":
        """This, and of the other what this does not tell; years tell more than a word."""
        counted = self.years is None and (other.years is not None or not self.age)
        return Traits(
            self.gender or other.gender,
            other.age if counted else self.age or other.age,
            other.years if counted else self.years,
            self.said if other.said in self.said else f"{self.said} {other.said}".strip(),
            self.role or other.role,
            self.now or other.now,
            self.by_trade if self.gender else other.by_trade,
        )


NOTHING = Traits()
_CJK = "\u2e80"
_WIDE_PARTICLES = frozenset("\u3092\u306b\u304c\u306f\u3067\u3078")
"""Signs between what is done and whom it is done to, which stand in no noun."""
_WIDE_ENDS: Mapping[str, person_words.Gender] = {
    "\u592b\u723a\u7fc1\u5144\u7236\u7537": "man",
    "\u5a66\u5b22\u5a46\u59c9\u5a18\u59bb\u6bcd\u5973": "woman",
}
"""Last signs of nouns that tell a sex: \u6383\u9664\u592b, \u770b\u8b77\u5a66."""


def read_phrase(phrase: str, *, person: bool = False) -> Traits:
    """Facts of the person that a noun phrase means: "a burly man of sixty with …" is a man, sixty.

    `person`: it certainly means a person, whatever its noun is.
    """
    folded = phrase.casefold().replace("\u2019", "'").strip()
    words = [_wide_noun(word) for word in words_of(folded)]
    cut = _words_until(words, person_words.BOUNDARIES)
    head = head_of([word if word not in person_words.PLURALS else "" for word in cut])
    gender, age = _noun(cut, head)
    if not gender and words and words[0] > _CJK:
        gender = _wide_gender(words_of(folded)[-1])
    if head is None and cut[-1:] == ["son"] and len(cut) > 1:  # no noun of the table: in French it is "his"
        gender = "man"
    own = re.split(r"\b(?:of a|of an|of two|of three|with|to|who|whose|for|by|from|wearing|and)\b", folded)[0]
    years = years_within(own)
    if years is None and (found := re.search(r"\bof (?:about )?([\w-]+)$|\bof (?:about )?(\w+)\b", folded)):
        years = years_alone(found.group(1) or found.group(2))
    told = age if head is None else person_words.ADJECTIVES.get(cut[head], age)  # "un viejo flaco"
    age_class = class_of(years) if years is not None else _adjective(cut, name=person) or told
    is_called = cut[:1] == ["the"] or (len(cut) == 2 and cut[0] in person_words.POSSESSIVES)
    role = " ".join(cut[1:]) if is_called else ""
    by_trade = head is not None and cut[head] in person_words.OF_EITHER
    return Traits(gender, age_class, years, folded, role, by_trade=by_trade)


def _wide_gender(word: str) -> person_words.Gender:
    """Gender that the last sign of a noun tells, or before another noun: \u6383\u9664\u592b\u306e\u8001\u4eba."""
    if _WIDE_PARTICLES.intersection(word):
        return ""  # \u7d75\u3092\u6bcd\u306b\u6e21\u3059 is no mother
    for sign in (word[-1:], word[-4:-3], word[-3:-2], word[:1]):
        for ends, gender in _WIDE_ENDS.items():
            if sign and sign in ends:
                return gender
    return ""


def _wide_noun(word: str) -> str:
    """A word of a script without spaces as the longest noun for a person that it ends with."""
    if word[:1] < "\u2e80" or word in person_words.NOUNS:
        return word
    return next((word[at:] for at in range(1, len(word)) if word[at:] in person_words.NOUNS), word)


def read_name(key: str) -> Traits:
    """Facts that a cue tells by itself: OLD MAN, LITTLE GIRL, TOM'S MOTHER, GRANDPA JOE."""
    words = [_wide_noun(word) for word in words_of(key) if not word.isdigit()]
    cut = _words_until(words, person_words.BOUNDARIES - {"a", "de", "da", "la", "old", "young"})
    head = head_of(cut)
    if "voice" in cut and head is None:
        head = next((at for at, word in enumerate(cut) if word.removesuffix("'s") in person_words.NOUNS), None)
        cut = [word.removesuffix("'s") for word in cut]
    gender, age = _noun(cut, head)
    gender = gender or person_words.first_meaning(person_words.SEXES, [word for word in cut if len(word) > 2]) or ""
    if not gender and cut and len(cut) > 1 and cut[-1].endswith(("woman", "girl", "lady")):
        gender = "woman"
    years = years_within(" ".join(words))
    age_class = class_of(years) if years is not None else _adjective(cut, name=True) or age
    by_trade = head is not None and len(cut) > 1 and cut[head] in person_words.OF_EITHER  # DOKTOR WRONA
    return Traits(gender, age_class, years, by_trade=by_trade)


def _words_until(words: Sequence[str], stops: frozenset[str]) -> list[str]:
    """The words before the first that speaks of something else."""
    for at, word in enumerate(words):
        joins = word in {"and", "but", "or"} and not any(one in person_words.NOUNS for one in words[:at])
        if at and word in stops and word not in person_words.NOUNS and not joins:
            return list(words[:at])
    return list(words)


_AND = frozenset({"and", "und", "et", "y", "e", "i", "och", "very", "tr\u00e8s", "muy", "molto", "sehr"})


def head_of(words: Sequence[str]) -> int | None:
    """The place of the noun that says who it is: the last; `the sheriff's wife` is a wife."""
    nouns = (at for at in range(len(words) - 1, -1, -1) if words[at] in person_words.NOUNS)
    return next(
        (at for at in nouns if words[at] not in person_words.ADJECTIVES or not _tells_of_thing(words, at)), None
    )


def _tells_of_thing(words: Sequence[str], at: int) -> bool:
    """True if a word that may be a noun is the adjective of a thing before it: "gorra vieja"."""
    before = words[at - 1] if at else ""
    told = (person_words.NOUNS, person_words.ADJECTIVES, person_words.DETERMINERS, person_words.NUMBERS)
    return before != "" and not any(before in table for table in told) and before not in _AND


def _noun(words: Sequence[str], head: int | None) -> tuple[person_words.Gender, person_words.Age]:
    """Gender and age that the noun tells; a bar girl is no child."""
    if head is None:
        return "", ""
    gender, age = person_words.NOUNS[words[head]]
    return gender, "young" if age == "child" and gender and any(
        word in person_words.GROWN for word in words[:head]
    ) else age


def _adjective(words: Sequence[str], *, name: bool = False) -> person_words.Age:
    """An age that an adjective gives: it has a person behind it, or stands at the end ("old and frail")."""
    for at, word in enumerate(words):
        if word not in person_words.ADJECTIVES:
            continue
        behind = [one for one in words[at + 1 : at + 4] if one not in person_words.ADJECTIVES]
        if any(one in _FRIENDS for one in behind[:1]) or (at and words[at - 1] in {"years", "year", "months"}):
            continue
        if word == "little" and at and words[at - 1] == "a" and (not behind or behind[0] in {"too", "bit"}):
            continue  # "a little on the heavy side"
        if word in {"older", "younger", "little"} and any(one in person_words.RELATIONS for one in behind):
            continue
        age = person_words.ADJECTIVES[word]
        noun = next((one for one in behind if one in person_words.NOUNS), "")
        noun = "" if noun in person_words.RELATIONS else noun
        if age == "child" and person_words.NOUNS.get(noun, ("", ""))[0] and person_words.NOUNS[noun][1] != "child":
            continue  # a little man is grown
        if not behind or name or any(one in PERSONS or one.endswith(("man", "er", "or", "ist")) for one in behind):
            return age
    return ""
