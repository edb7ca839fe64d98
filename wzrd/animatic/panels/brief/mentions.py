"""The nameless whom a text asks for: roles and their number, crowds and animals."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wzrd.animatic.panels.brief import word_lists as words
from wzrd.language.words import lexicon
from wzrd.language.words.role_words import TOYS

_TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*|\d+|[^\w\s]")
_SHORT = re.compile(r"(?<=^he|^we)'\w+$|(?<=^she)'\w+$|(?<=^they)'\w+$|'(?:ll|d|re|ve)$")
_BREEDS = re.compile(
    r"\b(?:pit ?bull|bulldog|german shepherd|golden retriever|labrador(?: retriever)?|great dane|jack russell|sheepdog|"
    r"saint bernard|st\. bernard|border collie|cocker spaniel|shih tzu)(?=s?\b)",
    re.IGNORECASE,
)
_OFF = re.compile(r"\b(?:pre-?lap|sfx|sound effect|off[- ]?screen|o\.s\.)\s*[:\u2013\u2014-][^.!?]*", re.IGNORECASE)
_OF_LIKENESS = 5  # words between "a photo of" and whom it shows
_NEGATED = frozenset({"no", "without", "like", "nobody", "neither", "any", "if", "as", "than"})
_OF_ANYTHING = frozenset({"pair", "couple", "cast", "trio", "queue", "class", "quartet"})
_OF_TOLD = frozenset({"line", "panel", "pack", "set", "herd", "flock", "swarm"})
"""Groups that are people only where people are named: a melodic line, a swarm of insects."""
_DETERMINERS = lexicon.DETERMINERS | frozenset({"another", "first", "second", "third"})
_BEFORE_NOUNS = lexicon.PREPOSITIONS | lexicon.CONJUNCTIONS | words.TELLING | words.MANY.keys() | words.BODIES
_WHAT = frozenset({"a", "an", "his", "her", "their", "our"})
_ONE_OF = frozenset({"a", "an", "the", "one", "this", "that"})


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody without a name: `word` in the singular ("cop"), how many, and the adjective that tells them apart."""

    word: str
    count: int = 1
    adjective: str = ""

    @property
    def name(self) -> str:
        """Name that a person is called by: the old cop."""
        return f"the {self.adjective} {self.word}" if self.adjective else f"the {self.word}"


def roles_in(text: str, names: Sequence[str], heard: Iterable[str] = ()) -> list[Role]:
    """The nameless whom a text without speech asks for, beside those of these names; `heard` are only voices."""
    text = _without_heard(words.without_similes(text[: words.MAX_READ]), heard)
    folded = [_SHORT.sub("", token.casefold().replace("\u2019", "'")) for token in _TOKEN.findall(text)]
    named = {word for name in names for word in name.casefold().split()} - words.GROUPS.keys()
    apposed = _apposed(folded, named)
    places = (at for at in range(len(folded)) if folded[at] not in named and at not in apposed)
    return _counted([role for at in places if (role := _role_at(folded, at))])


def _apposed(folded: list[str], names: set[str]) -> set[int]:
    """Where a role only says what somebody named is: TOM (40), a tall man; Anna is a doctor."""
    found: set[int] = set()
    for at, word in enumerate(folded):
        start = _apposition(folded, at + 1) if word in names else 0
        for place in range(start, min(start + 6, len(folded))) if start else ():
            listed = folded[place] == "," and folded[place - 1] in words.TELLING  # a tall, tired doctor
            if not (folded[place][0].isalnum() or listed) or folded[place] in lexicon.PREPOSITIONS:
                break
            if singular(folded[place]) in words.ROLES:
                found.add(place)
                break
    return found


def _apposition(folded: list[str], at: int) -> int:
    """Where the words begin that say what the name before them is; 0 where none do. Ages may stand between."""
    if folded[at : at + 1] == ["("] and ")" in folded[at : at + 12]:
        at = folded.index(")", at) + 1
    if folded[at : at + 1] in (["is"], ["was"]) and folded[at + 1 : at + 2] in (["a"], ["an"]):
        return at + 2
    for _ in range(3):
        if folded[at : at + 1] != [","]:
            return 0
        if folded[at + 1 : at + 2] and folded[at + 1] in _WHAT:
            return at + 2
        if "," not in folded[at + 1 : at + 6]:
            return 0
        at = folded.index(",", at + 1)
    return 0


