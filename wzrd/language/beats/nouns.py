"""Whom a noun means ("his wife", "the old man", "L'enfant"), in several languages. Pure."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from wzrd.contracts.acts import Act
from wzrd.domain.names import id_of
from wzrd.language.beats.props import names_thing
from wzrd.language.beats.referents import Referents
from wzrd.language.people.apposition import (
    NEAR_PRONOUN,
    acts_near,
    brought_in,
    is_apposed,
    is_governed,
    is_named_behind,
)
from wzrd.language.people.mentions import Mentions, PersonMention
from wzrd.language.people.profiles import Asked
from wzrd.language.people.pronoun_words import (
    DATA,
    table_of,
)
from wzrd.language.people.register import Register
from wzrd.language.words import lexicon, person_words
from wzrd.language.words.acts import BODY, is_noun
from wzrd.language.words.english_acts import is_verb
from wzrd.language.words.plurals import singular_of_people
from wzrd.language.words.role_words import (
    BEASTS,
    DEFINITE,
    DROPPED,
    GROUPS,
    NO_ARTICLES,
    THE_TWO,
    TOYS,
    articles_of,
    connectives,
    indefinite,
    is_definite,
    is_led,
    nominal,
)
from wzrd.language.words.verb_forms import ActWord

_COMMA = re.compile(r", (?:[A-Z\u00c0-\u00de][A-Z\u00c0-\u00de.]* )?\Z")
"""A comma right before a name, or before its title in capitals."""
_DONE_TO: frozenset[Act] = frozenset({"strike", "push", "take", "catch", "drag", "touch", "stab", "carry"})
_AT_ANIMALS: frozenset[Act] = frozenset({"hug", "kiss", "touch", "strike", "fight", "push", "drag", "stab"})
"""Acts that are done to an animal and not with it as with a thing."""
_LEAST_OBJECT = 5
_STEM = 5  # letters that an adjective's forms share
_SETTLES: frozenset[Act] = frozenset(
    {"sit", "stand", "lie", "sleep", "walk", "run", "enter", "appear", "jump", "climb"}
)
"""Acts without an object: who stands behind such a verb does it."""
_COMES: frozenset[Act] = frozenset({*_SETTLES, "leave"})
_SHORTEST_NOUN = 3
_NOBODY = frozenset(str(DATA["nobody"]).split())
"""Words for nobody and anybody: "Ingen tittar p\u00e5 honom"."""
_THINGS_OF = (
    lexicon.OBJECTS | lexicon.LARGE | lexicon.VOICES | {"office", "housing", "station", "arm", "costume"}
).union(lexicon.PLACES, {"seat", "mask"})
_ADJECTIVES_TOO = frozenset(str(DATA["adjectives_too"]).split())
"""English words for people that tell of a noun behind them: a general strike, a criminal act."""
_AMOUNTS, _ATTRIBUTIVE = (frozenset(str(DATA[kind]).split()) for kind in ("amounts", "attributive"))
"""Nouns that may count others, "a couple of beers", and that may tell of others: "a ghost town"."""
_NO_NOUNS = frozenset(str(DATA["no_nouns"]).split()) | lexicon.PREPOSITIONS | lexicon.PAST | lexicon.AUX
_IS = frozenset(str(DATA["is"]).split())
_PREDICATE = 60  # letters before a noun
_NO_PEOPLE = lexicon.IMPERSONAL | lexicon.ABSTRACT
_SUFFERING = frozenset({"him", "her", "them", "me", "us"})
"""Pronouns before which a word is a verb."""
_BODY_WORDS = frozenset(BODY["en"].split())
_RE = lexicon.patterns("nouns")
_KIN = person_words.RELATIONS.keys()
_AGED = re.compile(r" ?[(\uff08]\d\d?[)\uff09,]")
"""An age behind a noun."""
_AND = frozenset({"and", "und", "et", "y", "e", "i", "en", "\u0438"})
_LEAST_PHRASE, _ADJECTIVES = 2, 3
_PHRASE = re.compile(r"(?:,? [^\W\d_][\w'\u2019-]*)*,? ")
"""Words between an article and a noun."""
_ADJECTIVES_AHEAD = frozenset({"en", "de", "nl", "sv"})
"""Languages in which adjectives stand before their noun; in others a few do."""
_PRENOMINAL, _DEVICES = (frozenset(str(DATA[kind]).split()) for kind in ("prenominal", "devices"))
_NO_ADJECTIVES = lexicon.PREPOSITIONS | lexicon.AUX | lexicon.PRONOUNS | lexicon.CONJUNCTIONS
_OPENS = 3  # words before a noun that begins a sentence
_MEMBERS: Mapping[str, str] = DATA["members"]
"""Words for one of several: "The eldest bows"."""
_WIDE_NOUN = re.compile("(?:^|[\u3002\u3001\u300c\u300d\\s])([\u4e00-\u9fff]{2,4})(?=[\u304c\u306f])")
_WIDE_GROUP = re.compile("[\u4e00-\u9fff\u30a1-\u30fc]{1,6}(?:\u305f\u3061|\u9054)(?=[\u304c\u306f\u3082])")
"""Several of a kind that lives: \u7f6a\u4eba\u305f\u3061."""
_WIDE_DEEDS = "\u6b69\u5ea7\u7720\u6ce3\u7b11\u53eb"
ONLY_PEOPLE: frozenset[Act] = frozenset({
    "speak", "laugh", "look", "listen", "wave", "point", "read", "write", "phone", "hand_over", "hug", "kiss",
    "smoke", "photograph", "show", "kneel", "sleep", "dance", "drink", "type", "hold_hands", "kneel_beside",
})  # fmt: skip
"""Acts that only people do, and animals of some."""
ALIVE: frozenset[Act] = frozenset({"walk", "drag", "carry", "push", "take", "fight", "aim", "sit", "throw", "search"})
"""Acts of whoever lives, where capitals bring in somebody."""


def _is_thing(word: str) -> bool:
    """True if an English word can only be a noun behind another: the hug of "a bear hug"."""
    known = {word, word.removesuffix("s")} & (_NO_PEOPLE | _THINGS_OF)
    return bool(known) and word not in _NO_NOUNS and not (word.endswith("s") and is_verb(word))


def _is_predicate(ahead: str, named: Sequence[PersonMention]) -> bool:
    """True if the noun behind these words only says what somebody is: "She's a nurse", "Bob is a quiet thief"."""
    parts = [ahead[-_PREDICATE:], *(ahead[one.end :] for one in named if one.end <= len(ahead))]
    return any(_RE["predicate"].search(part.casefold()) for part in parts)


@cache
def _behind_verb(language: str) -> re.Pattern[str]:
    """The rest of a verb, and an article, right behind which its subject stands: "siedzi kura"."""
    return re.compile(rf"\w* (?:(?:{'|'.join(articles_of(language)) or '(?!)'}) )?", re.IGNORECASE)


@dataclass(slots=True)
class SentenceWord:
    """A word of a sentence, with its verbs, and whom the sentence names: `named` in all, `here` ahead of the word."""

    sentence: str
    tokens: Sequence[re.Match[str]]
    words: Sequence[str]
    at: int
    named: Sequence[PersonMention]
    here: Sequence[str]
    acts: Sequence[ActWord]

    @property
    def word(self) -> str:
        """The word, without a contraction, in small letters."""
        return self.words[self.at]

    @property
    def before(self) -> str:
        """The word before it; '' at the head."""
        return self.words[self.at - 1] if self.at else ""

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.tokens[self.at].start()

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.tokens[self.at].end()

    def does_next(self) -> bool:
        """True if the next word is what somebody does: "Everyone laughs", and not "todos los d\u00edas"."""
        if self.at + 1 >= len(self.tokens):
            return False
        start, end = self.tokens[self.at + 1].span()
        return any(start <= one.start < end for one in self.acts)


class NounReader(Referents):
    """Reads whom the nouns of sentences mean, in the page's order."""

    def __init__(self, register: Register, mentions: Mentions, language: str) -> None:
        asked = Asked(register.roles, register.aliases, register.canonical, register.profile)
        super().__init__(asked, mentions.keys, language)
        self._indefinite, self._nominal = indefinite(language), nominal(language)
        self._members = frozenset(_MEMBERS.get(language, "").split())
        self._mentions = mentions
        self._said: dict[str, str] = {}  # whom the nouns of a sentence mean
        self._described: dict[str, str] = {}  # whom the words before a noun have brought in: "a German boy"
        self._groups = register.groups

    def _noun(self, of: SentenceWord) -> Iterator[PersonMention]:
        """Whom a noun means, if it means somebody."""
        word, start, end, here = of.word, of.start, of.end, of.here
        role = person_words.base_form(word, self._language).removesuffix("'s")
        before = self._lead(of) if self._is_person(role) else of.before
        after = of.words[of.at + 1] if of.at + 1 < len(of.words) and of.sentence[end : end + 1] == " " else ""
        if self._is_no_noun(of, before, after):
            return
        if role in self._animals - BEASTS and (is_led(before, self._language) or self._language in NO_ARTICLES):
            self.beast = id_of(self._canonical(role))
        if self._stands_alone(of):
            alone = filter(None, [self._of_kind(role, before, here)])
            yield from (
                PersonMention(start, end, one, is_governed(of.sentence, start, end, self._language)) for one in alone
            )
        elif elided := self._elided(word, of.at):
            if not is_apposed(of.sentence, start, of.named) and (person := self._of_role(elided, "le", here)):
                yield PersonMention(end - len(elided), end, person)
        elif self._is_group(word, before, of.words[of.at - 2] if of.at > 1 else "") and (
            (here and word not in GROUPS)
            or acts_near(of.sentence, of.acts, end)
            or (of.at <= _OPENS and (of.acts or before in person_words.NUMBERS))
            or self._is_bare(before, after)
        ):
            ahead = of.words[of.at - 2] if of.at > 1 and before not in THE_TWO else before
            if not (here and _RE["one_of"].search(of.sentence[max(0, start - NEAR_PRONOUN) : start])) and not (
                ahead in THE_TWO and len({*here}) > 1 and is_apposed(of.sentence, start, of.named)
            ):  # "They grapple, two big men on a dock"
                yield from self._group_meant(of, before)
        elif self._is_role(role, before, of.at) or self._is_paired(of):
            yield from self._role_meant(of, role, before, after)
        elif person := self._stranger(of):
            is_object = is_governed(of.sentence, start, end, self._language) or self._is_handled(of)
            yield PersonMention(start, end, person, is_object)

    def _is_no_noun(self, of: SentenceWord, before: str, after: str) -> bool:
        """True if a word is a verb here, or only tells of the noun behind it: "lo guarda", "a police car"."""
        word, english = of.word, self._language == "en"
        is_act = not english and any(one.start == of.start for one in of.acts)
        pronoun = self._language == "it" and of.before == "lo" and not _RE["behind_lo"].match(word)
        if is_act and (pronoun or not is_noun(of.sentence, of.start, self._language)):
            return True  # "lo guarda"
        leads = self._leads_noun(word, of.tokens[of.at + 1].group() if after else "")
        if leads and not (of.does_next() and {*of.words[of.at + 2 : of.at + 3]} & articles_of(self._language)):
            return True
        if english and (after in _SUFFERING or (word in self._animals and of.before in TOYS)):
            return True  # "The REDS mob her."
        if english and word in _AMOUNTS and (after == "of" or (of.before == "a" and after.endswith("s"))):
            return True  # "a couple of beers"
        is_verb_too = english or (self._language == "sv" and word == "far")
        return is_verb_too and before in table_of(self._language)["subject"]  # "she doctors him"

    def _role_meant(self, of: SentenceWord, role: str, before: str, after: str) -> Iterator[PersonMention]:
        """Whom a noun for one person means, unless the sentence names them beside it."""
        word, start, end, here, named = of.word, of.start, of.end, of.here, of.named
        comes = self._language in {"pl", "ru"} and self._is_behind_verb(of, _COMES)  # "wychodzi dziecko"
        is_new = comes or before in self._indefinite
        told = any(is_named_behind(of.sentence, end, one, self._language) for one in named)
        told = told or (is_apposed(of.sentence, start, named) and (is_new or self._may_be(role, start, named)))
        told = told or (self._language == "en" and any(one.end + 1 == start for one in named if not one.owns))
        told = told or (is_new and self._is_named_here(of.sentence, end, named))
        told = told or (is_new and _is_predicate(of.sentence[:start], named))
        told = told or any(of.sentence[end : one.start].strip() in _IS for one in named)  # "His companion is ATHOS"
        definite = self._language == "sv"  # "pojken" is a subject, "pojkens" an owner
        owns = word.endswith("'s") or (definite and role != word and word.endswith("s"))
        indefinite = before in {"a", "an"}
        before = "the" if self._is_paired(of) else before  # "Father and son carry the box."
        said = brought_in(of.sentence, end, named) if is_new else ""
        last = not of.sentence[end:].strip(" .:!\u2026\u2014")  # "leading a horse: the sheriff. ELI MARSH, lean, ..."
        first = self._brought_in(role, near=not is_new) if last or is_new else []
        suffers = self._language in DROPPED and role != word and not here  # "Bierze ch\u0142opca"
        taken = [*here, self.subject] if suffers else here
        first = [self._said[role]] if role in self._said and before in DEFINITE else first
        lead = "en" if comes else before
        person = said or ("" if told or (owns and indefinite) else (*first, self._of_role(role, lead, taken))[0])
        self._said[role] = person
        ahead = of.words[max(0, of.at - 2) : of.at] if is_new and person else ()
        self._described |= dict.fromkeys((one[:_STEM] for one in ahead), person)
        shown = after in _BODY_WORDS or of.tokens[of.at].group()[:-2].isupper()
        is_elsewhere = owns and person not in self._around() and not shown  # "the baby's shoe"
        if person and not is_elsewhere:
            governed = (
                is_governed(of.sentence, start, end, self._language)
                if self._language != "en"
                else not here and self._is_suffering(of.sentence, start, of.acts)
            )
            is_object = ((role != word and not definite) or governed) and not owns
            yield PersonMention(start, end, person, is_object, owns=owns)

    def _is_behind_verb(self, of: SentenceWord, acts: Collection[Act] = _SETTLES) -> bool:
        """True if a noun stands right behind a verb without an object, which it does: "siedzi kura"."""
        ahead = (of.sentence[one.end : of.start] for one in of.acts if one.act in acts and one.end < of.start)
        return self._language != "en" and any(_behind_verb(self._language).fullmatch(one) for one in ahead)

    def _may_be(self, role: str, start: int, named: Sequence[PersonMention]) -> bool:
        """True if who is named last before a noun has the sex that it tells: LINDA, her ex-husband beside her."""
        last = max((one for one in named if one.end <= start), key=lambda one: one.end, default=None)
        known = self.profile(last.person.casefold()).gender if last else ""
        told = person_words.facts_of_noun(role, self._language)[0]
        either = role in person_words.OF_EITHER or role in person_words.ANY_TRADE
        return either or not known or told in {known, ""}

    def _group_meant(self, of: SentenceWord, before: str) -> Iterator[PersonMention]:
        """Whom a noun for several means: those at hand, two who are named soon, else a group; none of whom one is."""
        is_object = is_governed(of.sentence, of.start, of.end, self._language)
        one = singular_of_people(of.word, self._language)
        ahead = of.words[of.at - 2] if of.at > 1 else ""
        many = person_words.NUMBERS.get(before, 0) or person_words.NUMBERS.get(ahead, 0)
        members = [key for key in map(id_of, self._groups.get(of.word, ())) if key in self.present]
        if members and many in {0, len(members)}:
            named = {mention.person for mention in of.named}  # "Two men, BOB and JIM, push"
            yield from (PersonMention(of.start, of.end, key, is_object) for key in members if key not in named)
            return
        several = self._of_group(of.word, before, of.here)
        several = several or (self._brought_in(one, 2) if before in THE_TWO else []) or [id_of(of.word)]
        yield from (PersonMention(of.start, of.end, one, is_object) for one in several)

    def _stands_alone(self, of: SentenceWord) -> bool:
        """True if an adjective stands for somebody: "Der Alte lacht", "Ma\u0142a wzrusza ramionami"."""
        if of.word not in self._nominal or self._is_person(of.word):
            return False
        if self._language == "de":
            return of.tokens[of.at].group()[0].isupper() and of.at > 0 and is_led(of.before, "de")
        led = of.before in articles_of(self._language) if of.at else self._language in NO_ARTICLES
        return led and (of.sentence[of.end :][:1] in {"", ",", "."} or of.does_next())

    def _is_named_here(self, sentence: str, end: int, named: Sequence[PersonMention]) -> bool:
        """True if its sentence names whom a noun brings in: "A rider comes: a BOUNTY HUNTER", ", ROSA, 30"."""
        first = min((one for one in named if one.start > end), key=lambda one: one.start, default=None)
        new = {one for at, one in self._newcomers if self.until - len(sentence) <= at < self.until}
        return first is not None and first.person in new and _COMMA.search(sentence, end, first.start) is not None

    def _is_paired(self, of: SentenceWord) -> bool:
        """True if a sentence begins with two people without an article: "Mother and daughter hug"."""
        joined = len(of.words) > _LEAST_PHRASE and of.words[1] in _AND and of.at in {0, 2}
        return joined and all(self._is_person(of.words[one]) for one in (0, 2))

    def _leads_noun(self, word: str, following: str) -> bool:
        """True if a word only tells of the noun behind it: "une vieille femme", "a police car", "a female voice"."""
        after = following.casefold()
        if word in person_words.ADJECTIVES and (
            following.isupper() or person_words.is_person_noun(after, self._language)
        ):
            return True  # "una vecchia CINQUECENTO"
        if word in person_words.ADJECTIVES and self._language != "en" and names_thing(after, self._language):
            return True  # "una vecchia scatola"
        thing_or_person = after in _NO_PEOPLE or singular_of_people(after) != ""
        if self._language == "en" and word in _ADJECTIVES_TOO and thing_or_person and not is_verb(after):
            return True  # "a general hubbub", "her fellow nurses"
        is_kind = word in self._animals or word in _ATTRIBUTIVE
        if self._language == "en" and is_kind and _is_thing(after):
            return True  # "a bear hug"
        deed = is_verb(after) and (after not in lexicon.BASE_VERBS or singular_of_people(word) != "")
        return self._language == "en" and after in _THINGS_OF and not deed and not word.endswith("'s")

    def _stranger(self, of: SentenceWord) -> str:
        """Whom a word means that is no noun of the tables: one of several, or somebody by what they do."""
        if of.word in self._members and of.does_next():
            return next((one for one in self._around() if self.is_several(one)), "")
        described = self._described.get(of.word[:_STEM], "")
        alone = of.does_next() or of.sentence[of.end :][:1] in {"", ",", "."}
        if alone and of.before in DEFINITE and described in self._around():
            return described  # "The German laughs"
        animal = of.word.rpartition("'")[2]  # "L'\u00e2ne"
        if animal in BEASTS and self.beast in self.acted and is_definite(of.before, self._language):
            return self.beast  # "strokes the animal"
        if animal in self._animals and (self._acts_itself(of) or self._is_handled(of)):
            return self.beast if animal in BEASTS and self.beast else id_of(self._canonical(animal))
        is_aged = _AGED.match(of.sentence, of.end) and is_led(of.before, self._language)
        if not is_aged and not self._does_as_people_do(of):
            return ""
        known = self._roles.get(of.word, "")
        return (id_of(known) if known else self._by_another_word(of.word, of.here)) or id_of(of.word)

    def _acts_itself(self, of: SentenceWord) -> bool:
        """True if a noun leads a verb: "Le chien aboie"; an animal that something is done to is a thing."""
        inverted = self._is_behind_verb(of)
        led = is_led(of.before, self._language) if of.at else self._language in NO_ARTICLES
        led = led or (inverted and self._language in NO_ARTICLES) or "'" in of.word
        does = inverted or acts_near(of.sentence, of.acts, of.end)
        return led and does and not is_governed(of.sentence, of.start, of.end, self._language)

    def _is_handled(self, of: SentenceWord) -> bool:
        """True if a noun stands behind a verb of contact: "kicks the mule", and not "carries the mule"."""
        last = next((one for one in reversed(of.acts) if one.end <= of.start), None)
        if of.word not in self._animals or last is None or last.act not in _AT_ANIMALS:
            return False
        between = of.sentence[last.end : of.start]
        return "," not in between and len(between.split()) < _LEAST_OBJECT and is_led(of.before, self._language)

    def _does_as_people_do(self, of: SentenceWord) -> bool:
        """True if an unknown noun leads a sentence and does what only people do: "Der Gerichtsvollzieher starrt"."""
        articles, word, token = articles_of(self._language), of.word, of.tokens[of.at].group()
        leads = of.at == 1 and of.words[0].split("'")[0] in articles if articles else of.at == 0
        if self._language == "en" or not leads or of.at + 1 >= len(of.tokens) or len(word) <= _SHORTEST_NOUN:
            return False
        only = ONLY_PEOPLE | ALIVE if token.isupper() else ONLY_PEOPLE
        does = any(one.start == of.tokens[of.at + 1].start() and one.act in only for one in of.acts)
        behind = of.words[of.at + 2 : of.at + 3]
        told = any(self._is_person(person_words.base_form(one, self._language)) for one in behind)
        known = (
            (told and not articles)  # "Naprzeciwko \u015bpi \u017co\u0142nierz"
            or word in self._animals | _NOBODY | lexicon.CAPITALS_NOT
            or word in self._not_people | connectives(self._language)
            or any(one.start == of.start for one in of.acts)
        )
        return does and not known and not names_thing(word, self._language)

    def _lead(self, of: SentenceWord) -> str:
        """The word that leads a noun: the one before it, or the article before its adjectives: "the nervous waiter"."""
        words, at, before = of.words, of.at, of.before
        first = words[at - 2] if at > 1 and before in person_words.ADJECTIVES else ""
        if first in self._indefinite or (first in {"his", "her"} and of.word in _KIN):
            return first  # "a little girl" is nobody who is there
        barred = of.word in person_words.ADJECTIVES or of.word in _DEVICES or before in _NO_ADJECTIVES
        after_noun = self._language not in _ADJECTIVES_AHEAD and before not in _PRENOMINAL
        if at < _LEAST_PHRASE or barred or after_noun or is_led(before, self._language):
            return before
        for first in range(at - 2, max(-1, at - 2 - _ADJECTIVES), -1):
            token = of.tokens[first]
            between = of.sentence[token.end() : of.start]
            deeds = any(token.start() < one.start < of.start for one in of.acts)
            if words[first] in _NO_ADJECTIVES or deeds or not _PHRASE.fullmatch(between):
                return before
            if is_led(words[first], self._language) and words[first] not in person_words.ADJECTIVES:
                if first and words[first - 1] == "of" and words[first] in self._indefinite:
                    return before  # "the nerves of a bomb disposal officer"
                ages = (one for one in words[first + 1 : at] if one in person_words.ADJECTIVES)
                return next(ages, words[first])
        return before

    @staticmethod
    def _is_bare(before: str, after: str) -> bool:
        """True if several are told of without a number: "Kids are baffled"."""
        return after in lexicon.AUX and before not in person_words.NUMBERS

    def _elided(self, word: str, at: int) -> str:
        """The noun for a person behind an article that leans on it: l'enfant, l'uomo."""
        if self._language not in {"fr", "it"}:
            return ""
        head, _, noun = word.partition("'")
        led = head in {"l", "un"} and noun != ""
        return noun if led and self._is_role(noun, "la", at) else ""

    def _is_suffering(self, sentence: str, start: int, acts: Sequence[ActWord]) -> bool:
        """True if a thing does something to whoever stands right behind the verb: "A jet of water hits Walt"."""
        last = next((one for one in reversed(acts) if one.end <= start), None)
        if self._language != "en" or last is None or last.act not in _DONE_TO:
            return False
        if last is not acts[0] and any(True for _ in self._mentions.find(sentence[: last.start])):
            return False
        return len(sentence[: last.start].split()) > 1 and sentence[last.end : start].strip() in {"", "the", "a"}

    def _groups_in(self, sentence: str, taken: Sequence[PersonMention]) -> list[PersonMention]:
        """Several of a kind that lives, in a script without spaces."""
        found = (one for one in _WIDE_GROUP.finditer(sentence))
        free = (one for one in found if not any(two.start < one.end() and one.start() < two.end for two in taken))
        return [PersonMention(one.start(), one.end(), id_of(one.group())) for one in free]

    def _strangers_in(
        self, sentence: str, taken: Sequence[PersonMention], acts: Sequence[ActWord]
    ) -> Iterator[PersonMention]:
        """Unknown nouns that lead a clause of a script without spaces and do what only people do."""
        for found in _WIDE_NOUN.finditer(sentence):
            does = any(
                one.start >= found.end() and (one.act in ONLY_PEOPLE or sentence[one.start] in _WIDE_DEEDS)
                for one in acts
            )
            known = any(one.start < found.end() and found.start() < one.end for one in taken)
            if does and not known and found[1] not in self._not_people and not names_thing(found[1], self._language):
                yield PersonMention(found.start(1), found.end(1), id_of(found[1]))
