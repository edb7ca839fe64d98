"""Pronouns bound to the right name: the nearest person of the right kind, else nobody."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from wzrd.domain.mentions import Mentions, sentences_of
from wzrd.domain.names import voice_key, words_of
from wzrd.domain.person_words import DETERMINERS, NOUNS, POSSESSIVES, Gender, gender_of_name, is_given_name, pronouns_of
from wzrd.domain.shots import Line

_TOKEN = re.compile(r"[^\W_]+(?:[-'\u2019][^\W_]+)*|\u5f7c\u5973|\u5f7c")
_APPOSITION = re.compile(r"\s*(?:[,(\u2013\u2014]|--?)\s*")
_OPENED = re.compile(r"(?: [A-Z][\w'\u2019-]*)?\s*[,(]")
_SAMPLE = 20_000
_Here = list[tuple[str, Gender]]
"""Who has been named so far: a key with '' as gender, or nobody's key with the gender that a noun gave."""


def pronoun_votes(
    scenes: Sequence[Sequence[str | Line]], mentions: Mentions, known: Callable[[str], Gender]
) -> Mapping[str, tuple[int, int]]:
    """How often "he" and how often "she" is certainly each of the people; `known` their genders so far.

    `scenes` are paragraphs and lines in the page's order: whoever speaks is at hand for the next pronoun.
    """
    prose = " ".join(part for page in scenes for part in page if isinstance(part, str))
    table = pronouns_of(words_of(prose[:_SAMPLE]))
    votes: dict[str, tuple[int, int]] = {}
    met: set[str] = set()
    for page in scenes:
        carried: _Here = []
        for part in page:
            if isinstance(part, Line):
                key = voice_key(part.character)
                carried = [*carried, (key, "")] if key in mentions.keys else carried
                continue
            for sentence in sentences_of(part):
                here: _Here = []
                new = {one.key for one in mentions.find(sentence) if one.capital and _OPENED.match(sentence[one.end :])}
                for word, person in _events(sentence, mentions, table):
                    if person is not None:
                        here.append(person)
                        continue
                    alone = here[0][0] if len({*here}) == 1 and (here[0][0] not in met or here[0][0] in new) else ""
                    if who := alone or _meant(here, carried, table[word], known):
                        he, she = votes.get(who, (0, 0))
                        votes[who] = (he + 1, she) if table[word] == "man" else (he, she + 1)
                met |= {key for key, _ in here}
                carried = here or carried
    return votes


def _events(
    sentence: str, mentions: Mentions, table: Mapping[str, Gender]
) -> Iterator[tuple[str, tuple[str, Gender] | None]]:
    """The pronouns of a sentence, and between them the people who are named, in order."""
    named = {mention.start: mention for mention in mentions.find(sentence)}
    until, before, end = 0, "", 0
    for found in _TOKEN.finditer(sentence):
        if found.start() < until:
            continue
        word = found.group().casefold().replace("\u2019", "'")
        if (mention := named.get(found.start())) is not None:
            until = mention.end
            yield word, (mention.key, "")
        elif word in table and not (word in POSSESSIVES and _APPOSITION.fullmatch(sentence[end : found.start()])):
            yield word, None  # in "ANNA, his wife" he is somebody else
        elif found.group()[0].isupper() and is_given_name(word) and (found.start() or before):
            yield word, ("", gender_of_name(word))
        elif word in NOUNS and NOUNS[word][0] and before in DETERMINERS:
            yield word, ("", NOUNS[word][0])
        before, end = word, found.end()


def _meant(here: _Here, carried: _Here, gender: Gender, known: Callable[[str], Gender]) -> str:
    """Whom a pronoun of this gender means; '' where it may be several, or nobody who is known."""

    def able(people: _Here, wanted: Gender) -> set[tuple[str, Gender]]:
        return {(key, own) for key, own in people if (own or (known(key) if key else "")) == wanted}

    for wanted in (gender, ""):
        for people in (here, carried):
            if found := able(people, wanted):
                return next(iter(found))[0] if len(found) == 1 else ""
    everybody = {*here, *carried}
    return next(iter(everybody))[0] if len(everybody) == 1 else ""
