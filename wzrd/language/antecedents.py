"""Whom a sentence means: names, pronouns, roles ("his wife", "the old man"), in several languages. Pure.

In doubt nobody is meant. The words are data (antecedents.json).
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

from wzrd.contracts.breakdown import Act
from wzrd.domain.names import words_of
from wzrd.language import lexicon, person_words
from wzrd.language.acts import BODY, NO_PROPS, ActWord, is_noun, is_verb
from wzrd.language.mentions import Mentions, PersonMention
from wzrd.language.people import Register
from wzrd.language.people_at_hand import MOST_TOGETHER, PeopleAtHand, person_id
from wzrd.language.plurals import singular_of_people
from wzrd.language.pronoun_words import (
    DATA,
    TOKEN,
    UNSPACED,
    PronounWord,
    pairs_of,
    pronoun_at,
    table_of,
    together_of,
    uncontracted,
    wide_words,
)
from wzrd.language.props import names_thing
from wzrd.language.role_words import (
    ANIMALS,
    DEFINITE,
    DROPPED,
    GROUPS,
    NO_ARTICLES,
    THE_TWO,
    articles_of,
    indefinite,
    is_led,
    nominal,
)

_APPOSED = re.compile(r"(?: [^\W\d_A-Z][\w'-]+){0,2}(?:, | )\Z")
_PREDICATE = re.compile(r"\b(?:s?he|it|that|who)(?:['\u2019]s| is| was) (?:an?|the)(?: \w+){0,2} \Z", re.IGNORECASE)
_NEAR_PRONOUN = 40
_COMMA = re.compile(r", (?:[A-Z\u00c0-\u00de][A-Z\u00c0-\u00de.]* )?\Z")
"""A comma right before a name, or before its title in capitals."""
_SURNAME = re.compile(r"\A(?: [A-Z\u00c0-\u00de][\w'\u2019-]*){1,2}(?=[,(\uff08 ])")
"""The rest of a name: "Framton Nuttel, a thin young man"."""
_COPULA = re.compile(r" (?:is|was|est|\u00e9tait|es|era|ist|war|\u00e8|\u00e9|jest|to)(?: [^\W\d_A-Z][\w'-]*){1,3} ?")
_SUFFERED: frozenset[Act] = frozenset({"fall", "die", "lie", "weep", "scream", "tremble", "dodge", "kneel", "sleep"})
"""Acts of whoever something was done to just before: "Nadia slaps Vera. She falls."."""
_DONE_TO: frozenset[Act] = frozenset({"strike", "push", "take", "catch", "drag", "touch", "stab", "carry"})
_ONLY_PEOPLE: frozenset[Act] = frozenset({
    "speak", "laugh", "look", "listen", "wave", "point", "read", "write", "phone", "hand_over", "hug", "kiss",
    "smoke", "photograph", "show",
})  # fmt: skip
"""Acts that only people do, and animals of some."""
_WIDE_NOUN = re.compile("(?:^|[\u3002\u3001\u300c\u300d\\s])([\u4e00-\u9fff]{2,4})(?=[\u304c\u306f])")
_WIDE_GROUP = re.compile("[\u4e00-\u9fff\u30a1-\u30fc]{1,6}(?:\u305f\u3061|\u9054)(?=[\u304c\u306f\u3082])")
"""Several of a kind that lives: \u7f6a\u4eba\u305f\u3061."""
_WIDE_DEEDS = "\u6b69\u5ea7\u7720\u6ce3\u7b11\u53eb"
_SHORTEST_NOUN = 3
_OWN_THINGS = frozenset(
    {"sein", "ihr", "son", "sa", "ses", "su", "sus", "suo", "sua", "suoi", "sue", "seu", "seus", "suas"}
)
_MEMBERS: Mapping[str, str] = DATA["members"]
"""Words for one of several: "The eldest bows"."""
_THINGS_OF = (
    lexicon.OBJECTS
    | lexicon.LARGE
    | lexicon.PLACES.keys()
    | lexicon.VOICES
    | {"office", "housing", "station", "arm", "costume"}
)
_ONE_OF = re.compile(
    r", (?:one|eine?[rs]?|l['\u2019]une?|une?|una|uno|jed(?:en|na)|en|ett) (?:of|der|des|de|dei|delle|degli|z|av)"
    r"(?: (?:the|his|her|los|las|les))? (?:\w+ )?\Z",
    re.IGNORECASE,
)
"""Words by which somebody is told to be one of several, who need not be there."""
_CALLED = re.compile(rf"(?:,?(?: [^\W\d_]+){{0,5}})? (?:{DATA['called']})(?: [^\W\d_]{{1,3}})? ")
"""Words between a noun and the name of whom it means: "un viejo al que todos llaman ABUELO"."""
_KIN = person_words.RELATIONS.keys()
_AND = frozenset({"and", "und", "et", "y", "e", "i", "en", "\u0438"})
_LEAST_PHRASE, _ADJECTIVES = 2, 3
_PHRASE = re.compile(r"(?:,? [^\W\d_][\w'\u2019-]*)*,? ")
"""Words between an article and a noun."""
_ADJECTIVES_AHEAD = frozenset({"en", "de", "nl", "sv"})
"""Languages in which adjectives stand before their noun; in others a few do."""
_PRENOMINAL, _DEVICES = (frozenset(str(DATA[kind]).split()) for kind in ("prenominal", "devices"))
_NO_ADJECTIVES = lexicon.PREPOSITIONS | lexicon.AUX | lexicon.PRONOUNS | lexicon.CONJUNCTIONS
_QUANTITIES = frozenset(str(DATA["quantities"]).split())
_OPENS = 3  # words before a noun that begins a sentence
_NEAR_VERB = 14
"""Letters behind "both" within which its verb begins."""


@cache
def _own_body(language: str) -> re.Pattern[str]:
    """Parts of a body behind "his" or "her", and what stands for one: "his ear", "threads her fingers into his."."""
    clothes = "gloves? body lap back chest coat jacket sleeve collar lapels? shirt skirt apron scarf belt tie"
    words = "|".join(f"{BODY.get(language, '')} {clothes if language == 'en' else ''}".split())
    return re.compile(rf"\s+(?:\w+\s+)?(?:{words})(?!\w)|\s*(?:[.;!?]|$)", re.IGNORECASE)


class Antecedents(PeopleAtHand):
    """Reads whom sentences mean, in the page's order; remembers who was named last, for pronouns."""

    def __init__(self, register: Register, mentions: Mentions, language: str) -> None:
        super().__init__(
            register.roles, register.aliases, register.canonical, register.profile, mentions.keys, language
        )
        self._mentions = mentions
        self._suffers = False
        self._indefinite, self._nominal = indefinite(language), nominal(language)
        self._acting = ""
        self._not_people = frozenset(f"{BODY.get(language, '')}".casefold().split()) | NO_PROPS
        self._members = frozenset(_MEMBERS.get(language, "").split())
        self._everybody = frozenset(str(DATA["everybody"].get(language, "")).split())

    def find(self, sentence: str, acts: Sequence[ActWord], start: int = 0) -> list[PersonMention]:
        """Everybody whom a sentence names or means, in its order. `acts` are its verbs, `start` its place."""
        self.until = start + len(sentence)
        self._suffers = bool(acts) and acts[0].act in _SUFFERED
        named = [
            PersonMention(
                one.start, one.end, person_id(self._canonical(one.key)),
                is_object=_is_governed(sentence, one.start, one.end, self._language) or one.inflected
                or self._is_suffering(sentence, one.start, acts),
                owns=one.genitive or _owns(sentence, one.end),
            )
            for one in self._mentions.find(sentence)
        ]  # fmt: skip
        apart = [one for one, after in pairwise(named) if self._is_told_apart(sentence, one, after)]
        named = [one for one in named if one not in apart]
        if self._language in UNSPACED:
            named += self._groups_in(sentence, named)
            found = [*named, *self._unspaced(sentence, named)]
            found += list(self._strangers_in(sentence, found, acts))
        else:
            found = [*named, *self._meanings(sentence, named, acts)]
        return sorted(found, key=lambda one: one.start)

    def _is_told_apart(self, sentence: str, one: PersonMention, after: PersonMention) -> bool:
        """True if a group's own names follow: "the TWINS, ADA and IDA"."""
        between = sentence[one.end : after.start].strip()
        return between in {",", ":", "-", "\u2013", "\u2014"} and self.is_several(one.person)

    def _is_suffering(self, sentence: str, start: int, acts: Sequence[ActWord]) -> bool:
        """True if a thing does something to whoever stands right behind the verb: "A jet of water hits Walt"."""
        last = next((one for one in reversed(acts) if one.end <= start), None)
        if self._language != "en" or last is None or last.act not in _DONE_TO or last is not acts[0]:
            return False
        return len(sentence[: last.start].split()) > 1 and sentence[last.end : start].strip() in {"", "the", "a"}

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
            for one in self._meaning(sentence, tokens, words, at, [*named, *said] if said else named, here, acts):
                said.append(one)
                yield one

    def _pairs(self, sentence: str, acts: Sequence[ActWord]) -> Iterator[PersonMention]:
        """The two people whom "both", "die beiden", "as duas" mean where no noun follows."""
        for many, words in together_of(self._language):
            for found in words.finditer(sentence):
                able = [one for one in self._around() if self._may_be_meant(one, alone=True)][:many]
                yield from (PersonMention(*found.span(), one) for one in able if len(able) == many)
        pattern = pairs_of(self._language)
        for found in pattern.finditer(sentence) if pattern else ():
            rest = sentence[found.end() :]
            following = TOKEN.match(rest, 1)
            if following and singular_of_people(following.group().casefold(), self._language):
                continue  # "both women" are told by their noun
            acts_next = any(found.end() < act.start <= found.end() + _NEAR_VERB for act in acts)
            acts_next = acts_next or rest.startswith((" are ", " were ", " have "))
            if acts_next or not rest[:2].strip(" ").isalpha():
                is_object = _is_governed(sentence, *found.span(), self._language)
                pair = self._several((), PronounWord("", is_object, several=True))
                yield from (PersonMention(*found.span(), one, is_object) for one in pair)

    def _meaning(
        self,
        sentence: str,
        tokens: Sequence[re.Match[str]],
        words: Sequence[str],
        at: int,
        named: Sequence[PersonMention],
        here: Sequence[str],
        acts: Sequence[ActWord],
    ) -> Iterator[PersonMention]:
        word = words[at]
        start, end = tokens[at].span()
        if own := self._owner(word, sentence[end:]):
            if person := self.meant(own, [one.person for one in named if one.start > start] + list(here)):
                yield PersonMention(start, end, person, owns=True)  # "His fingers close on the key"
        elif pronoun := pronoun_at(sentence, tokens, words, at, acts, self._language):
            suffers = pronoun.dative and not here and not any(act.start < start for act in acts)
            if words[max(0, at - 2) : at] == [words[0], "of"] and words[0] in _QUANTITIES:
                pronoun = replace(pronoun, is_object=False)  # "One of them holds up three fingers"
            meant = self._several(here, pronoun) if pronoun.several else [self.meant_by(pronoun, here)]
            meant = [self.doer()] if suffers and not pronoun.several and self.doer() else meant  # "se le cae"
            yield from (
                PersonMention(start, end, one, pronoun.is_object, dative=pronoun.dative, pronoun=True)
                for one in meant
                if one
            )
        elif word in self._everybody and not here and self._does_next(tokens, at, acts):
            yield from (PersonMention(start, end, one) for one in self.present[:MOST_TOGETHER])
        else:
            yield from self._noun(sentence, tokens, words, at, named, here, acts)

    def _noun(
        self,
        sentence: str,
        tokens: Sequence[re.Match[str]],
        words: Sequence[str],
        at: int,
        named: Sequence[PersonMention],
        here: Sequence[str],
        acts: Sequence[ActWord],
    ) -> Iterator[PersonMention]:
        """Whom a noun means, if it means somebody."""
        word, before = words[at], words[at - 1] if at else ""
        role = person_words.CASES.get(word, word).removesuffix("'s")
        if self._is_person(role):
            before = self._lead(sentence, tokens, words, at, acts)
        start, end = tokens[at].span()
        after = words[at + 1] if at + 1 < len(words) and sentence[end : end + 1] == " " else ""
        is_act = self._language != "en" and any(one.start == start for one in acts)
        leads = self._leads_noun(word, tokens[at + 1].group() if after else "")
        if leads or (is_act and not is_noun(sentence, start, self._language)):
            return  # "lo guarda"
        if self._stands_alone(tokens, words, at, acts):
            if person := self._of_kind(role, before, here):
                yield PersonMention(start, end, person, _is_governed(sentence, start, end, self._language))
            return
        if elided := self._elided(word, at):
            if person := self._of_role(elided, "le", here):
                yield PersonMention(end - len(elided), end, person)
        elif self._is_group(word, before, words[at - 2] if at > 1 else "") and (
            (here and word not in GROUPS) or _near(acts, end) or (at <= _OPENS and acts) or self._is_bare(before, after)
        ):
            if here and _ONE_OF.search(sentence[max(0, start - _NEAR_PRONOUN) : start]):
                return  # "An OLD WOMAN, one of the passengers, leans out"
            is_object = _is_governed(sentence, start, end, self._language)
            several = self._of_group(word, before, here)
            one = singular_of_people(word, self._language)
            several = several or (self._brought_in(one, 2) if before in THE_TWO else []) or [person_id(word)]
            yield from (PersonMention(start, end, one, is_object) for one in several)
        elif self._is_role(role, before, at) or self._is_paired(words, at):
            told = any(_names(sentence, before, end, one) for one in named) or _apposed(sentence, start, named)
            told = told or (before in self._indefinite and self._is_named_here(sentence, end, named))
            owns, indefinite = word.endswith("'s"), before in {"a", "an"}
            first = self._brought_in(role) or self._one_of(role) if before in self._indefinite else []
            if not told and not (owns and indefinite) and (person := (*first, self._of_role(role, before, here))[0]):
                governed = self._language != "en" and _is_governed(sentence, start, end, self._language)
                yield PersonMention(start, end, person, (role != word or governed) and not owns, owns=owns)
        elif person := self._stranger(tokens, words, at, here, acts):
            yield PersonMention(start, end, person)

    def _stands_alone(
        self, tokens: Sequence[re.Match[str]], words: Sequence[str], at: int, acts: Sequence[ActWord]
    ) -> bool:
        """True if an adjective stands for somebody: "Der Alte lacht", "Ma\u0142a wzrusza ramionami"."""
        if words[at] not in self._nominal or self._is_person(words[at]):
            return False
        if self._language == "de":
            return tokens[at].group()[0].isupper() and at > 0 and is_led(words[at - 1], "de")
        led = words[at - 1] in articles_of(self._language) if at else self._language in NO_ARTICLES
        behind = tokens[at].string[tokens[at].end() :][:1]
        return led and (behind in {"", ",", "."} or self._does_next(tokens, at, acts))

    def _is_named_here(self, sentence: str, end: int, named: Sequence[PersonMention]) -> bool:
        """True if its sentence names whom a noun brings in: "A rider comes: a BOUNTY HUNTER", ", ROSA, 30"."""
        if _brings_in(sentence, end, named):
            return True
        first = min((one for one in named if one.start > end), key=lambda one: one.start, default=None)
        new = {one for at, one in self._newcomers if self.until - len(sentence) <= at < self.until}
        return first is not None and first.person in new and _COMMA.search(sentence, end, first.start) is not None

    def _is_paired(self, words: Sequence[str], at: int) -> bool:
        """True if a sentence begins with two people without an article: "Mother and daughter hug"."""
        joined = len(words) > _LEAST_PHRASE and words[1] in _AND and at in {0, 2}
        return joined and all(self._is_person(words[one]) for one in (0, 2))

    def _leads_noun(self, word: str, following: str) -> bool:
        """True if a word only tells of the noun behind it: "une vieille femme", "a police car", "a female voice"."""
        after = following.casefold()
        if word in person_words.ADJECTIVES and (
            following.isupper() or person_words.is_person_noun(after, self._language)
        ):
            return True  # "una vecchia CINQUECENTO"
        if word in person_words.ADJECTIVES and self._language != "en" and names_thing(after, self._language):
            return True  # "una vecchia scatola"
        return self._language == "en" and after in _THINGS_OF and not is_verb(after) and not word.endswith("'s")

    def _stranger(
        self,
        tokens: Sequence[re.Match[str]],
        words: Sequence[str],
        at: int,
        here: Sequence[str],
        acts: Sequence[ActWord],
    ) -> str:
        """Whom a word means that is no noun of the tables: one of several, or somebody by what they do."""
        word = words[at]
        if word in self._members and self._does_next(tokens, at, acts):
            return next((one for one in self._around() if self.is_several(one)), "")
        if not self._does_as_people_do(tokens, words, at, acts):
            return ""
        known = self._roles.get(word, "")
        return (person_id(known) if known else self._by_another_word(word, here)) or person_id(word)

    def _lead(
        self, sentence: str, tokens: Sequence[re.Match[str]], words: Sequence[str], at: int, acts: Sequence[ActWord]
    ) -> str:
        """The word that leads a noun: the one before it, or the article before its adjectives: "the nervous waiter"."""
        before = words[at - 1] if at else ""
        first = words[at - 2] if at > 1 and before in person_words.ADJECTIVES else ""
        if first in self._indefinite or (first in {"his", "her"} and words[at] in _KIN):
            return first  # "a little girl" is nobody who is there
        barred = words[at] in person_words.ADJECTIVES or words[at] in _DEVICES or before in _NO_ADJECTIVES
        after_noun = self._language not in _ADJECTIVES_AHEAD and before not in _PRENOMINAL
        if at < _LEAST_PHRASE or barred or after_noun or is_led(before, self._language):
            return before
        for first in range(at - 2, max(-1, at - 2 - _ADJECTIVES), -1):
            between = sentence[tokens[first].end() : tokens[at].start()]
            deeds = any(tokens[first].start() < one.start < tokens[at].start() for one in acts)
            if words[first] in _NO_ADJECTIVES or deeds or not _PHRASE.fullmatch(between):
                return before
            if is_led(words[first], self._language) and words[first] not in person_words.ADJECTIVES:
                if first and words[first - 1] == "of":
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

    def _does_next(self, tokens: Sequence[re.Match[str]], at: int, acts: Sequence[ActWord]) -> bool:
        """True if the next word is what somebody does: "Everyone laughs", and not "todos los días"."""
        return at + 1 < len(tokens) and any(one.start == tokens[at + 1].start() for one in acts)

    def owner_ahead(self, sentence: str) -> str:
        """Whose thing a sentence begins with: "Her spoon drips.", "Ihr L\u00e4cheln wird weich."."""
        word = sentence.casefold().split(maxsplit=1)[0].strip(".,") if sentence.strip() else ""
        gender = table_of(self._language)["own"].get(word, "")
        return self.meant(gender, ()) if gender else self.doer() if word in _OWN_THINGS else ""

    def _owner(self, word: str, after: str) -> str:
        gender = table_of(self._language)["own"].get(word, "")
        return gender if gender and _own_body(self._language).match(after) else ""

    def _several(self, here: Sequence[str], pronoun: PronounWord) -> list[str]:
        near = next((one for one in reversed(here) if self.is_several(one)), "")
        last = near or (self.subject if self.is_several(self.subject) else next(reversed(self.recent), ""))
        group = last if self.is_several(last) and last not in here else ""
        if group or (near and not pronoun.is_object):
            return [group or near]
        met = (one for one in reversed(self.recent) if not pronoun.is_object or one not in here)
        able = [one for one in met if self._may_be_meant(one)]
        awake = [one for one in able if one not in self._asleep]  # "They look at each other" over a sick-bed
        return (awake if len(awake) > 1 else able)[:2] or (list(self.present) if len(self.present) == 2 else [])

    def _does_as_people_do(
        self, tokens: Sequence[re.Match[str]], words: Sequence[str], at: int, acts: Sequence[ActWord]
    ) -> bool:
        """True if an unknown noun leads a sentence and does what only people do: "Der Gerichtsvollzieher starrt"."""
        articles = articles_of(self._language)
        leads = at == 1 and words[0].split("'")[0] in articles if articles else at == 0
        if self._language == "en" or not leads or at + 1 >= len(tokens) or len(words[at]) <= _SHORTEST_NOUN:
            return False
        does = any(one.start == tokens[at + 1].start() and one.act in _ONLY_PEOPLE for one in acts)
        known = (
            words[at] in ANIMALS
            or words[at] in self._not_people
            or any(one.start == tokens[at].start() for one in acts)
        )
        return does and not known and not names_thing(words[at], self._language)

    def _unspaced(self, sentence: str, named: Sequence[PersonMention]) -> Iterator[PersonMention]:
        """Roles and pronouns of a script without spaces: words of the table, the longest first."""
        taken = [(one.start, one.end) for one in named]
        for token in wide_words(self._language).finditer(sentence):
            if any(start < token.end() and token.start() < end for start, end in taken):
                continue
            word = token.group()
            here = [one.person for one in named if one.start < token.start()]
            gender = table_of(self._language)["subject"].get(word)
            if gender == "several":
                both = list(reversed(self.recent))[:2]
                both = both if len(both) > 1 else list(self.present[:2])
                yield from (PersonMention(token.start(), token.end(), one) for one in both)
            elif gender:
                if person := self.meant(gender, here):
                    yield PersonMention(token.start(), token.end(), person)
            elif person := self._of_role(word, "the", here):
                owner = sentence[token.end() : token.end() + 1] in {"\u306e", "\u7684"}
                yield PersonMention(token.start(), token.end(), person, owns=owner)

    def _groups_in(self, sentence: str, taken: Sequence[PersonMention]) -> list[PersonMention]:
        """Several of a kind that lives, in a script without spaces."""
        found = (one for one in _WIDE_GROUP.finditer(sentence))
        free = (one for one in found if not any(two.start < one.end() and one.start() < two.end for two in taken))
        return [PersonMention(one.start(), one.end(), person_id(one.group())) for one in free]

    def _strangers_in(
        self, sentence: str, taken: Sequence[PersonMention], acts: Sequence[ActWord]
    ) -> Iterator[PersonMention]:
        """Unknown nouns that lead a clause of a script without spaces and do what only people do."""
        for found in _WIDE_NOUN.finditer(sentence):
            does = any(
                one.start >= found.end() and (one.act in _ONLY_PEOPLE or sentence[one.start] in _WIDE_DEEDS)
                for one in acts
            )
            known = any(one.start < found.end() and found.start() < one.end for one in taken)
            if does and not known and found[1] not in self._not_people and not names_thing(found[1], self._language):
                yield PersonMention(found.start(1), found.end(1), person_id(found[1]))

    def meant_by(self, pronoun: PronounWord, here: Sequence[str]) -> str:
        """Whom a pronoun means."""
        return self.meant(pronoun.gender, here, is_object=pronoun.is_object)

    def meant(self, gender: str, here: Sequence[str], *, is_object: bool = False) -> str:
        """The last one of that gender, the last subject first; as an object nobody who acts in the same sentence."""
        acting = self._acting if here else self.subject if self._language in DROPPED else ""
        taken = {acting} if is_object else set[str]()
        subject = self.patient if self.patient and self._suffers else self.subject
        first = () if is_object or not subject else (subject,)
        met = (*here[: not is_object], *reversed(here), *first, *reversed(self.recent))
        groups = [
            [one for one in dict.fromkeys(group) if one not in taken and self._may_be_meant(one, alone=True)]
            for group in (met, self.present, () if is_object else self._before)
        ]
        if not gender:
            return next((one for group in groups for one in group), "")
        newest = self.recent[-1] if self.recent else ""
        if first == (newest,) and not here and newest in groups[0] and not self._profile(newest.casefold()).gender:
            return newest  # of whom nobody has said yet whether he or she
        for at, group in enumerate(groups):  # whoever of the scene may be meant before somebody of another scene
            for wanted in (gender, "") if at < len(groups) - 1 else (gender,):
                for one in group:
                    if self._profile(one.casefold()).gender == wanted:
                        return one
        return ""


