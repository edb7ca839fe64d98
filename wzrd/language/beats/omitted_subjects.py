"""Sentences that leave their subject out: "Opens the door.", "Brindan.", "Surprised.". Pure."""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from wzrd.domain.names import words_of
from wzrd.language.beats.bodies import body
from wzrd.language.beats.clauses import cut_of, is_participle
from wzrd.language.beats.feelings import feelings_in
from wzrd.language.beats.props import names_thing
from wzrd.language.people.mentions import PersonMention
from wzrd.language.people.pronoun_words import UNSPACED
from wzrd.language.words import lexicon
from wzrd.language.words.role_words import DROPPED, DROPS, articles_of, connectives, is_governing
from wzrd.language.words.verb_forms import ActWord

THINGS_DO = frozenset({"move", "burn", "explode", "appear", "vanish", "fall", "other", "break", "open", "close", "die"})
"""Acts of things, too: "The door opens."."""
_FRAGMENT = 3  # words of a sentence without a verb that tells a feeling
_OF = 4  # letters between a part of somebody and their name: " di "
_SEVERAL_DO: Mapping[str, str] = {
    "es": "[aei]n", "it": "[aeo]no", "pt": "[ae]m", "pl": "(?:ją|szą|czą|dzą|rą|mią|nią|wią)",
}  # fmt: skip
"""Endings of verbs that several do."""
_WIDE_SUBJECT = re.compile("[\u4e00-\u9fff\u30a1-\u30fc][\u304c\u306f]")
_INVERTED = frozenset({"de", "es", "it", "nl", "pt", "pl", "ru", "sv"})
"""Languages in which a subject may stand behind its verb."""


def has_no_subject(sentence: str, people: Sequence[PersonMention], first: ActWord, language: str) -> bool:
    """True if whoever acted last acts again: "Opens the door.", "Abre la puerta."."""
    leads_on = is_participle(sentence, first) or (language in UNSPACED and _ends_with(sentence, people))
    if leads_on and any(not one.is_object and not one.owns for one in people):
        return False
    tears = first.act == "weep" and any(one.owns for one in people)  # "A tear runs down her cheek."
    if tears or _is_of_part(sentence[: first.start], people, language):
        return False
    cut = cut_of(language).search(sentence, first.end)
    end = cut.start() if cut and cut.group() != ":" else len(sentence)
    people = [one for one in people if one.start < end or one.start < first.start]
    if any(not one.is_object and not one.owns for one in people if one.start < first.start):
        return False
    if _has_own_subject(sentence[: first.start], language) and not body(language).search(sentence):
        return False
    ahead = words_of(sentence[: first.start].casefold())
    if all(word in connectives(language) or (language == "en" and lexicon.is_adverb(word)) for word in ahead):
        return language not in _INVERTED or not any(not one.is_object for one in people)
    dropped = language in DROPPED and (first.act not in THINGS_DO or bool(people))
    return dropped and not any(not one.is_object and not one.owns for one in people)


def is_several(sentence: str, first: ActWord, language: str) -> bool:
    """True if a verb without a subject is told of several: "Brindan.", "Cadono."."""
    ends = _SEVERAL_DO.get(language)
    return ends is not None and re.match(rf"\w*{ends}(?!\w)", sentence[first.start :]) is not None


def tells_of_subject(sentence: str, people: Sequence[PersonMention], language: str) -> bool:
    """True if a sentence without a known verb and a subject is told of whoever acted last."""
    led = _is_felt(sentence, language) or _dropped(language).match(sentence) is not None
    led = led and not _is_of_part(sentence, people, language)
    owned = language in DROPPED  # "Ajeita a gravata dele."
    return led and all(one.is_object or (owned and one.owns and one.pronoun) for one in people)


def _is_of_part(ahead: str, people: Sequence[PersonMention], language: str) -> bool:
    """True if a part of somebody with a name leads: "Il viso di Anna si disfa."."""
    part = body(language).search(ahead)
    named = (one.start for one in people if one.is_object and not one.pronoun)
    return part is not None and any(0 < start - part.end() <= _OF for start in named)


def _is_felt(sentence: str, language: str) -> bool:
    """True if a sentence is no more than what somebody feels: "Surprised."."""
    words = sentence.casefold().split()
    alone = len(words) <= _FRAGMENT and not sentence.isupper() and not (lexicon.AUX | lexicon.ARTICLES) & set(words)
    return alone and bool(feelings_in(sentence, language))


def _has_own_subject(ahead: str, language: str) -> bool:
    """True if a noun that is nobody stands before the verb: "Las llaves salen volando"."""
    if language == "ja":
        return _WIDE_SUBJECT.search(ahead) is not None
    words = ahead.casefold().split()
    if language in {"pl", "ru"} and words and names_thing(words[-1].strip(","), language):
        return True  # "Pociąg wjeżdża w tunel."
    if language not in DROPPED or len(words) <= 1:
        return False
    articles = articles_of(language)  # "Accanto a lui un gatto dorme"
    return words[0] in articles or (words[-2] in articles and not is_governing(words[-3:-2], language))


@cache
def _dropped(language: str) -> re.Pattern[str]:
    """Beginnings of sentences whose subject is left out: "Non si muove.", "Da un paso."."""
    return re.compile(rf"\W*(?:{DROPS.get(language, '(?!)')})", re.IGNORECASE)


def _ends_with(sentence: str, people: Sequence[PersonMention]) -> bool:
    """True if a sentence ends with who does it, as relative clauses of Japanese do."""
    end = len(sentence.rstrip(" \u3002."))
    return any(one.end == end and not one.is_object for one in people)
