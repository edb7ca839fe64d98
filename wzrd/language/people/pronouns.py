"""Pronouns bound to the right name: the nearest person of the right kind, else nobody."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wzrd.domain.names import voice_key, words_of
from wzrd.domain.shots import Line
from wzrd.language.people.mentions import Mention, Mentions, sentences_of
from wzrd.language.words import lexicon, person_words
from wzrd.language.words.plurals import is_agent, singular_of_people
from wzrd.language.words.role_words import ANIMALS

INTRODUCED = 3
"""Weight of a pronoun in the sentence that brings somebody in."""
_PHRASE = 5  # words of a noun phrase
_TOKEN = re.compile(r"[^\W_]+(?:[-'\u2019][^\W_]+)*|\u5f7c\u5973|\u5f7c")
_OPENED = re.compile(r"(?: [A-Z][\w'\u2019-]*)?\s*[,(]")
_APPOSITION = re.compile(r"\s*(?:[,(\u2013\u2014]|--?)\s*")
_CLAUSE = re.compile(r"[,;:\u2013\u2014]|--|\b(?:and|but|as|while|when|who|that|then|so|because|until|before|after)\b")
_RE = lexicon.patterns("pronouns")
OBJECT_ENDS = _RE["object_ends"]
_ONLY_OBJECTS = frozenset(str(person_words.OBJECT_PRONOUNS).split())
"""Pronouns that never mean the subject of their clause: "stoi za nim", "grejer med hans hatt"."""
_SUBJECTS = frozenset({"he", "she"})
_ANTECEDENTS = frozenset({"one", "whom"})
"""Words before a clause about somebody else: "HAMISH, the one she should have married"."""
_INDEFINITE = frozenset({"a", "an", "another"})
_BEFORE_NOUN = person_words.DETERMINERS | person_words.ADJECTIVES.keys()
_Known = Callable[[str], person_words.Gender]
_HERS: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    "de": {"sie": _RE["her_verb"]}, "nl": {"ze": _RE["her_verb"], "haar": _RE["her_thing"]}
}  # fmt: skip
"""Words behind pronouns that mean a woman there, and several people or hair otherwise."""


@dataclass(frozen=True, slots=True)
class _Someone:
    """Somebody who is at hand: a key, or nobody's with the gender that a noun or a given name gave."""

    key: str
    gender: person_words.Gender = ""


@dataclass(frozen=True, slots=True)
class _Pronoun:
    """`is_object`: of the clause whose subject was named last, so it means somebody else ("Ann looks at her")."""

    gender: person_words.Gender
    is_object: bool


def pronoun_votes(
    scenes: Sequence[Sequence[str | Line]],
    mentions: Mentions,
    known: _Known,
    hinted: Collection[str],
    language: str,
) -> Mapping[str, tuple[int, int]]:
    """Counts of "he" and of "she" that certainly mean each of the people; `known` are their genders so far.

    `hinted`: of whom a trade alone tells it, so "Le peintre, ANNA" is she where nobody else can be.
    `scenes` are paragraphs and lines in the page's order: whoever speaks is at hand for the next pronoun.
    """
    reader = _PronounReader(mentions, known, hinted, language)
    for page in scenes:
        reader.read(page)
    return reader.votes


def _opens(ahead: str) -> bool:
    """True if a clause begins behind these words."""
    return not ahead.strip() or ahead.rstrip()[-1:] in ",;:." or ahead.endswith((" und ", " en "))


def _means_person(text: str) -> bool:
    """True if a phrase is somebody: "his wife", "her late husband's boss", and no "his tie undone"."""
    words = words_of(re.split(r"[^\w\s'\u2019-]", text, maxsplit=1)[0].casefold())[:_PHRASE]
    bare = [word.removesuffix("'s") for word in words]
    nouns = person_words.NOUNS.keys() | person_words.LIKELY.keys() | person_words.RELATIONS.keys() | lexicon.PERSONS
    return any(word in nouns or is_agent(word) or word.endswith(("ist", "mate")) for word in bare)


def _nameless(word: str, before: str) -> _Someone | None:
    """Somebody whom a noun means, with the sex that it tells; None where it means nobody."""
    gender = person_words.NOUNS.get(word, ("", ""))[0]
    if gender and before in _BEFORE_NOUN:
        return _Someone("", gender)
    return _Someone("") if word in lexicon.PERSONS and before in _INDEFINITE else None


def _means_another(word: str, before: str, after: str, *, same_clause: bool) -> bool:
    """True if a pronoun cannot mean whoever its clause is about: an object, or the subject of a clause of its own."""
    if word in _SUBJECTS and (before in _ANTECEDENTS or before in person_words.NOUNS):
        return True
    is_object = word in _ONLY_OBJECTS or (word == "her" and OBJECT_ENDS.match(after) is not None)
    return is_object and same_clause