def is_governing(words: Sequence[str], language: str) -> bool:
    """True if one of these words governs the noun behind it."""
    return bool(set(words) & {*DATA["governing"].get(language, "").split()})


def _is_governed(sentence: str, start: int, end: int, language: str) -> bool:
    """True if a preposition before a name, or a particle behind it, keeps it from being a subject."""
    if language in UNSPACED:
        return (
            sentence[end : end + 1] in {"\u3092", "\u306b", "\u3078", "\u3068"}
            or sentence[end : end + 2] == "\u304b\u3089"
        )
    words = re.findall(r"[^\W\d_]+", sentence[max(0, start - 30) : start].casefold())[-3:]
    governing = DATA["governing"].get(language, "").split()
    words = words[:-1] if words and words[-1] in DEFINITE and words[-1] not in governing else words
    if not words:
        return False
    if words[-1] == "of" and _QUANTITIES & {*words[:-1]}:
        return False  # "a group of workers smoke"
    return words[-1] in governing or (language == "en" and words[-1] in lexicon.PREPOSITIONS)


def _owns(sentence: str, end: int) -> bool:
    return sentence[end : end + 2] in {"'s", "\u2019s"} or sentence[end : end + 1] in {"\u306e", "\u7684"}


def _names(sentence: str, before: str, end: int, one: PersonMention) -> bool:
    """True if a noun that ends here is who is named right behind it: "his mother, Peggy,", "a tall man, JOE"."""
    between = sentence[end : one.start]
    if one.start >= end and (between.rstrip().endswith(":") or _CALLED.fullmatch(between)):
        return True
    closed = sentence[one.end : one.end + 2].lstrip()[:1] in {",", ".", "(", ")", "", ":"} or "," not in between
    acts = any(is_verb(word) for word in between.split())  # "a paramedic wraps Elena" is not Elena
    apposed = one.start >= end and closed and not acts and _APPOSED.fullmatch(between) is not None
    return apposed and (before != "" or between == " ")


