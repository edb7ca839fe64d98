"""Whom a sentence means: names, pronouns, roles ("his wife", "the old man"), in several languages. Pure.

In doubt nobody is meant. The words are data (antecedents.json).
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from wzrd.contracts.acts import Act
from wzrd.domain.names import id_of, words_of
from wzrd.language.beats.bodies import body
from wzrd.language.beats.company import PAIR, SIBLINGS, companies_in, members_of
from wzrd.language.beats.nouns import NounReader, SentenceWord
from wzrd.language.beats.people_at_hand import MOST_TOGETHER
from wzrd.language.people.apposition import (
    NEAR_VERB,
    QUANTITIES,
    is_governed,
    owns_next,
)
from wzrd.language.people.mentions import Mentions, PersonMention
from wzrd.language.people.pronoun_words import (
    DATA,
    TOKEN,
    UNSPACED,
    PronounWord,
    pairs_of,
    pronoun_at,
    table_of,
    together_of,
    uncontracted,
)
from wzrd.language.people.register import Register
from wzrd.language.words.acts import BODY
from wzrd.language.words.person_words import Gender
from wzrd.language.words.plurals import singular_of_people
from wzrd.language.words.role_words import DROPPED, demonstratives
from wzrd.language.words.verb_forms import ActWord

_SUFFERED: frozenset[Act] = frozenset({"fall", "die", "lie", "weep", "scream", "tremble", "dodge", "kneel", "sleep"})
"""Acts of whoever something was done to just before: "Nadia slaps Vera. She falls."."""
_DOUBLED = re.compile(r"\ba(?:l| la| los| las| su| mi)? [A-Z\u00c1\u00c9\u00cd\u00d3\u00da\u00d1]")
"""Whom a Spanish pronoun before the verb stands for too: "le da a Ana"."""

_CLAUSE_END = re.compile(r"[,;:.()\u2013\u2014]| (?:and|as|while|und|et|y|e|i|en|och|\u0438) ")


@cache
def _own_body(language: str) -> re.Pattern[str]:
    """Parts of a body behind "his" or "her", and what stands for one: "his ear", "threads her fingers into his."."""
    clothes = "gloves? body lap back chest coat jacket sleeve collar lapels? shirt skirt apron scarf belt tie"
    words = "|".join(f"{BODY.get(language, '')} {clothes if language == 'en' else ''}".split())
    return re.compile(rf"\s+(?:\w+(?:,\s+|\s+)){{0,2}}(?:{words})(?!\w)|\s*(?:[.;!?]|$)", re.IGNORECASE)


class Antecedents(NounReader):
    """Reads whom sentences mean, in the page's order; remembers who was named last, for pronouns."""

    def __init__(self, register: Register, mentions: Mentions, language: str) -> None:
        super().__init__(register, mentions, language)
        self._demonstratives = demonstratives(language)
        self._everybody = frozenset(str(DATA["everybody"].get(language, "")).split())

    def find(self, sentence: str, acts: Sequence[ActWord], start: int = 0) -> list[PersonMention]:
        """Everybody whom a sentence names or means, in its order. `acts` are its verbs, `start` its place."""
        self.until, self._said = start + len(sentence), {}
        self._suffers = bool(acts) and acts[0].act in _SUFFERED
        named = [
            PersonMention(
                one.start, one.end, id_of(self._canonical(one.key)),
                is_object=is_governed(sentence, one.start, one.end, self._language) or one.inflected
                or self._is_suffering(sentence, one.start, acts),
                owns=one.genitive or owns_next(sentence, one.end),
            )
            for one in self._mentions.find(sentence)
        ]  # fmt: skip
        if self._language in UNSPACED:
            named += self._groups_in(sentence, named)
            found = [*named, *self._unspaced(sentence, named)]
            found += list(self._strangers_in(sentence, found, acts))
        else:
            found = [*named, *self._meanings(sentence, named, acts)]
        return sorted(found, key=lambda one: one.start)

    def _meanings(
        self, sentence: str, named: Sequence[PersonMention], acts: Sequence[ActWord]
    ) -> Iterator[PersonMention]:
        """The pronouns and roles of a sentence."""
        pairs = list(self._pairs(sentence, acts))
        yield from pairs
        named = [*named, *pairs]
        starts = sorted(one.start for one in named)
        tokens = list(TOKEN.finditer(sentence))
        words = [uncontracted(token.group().casefold().replace("\u2019", "'")) for token in tokens]
        said: list[PersonMention] = []
        met, here, count = list[PersonMention](), list[str](), -1
        for at, token in enumerate(tokens):
            start = token.start()
            if (passed := bisect_left(starts, start) + len(said)) != count:
                met, count = [*(one for one in named if one.start < start), *said], passed
                here = [one.person for one in met]
                self._acting = next((one.person for one in met if not one.is_object and not one.owns), "")
            if any(one.start <= start < one.end for one in named):
                continue
            one_word = SentenceWord(sentence, tokens, words, at, [*named, *said] if said else named, here, acts)
            for one in self._meaning(one_word):
                said.append(one)
                yield one

    def _pairs(self, sentence: str, acts: Sequence[ActWord]) -> Iterator[PersonMention]:
        """The two people whom "both", "die beiden", "as duas" mean where no noun follows."""
        yield from self._companies(sentence)
        for many, words in together_of(self._language):
            for found in words.finditer(sentence):
                able = [one for one in self._around() if self._may_be_meant(one, alone=True)][:many]
                able = able or (self._last_pair() if many == PAIR else [])
                yield from (PersonMention(*found.span(), one) for one in able if len(able) == many)
        pattern = pairs_of(self._language)
        for found in pattern.finditer(sentence) if pattern else ():
            rest = sentence[found.end() :]
            following = TOKEN.match(rest, 1)
            if following and singular_of_people(following.group().casefold(), self._language):
                continue  # "both women" are told by their noun
            if following and _own_body(self._language).match(rest):
                continue  # "throws both arms around her"
            acts_next = any(found.end() < act.start <= found.end() + NEAR_VERB for act in acts)
            acts_next = acts_next or rest.startswith((" are ", " were ", " have "))
            if acts_next or not rest[:2].strip(" ").isalpha():
                is_object = is_governed(sentence, *found.span(), self._language)
                pair = self._several((), PronounWord("", is_object, several=True))
                yield from (PersonMention(*found.span(), one, is_object) for one in pair)

    def _companies(self, sentence: str) -> Iterator[PersonMention]:
        """Those at hand whom a noun for several means: "the children", "the others"."""
        for kind, start, end in companies_in(sentence, self._language):
            named = {id_of(self._canonical(one.key)) for one in self._mentions.find(sentence)}
            around = [one for one in self._around() if self._may_be_meant(one, alone=True)]
            kin = [
                one for one in around if any(self._names_of(one) & self._names_of(two) for two in around if two != one)
            ]
            around = kin if len(kin) == PAIR and kind in SIBLINGS else around
            free = around if kind == "all" else [one for one in around if one not in named]
            if not any(word in self.keys for word in words_of(sentence[start:end].casefold())):
                is_object = is_governed(sentence, start, end, self._language)
                found = members_of(kind, free, tuple(named) or (self.subject,), self.profile)
                yield from (PersonMention(start, end, one, is_object) for one in found)

    def _meaning(self, of: SentenceWord) -> Iterator[PersonMention]:
        word, start, end, here = of.word, of.start, of.end, of.here
        possessives = table_of(self._language)["own"]
        if word in possessives and of.words[max(0, of.at - 1)] in possessives and of.at:
            return  # "door zijn haar": a possessive behind another one is a noun
        if own := self._owner(word, of.sentence[end:]):
            if person := self.meant(own, [one.person for one in of.named if one.start > start] + list(here)):
                yield PersonMention(start, end, person, owns=True)  # "His fingers close on the key"
        elif pronoun := pronoun_at(of.sentence, of.tokens, of.words, of.at, of.acts, self._language):
            yield from self._pronoun(of, pronoun)
        elif not of.at and word in self._demonstratives and of.does_next():
            gender = self._demonstratives[word]
            others = [one for one in self._around() if one != self.subject and self._may_be_meant(one, alone=True)]
            able = [one for one in others if not gender or self.profile(one.casefold()).gender == gender]
            yield from (PersonMention(start, end, one, pronoun=True) for one in able[:1])  # "Der bei\u00dft hinein."
        elif word in self._everybody and not here and of.does_next():
            yield from (PersonMention(start, end, one) for one in self.present[:MOST_TOGETHER])
        else:
            yield from self._noun(of)

    def _pronoun(self, of: SentenceWord, pronoun: PronounWord) -> Iterator[PersonMention]:
        """Whom a pronoun means."""
        if pronoun.dative and self._language == "es" and _DOUBLED.search(of.sentence, of.end):
            return  # "le da a Ana"
        leads = self._language in DROPPED and body(self._language).search(of.sentence, 0, of.start) is not None
        suffers = (leads or pronoun.dative) and not of.here and not any(act.end <= of.start for act in of.acts)
        if of.words[max(0, of.at - 2) : of.at] == [of.words[0], "of"] and of.words[0] in QUANTITIES:
            pronoun = replace(pronoun, is_object=False)  # "One of them holds up three fingers"
        meant = (
            self._several(of.here, pronoun)
            if pronoun.several
            else [self.meant(pronoun.gender, of.here, is_object=pronoun.is_object, barred=self._done_to(of))]
        )
        doer = self.doer() if suffers and not pronoun.several else ""
        fits = doer and (not pronoun.gender or self.profile(doer.casefold()).gender in {pronoun.gender, ""})
        meant = [doer] if fits else meant  # "se le cae"
        yield from (
            PersonMention(of.start, of.end, one, pronoun.is_object, dative=pronoun.dative, pronoun=True)
            for one in meant
            if one
        )

    @staticmethod
    def _done_to(of: SentenceWord) -> list[str]:
        """Who is named behind a word in its clause, and owns nothing there."""
        clause = _CLAUSE_END.search(of.sentence, of.end)
        until = clause.start() if clause else len(of.sentence)
        return [one.person for one in of.named if of.end <= one.start < until and not one.owns]

    def _owner(self, word: str, after: str) -> Gender:
        gender = table_of(self._language)["own"].get(word, "")
        return gender if gender and _own_body(self._language).match(after) else ""