class _PronounReader:
    def __init__(self, mentions: Mentions, known: _Known, hinted: Collection[str], language: str) -> None:
        self.votes: dict[str, tuple[int, int]] = {}
        self._mentions, self._known, self._hinted = mentions, known, hinted
        self._table = person_words.pronouns_of(language)
        self._hers = _HERS.get(language, {})
        self._met: set[str] = set()
        self._scene: set[_Someone] = set()

    def read(self, page: Sequence[str | Line]) -> None:
        """A scene's paragraphs and lines, in order."""
        at_hand: list[_Someone] = []
        self._scene = set()
        for part in page:
            if isinstance(part, str):
                for sentence in sentences_of(part):
                    at_hand = self._sentence(sentence, at_hand) or at_hand
                    self._scene |= set(at_hand)
            elif (key := voice_key(part.character)) in self._mentions.keys:
                at_hand = [*at_hand, _Someone(key)]
                self._scene.add(at_hand[-1])

    def _sentence(self, sentence: str, before: Sequence[_Someone]) -> list[_Someone]:
        """Counts the pronouns of a sentence; returns who is named in it."""
        sentence = _RE["measured"].sub(lambda found: " " * len(found.group()), sentence)
        named = list(self._mentions.find(sentence))
        opened = {one.key for one in named if one.capital and _OPENED.match(sentence[one.end :])}
        here: list[_Someone] = []
        barred = self._done_to(sentence, named)
        for event in self._events(sentence, named):
            if isinstance(event, _Someone):
                here.append(event)
                continue
            single = here[0].key if len(set(here)) == 1 else self._latest(here, opened, event.gender)
            introduced = bool(single) and not event.is_object and (single not in self._met or single in opened)
            self._count(
                single if introduced else self._meant(event, here, [one for one in before if one.key not in barred]),
                event.gender,
                introduced=introduced,
            )
        self._met |= {someone.key for someone in here}
        return here

    def _done_to(self, sentence: str, named: Sequence[Mention]) -> Collection[str]:
        """Whom the first clause names behind the pronoun that begins it, so who is another: "She hands Mum a cup"."""
        first = _TOKEN.match(sentence.lstrip())
        if first is None or first.group().casefold() not in self._table:
            return ()
        clause = _CLAUSE.search(sentence)
        owners = (one for one in named if clause is None or one.start < clause.start())
        return {one.key for one in owners if sentence[one.end :][:2] not in {"'s", "\u2019s"}}

    def _latest(self, here: Sequence[_Someone], opened: Collection[str], gender: person_words.Gender) -> str:
        """Whoever was brought in last, where a pronoun can be theirs: "DOYLE (50), ROOKIE (23), his pistol shaking"."""
        can_be = bool(here) and here[-1].key in opened and self._gender(here[-1]) in {"", gender}
        return here[-1].key if can_be and all(self._gender(one) != gender for one in here[:-1]) else ""

    def _count(self, key: str, gender: person_words.Gender, *, introduced: bool) -> None:
        if key:
            he, she = self.votes.get(key, (0, 0))
            weight = INTRODUCED if introduced else 1
            self.votes[key] = (he + weight, she) if gender == "man" else (he, she + weight)

    def _events(self, sentence: str, named: Sequence[Mention]) -> Iterator[_Someone | _Pronoun]:
        """The pronouns of a sentence, and between them the people who are named, in order."""
        starts = {mention.start: mention for mention in named}
        until, end, before = 0, 0, ""
        for found in _TOKEN.finditer(sentence):
            if found.start() < until:
                continue
            word = found.group().casefold().replace("\u2019", "'")
            if (mention := starts.get(found.start())) is not None:
                until = mention.end
                if not singular_of_people(mention.key.rpartition(" ")[2]):
                    yield _Someone(mention.key)
            elif word in self._hers and self._hers[word].match(sentence, found.end()):
                clear = before not in _BEFORE_NOUN if word == "haar" else _opens(sentence[: found.start()])
                yield from [_Pronoun("woman", is_object=False)] if clear else []
            elif word in self._table:
                # in "ANNA, his wife" he is somebody who was named before
                apposed = word in person_words.POSSESSIVES and _APPOSITION.fullmatch(sentence[end : found.start()])
                if apposed and _means_person(sentence[found.end() :]):
                    yield _Pronoun(self._table[word], is_object=True)
                else:
                    between = sentence[until : found.start()]
                    same_clause = _CLAUSE.search(between) is None or _RE["beside"].fullmatch(between) is not None
                    another = _means_another(word, before, sentence[found.end() :], same_clause=same_clause)
                    yield _Pronoun(self._table[word], another)
            elif found.group()[0].isupper() and before and person_words.is_given_name(word):
                yield _Someone("", person_words.gender_of_name(word))
            elif someone := _nameless(word, before):
                yield someone
            before, end = word, found.end()

    def _meant(self, pronoun: _Pronoun, here: Sequence[_Someone], before: Sequence[_Someone]) -> str:
        """Whom a pronoun means; '' where it may be several, or nobody who is known."""
        if pronoun.is_object and len(set(here)) == 1:
            here, before = [], [one for one in before if one != here[0]]
        for wanted in (pronoun.gender, ""):
            for people in (here, before):
                if able := {one for one in people if self._gender(one) == wanted}:
                    return self._only(able)
        for wanted in (pronoun.gender, ""):  # she is no Marcel where a Marie, or a judge, was before
            if former := {one for one in self._scene - {*here, *before} if self._gender(one) == wanted}:
                return self._only(former)
        anybody = {*here, *before}
        return self._only({one for one in anybody | self._scene if one.key in self._hinted} or anybody)

    def _only(self, able: Collection[_Someone]) -> str:
        """The only one of these; a voice that no sentence has named is behind whoever acts, and so is an animal."""
        people = [one for one in able if one.key not in ANIMALS] or [*able]
        people = [one for one in people if not one.key or one.key in self._met] or people
        return people[0].key if len(people) == 1 else ""

    def _gender(self, someone: _Someone) -> person_words.Gender:
        he, she = self.votes.get(someone.key, (0, 0))
        told: person_words.Gender = "man" if he - she >= INTRODUCED else "woman" if she - he >= INTRODUCED else ""
        return someone.gender or (self._known(someone.key) or told if someone.key else "")
