"""Words around a noun or a name: what governs it, whose it is, and whether two are one person. Pure."""

import re
from collections.abc import Sequence

from wzrd.domain.names import words_of
from wzrd.language.people.mentions import PersonMention
from wzrd.language.people.pronoun_words import DATA, UNSPACED, is_wide_object
from wzrd.language.words import lexicon
from wzrd.language.words.english_acts import is_verb
from wzrd.language.words.person_words import is_person_noun
from wzrd.language.words.role_words import DEFINITE
from wzrd.language.words.verb_forms import ActWord

_APPOSED = re.compile(
    r"(?: [^\W\d_A-Z][\w'-]+){0,2}(?:, (?:(?:young|old|little|tiny|poor|good|dear|[A-Z]\w{0,4}\.) )?| )\Z"
)
_CALLED = re.compile(
    rf"(?:,?(?: [^\W\d_][\w-]*){{0,5}})? (?:{DATA['called']})(?: [^\W\d_]{{1,3}})? [\"\u201c\u201e\u00ab]?"
)
"""Words between a noun and the name of whom it means: "un viejo al que todos llaman ABUELO"."""
_CHAINED = re.compile(r"(?: [^\W\d_A-Z][\w'\u2019-]*){0,4}, (?:an?|une?|eine?|un[ao]|uma?|een|ett) ([^,.:;()]{2,60}), ")
"""Words between a noun and a name with another noun for the same person: "El vecino, un banquero, GONZALO"."""
_TITLE = re.compile(r"\b[A-Z][a-z]{0,3}\. \Z")
_BRACKETED = re.compile(r"(?: [^\W_]+){0,5} \(")
_PREDICATE = re.compile(r"\b(?:s?he|it|that|who)(?:['\u2019]s| is| was) (?:an?|the)(?: \w+){0,2} \Z", re.IGNORECASE)
NEAR_PRONOUN = 40
_SURNAME = re.compile(r"\A(?: [A-Z\u00c0-\u00de][\w'\u2019-]*){1,2}(?=[,(\uff08 ])")
"""The rest of a name: "Framton Nuttel, a thin young man"."""
_COPULA = re.compile(r" (?:is|was|est|\u00e9tait|es|era|ist|war|\u00e8|\u00e9|jest|to)(?: [^\W\d_A-Z][\w'-]*){1,3} ?")
QUANTITIES = frozenset(str(DATA["quantities"]).split())
_AGED = re.compile(r"[^\W\d_]+ ?[(\uff08]\d")
"""A noun with an age of its own: "ROY (9), his sister (12)"."""
_INSERTED = re.compile(r", [^,.;:]{1,60},")
NEAR_VERB = 14
"""Letters behind "both" within which its verb begins."""


def is_governed(sentence: str, start: int, end: int, language: str) -> bool:
    """True if a preposition before a name, or a particle behind it, keeps it from being a subject."""
    if language in UNSPACED:
        return is_wide_object(sentence, end)
    words = re.findall(r"[^\W\d_]+", sentence[max(0, start - 30) : start].casefold())[-3:]
    governing = DATA["governing"].get(language, "").split()
    words = words[:-1] if words and words[-1] in DEFINITE and words[-1] not in governing else words
    if not words or (words == ["a"] and sentence[:start].strip() == "A"):
        return False  # "A vaca" begins with an article
    if words[-1] == "of" and QUANTITIES & {*words[:-1]}:
        return False  # "a group of workers smoke"
    return words[-1] in governing or (language == "en" and words[-1] in lexicon.PREPOSITIONS)


def owns_next(sentence: str, end: int) -> bool:
    """True if whoever is named up to there owns what follows."""
    return sentence[end : end + 2] in {"'s", "\u2019s"} or sentence[end : end + 1] in {"\u306e", "\u7684"}


def is_named_behind(sentence: str, end: int, one: PersonMention, language: str) -> bool:
    """True if a noun that ends here is who is named right behind it: "his mother, Peggy,", "a tall man, JOE"."""
    between = _TITLE.sub("", sentence[end : one.start])
    if one.start >= end and (between.rstrip().endswith(":") or _CALLED.fullmatch(between)):
        return True
    if one.start >= end and _BRACKETED.fullmatch(between) and sentence[one.end : one.end + 1] in {")", ","}:
        return True  # "a fat boy of nine (BILLY)"
    closed = sentence[one.end : one.end + 2].lstrip()[:1] in {",", ".", "(", ")", "", ":"} or "," not in between
    chained = _CHAINED.fullmatch(between) if closed and one.start >= end else None
    if chained and any(is_person_noun(word, language) for word in words_of(chained[1].casefold())[:3]):
        return True
    acts = any(is_verb(word) for word in between.split())  # "a paramedic wraps Elena" is not Elena
    return one.start >= end and closed and not acts and _APPOSED.fullmatch(between) is not None


def acts_near(sentence: str, acts: Sequence[ActWord], end: int) -> bool:
    """True if a verb follows soon behind a word, or behind what is put in between: "The fox, not hurrying, walks"."""
    ends = (end, inserted.end()) if (inserted := _INSERTED.match(sentence, end)) else (end,)
    return any(end < one.start <= end + NEAR_VERB for end in ends for one in acts)


def brought_in(sentence: str, end: int, named: Sequence[PersonMention]) -> str:
    """Who somebody is, as a colon says: "A rider crests the ridge: a BOUNTY HUNTER"; '' where nothing says it."""
    first = min((one for one in named if one.start > end), key=lambda one: one.start, default=None)
    says = first and re.search(r"(?::|\bthis is)\s*(?:[^\W\d_]{1,3}['\u2019 ])?\s*\Z", sentence[end : first.start])
    return first.person if first and says else ""


def is_apposed(sentence: str, at: int, named: Sequence[PersonMention]) -> bool:
    """True if a noun only says what somebody named just before is: TOBY, 11, her nephew."""
    last = max((one.end for one in named if one.end <= at and not owns_next(sentence, one.end)), default=-1)
    between = sentence[last:at] if last >= 0 else ""
    if _COPULA.fullmatch(between) or between == " the ":
        return True  # "Anna is the daughter", "Ellen the housemaid"
    if _PREDICATE.search(sentence, max(0, at - NEAR_PRONOUN), at):
        return True  # "she's the only woman"
    between = _SURNAME.sub("", between, count=1)
    is_apposed = 0 < len(between) < 60 and between.lstrip()[:1] in {",", "(", "\uff08", "-", "\u2014"}
    if not is_apposed or ";" in between or _AGED.match(sentence, at):
        return False
    return not any(word in lexicon.SINGULAR_VERBS or word in lexicon.AUX for word in words_of(between))