def _near(acts: Sequence[ActWord], end: int) -> bool:
    """True if a verb follows soon behind a word."""
    return any(end < one.start <= end + _NEAR_VERB for one in acts)


def _brings_in(sentence: str, end: int, named: Sequence[PersonMention]) -> bool:
    """True if a colon says who somebody is: "A rider crests the ridge: a BOUNTY HUNTER"."""
    first = min((one.start for one in named if one.start > end), default=0)
    return first > 0 and re.search(r":\s*(?:an?|the)?\s*\Z", sentence[end:first]) is not None


def _apposed(sentence: str, at: int, named: Sequence[PersonMention]) -> bool:
    """True if a noun only says what somebody named just before is: TOBY, 11, her nephew."""
    last = max((one.end for one in named if one.end <= at and not _owns(sentence, one.end)), default=-1)
    between = sentence[last:at] if last >= 0 else ""
    if _COPULA.fullmatch(between) or between == " the ":
        return True  # "Anna is the daughter", "Ellen the housemaid"
    if _PREDICATE.search(sentence, max(0, at - _NEAR_PRONOUN), at):
        return True  # "she's the only woman"
    between = _SURNAME.sub("", between, count=1)
    is_apposed = 0 < len(between) < 60 and between.lstrip()[:1] in {",", "(", "\uff08", "-", "\u2014"}
    return is_apposed and not any(word in lexicon.SINGULAR_VERBS for word in words_of(between))