def _without_heard(text: str, heard: Iterable[str]) -> str:
    """The text without those who are only heard, and without whom a voice or a likeness belongs to."""
    text = _BREEDS.sub("dog", _OFF.sub(" ", text))
    for name in heard:
        text = re.sub(rf"(?<!\w){re.escape(name.removeprefix('the '))}(?!\w)", " ", text, flags=re.IGNORECASE)
    return re.sub(r"\b[\w.-]+(?: [A-Z][\w.-]+)?['\u2019]s? (?:voice|answering machine|voicemail)\b", " ", text)


def singular(word: str) -> str:
    """The role or animal that a word names in the singular or plural; nothing for any other word."""
    known = words.ROLES | words.ANIMALS
    if word in words.PLURALS:
        return words.PLURALS[word]
    if word in known:
        return word
    for ending, base in (("ies", "y"), ("ses", "s"), ("ches", "ch"), ("s", "")):
        if word.endswith(ending) and (stem := word.removesuffix(ending) + base) in known:
            return stem
    return ""


def _role_at(folded: list[str], at: int) -> Role | None:
    """The role at a place of the text, or nothing where the word means something else."""
    word, before = folded[at], folded[max(0, at - _OF_LIKENESS) : at]
    after = folded[at + 1] if at + 1 < len(folded) else ""
    if _is_other(before, after):
        return None
    if word in words.GROUPS and (word not in words.NEEDS_ARTICLE or _is_noun(before, after, many=False)):
        members = _members(folded, at)
        is_told = members != "person" or "people" in folded[at:]
        of_things = word in _OF_TOLD or (after == "of" and word in _OF_ANYTHING)
        return None if of_things and not is_told else Role(members, words.GROUPS[word])
    owner = word.removesuffix("'s")
    role = singular(owner)
    if role in words.ANIMALS and before and before[-1] in TOYS:
        return None
    if not role or owner in words.THINGS or (owner != word and after not in lexicon.CLOSE_WORDS):
        return None
    many = owner != role or (role in words.PLURALS and not any(one in _ONE_OF for one in before[-2:]))
    if role in words.NEEDS_ARTICLE and not _is_noun(before, after, many):
        return None
    count = _count(before, many)
    adjective = next((one for one in reversed(before[-3:]) if one in words.TELLING), "")
    return Role(role, count, adjective if count == 1 else "")


_BEHIND_VERBS = frozenset({"back", "in", "into", "out", "down", "under", "behind", "away", "off", "through", "below"})


def _is_noun(before: list[str], after: str, many: bool) -> bool:
    """True if a word that may be a verb ("guards", "ducks") is a noun: behind an article, before no other."""
    if any(one in _DETERMINERS for one in before[-1 if many else -4 :]):
        return True
    subject = bool(before) and before[-1].isalpha() and before[-1] not in _BEFORE_NOUNS
    return many and after not in _DETERMINERS | _BEHIND_VERBS and not subject


def _is_other(before: list[str], after: str) -> bool:
    """True if the words around make a role part of something else: a police car, a photo of a man."""
    if after in words.NOT_THE_PERSON or after in words.LIKENESSES:
        return True
    negated = bool(before) and (before[-1] in _NEGATED or "no" in before[-2:])
    return negated or ("of" in before and any(one in words.LIKENESSES for one in before))


def _members(folded: list[str], at: int) -> str:
    """Who a group is of: a crowd of students, a flock of birds."""
    for word in folded[at + 1 : at + 5]:
        if word in {".", ",", ";", "and"}:
            break
        if role := singular(word):
            return role
    before = singular(folded[at - 1]) if at else ""
    return before or "person"


def _count(before: list[str], many: bool) -> int:
    if not many:
        return 1
    numbers = [words.MANY[word] for word in before[-3:] if word in words.MANY]
    digits = [int(word) for word in before[-2:] if word.isdigit() and len(word) < 4]
    return min(18, max(2, *digits)) if digits else max(numbers, default=4)


def _counted(roles: list[Role]) -> list[Role]:
    """Each role once, as many as the text tells at most."""
    found: dict[tuple[str, str], Role] = {}
    for role in roles:
        key = (role.word, role.adjective)
        if key not in found or found[key].count < role.count:
            found[key] = role
    plain = {role.word for role in found.values() if role.adjective}
    return [role for role in found.values() if role.adjective or role.count > 1 or role.word not in plain][:8]
