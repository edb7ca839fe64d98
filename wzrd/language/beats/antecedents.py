"""Whom a sentence means: names, pronouns, roles ("his wife", "the old man"), in several languages. Pure.

In doubt nobody is meant. The words are data (antecedents.json).
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from wzrd.contracts.breakdown import Act
from wzrd.domain.names import id_of, words_of
from wzrd.language.beats.company import PAIR, SIBLINGS, companies_in, members_of
from wzrd.language.beats.people_at_hand import MOST_TOGETHER
from wzrd.language.beats.props import names_thing
from wzrd.language.beats.referents import ALIVE, ONLY_PEOPLE, Referents
from wzrd.language.people.apposition import (
    NEAR_PRONOUN,
    NEAR_VERB,
    QUANTITIES,
    acts_near,
    brought_in,
    is_apposed,
    is_governed,
    is_named_behind,
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
from wzrd.language.words import lexicon, person_words
from wzrd.language.words.acts import BODY, ActWord, is_noun, is_verb
from wzrd.language.words.plurals import singular_of_people
from wzrd.language.words.role_words import (
    ANIMALS,
    DROPPED,
    GROUPS,
    NO_ARTICLES,
    THE_TWO,
    TOYS,
    articles_of,
    demonstratives,
    indefinite,
    is_led,
    nominal,
)

_COMMA = re.compile(r", (?:[A-Z\u00c0-\u00de][A-Z\u00c0-\u00de.]* )?\Z")
"""A comma right before a name, or before its title in capitals."""
_SUFFERED: frozenset[Act] = frozenset({"fall", "die", "lie", "weep", "scream", "tremble", "dodge", "kneel", "sleep"})
"""Acts of whoever something was done to just before: "Nadia slaps Vera. She falls."."""
_DONE_TO: frozenset[Act] = frozenset({"strike", "push", "take", "catch", "drag", "touch", "stab", "carry"})
_SETTLES: frozenset[Act] = frozenset(
    {"sit", "stand", "lie", "sleep", "walk", "run", "enter", "appear", "jump", "climb"}
)
"""Acts without an object: who stands behind such a verb does it."""
_DOUBLED = re.compile(r"\ba(?:l| la| los| las| su| mi)? [A-Z\u00c1\u00c9\u00cd\u00d3\u00da\u00d1]")
"""Whom a Spanish pronoun before the verb stands for too: "le da a Ana"."""
_SHORTEST_NOUN = 3
_OWN_THINGS = frozenset(
    {"sein", "ihr", "son", "sa", "ses", "su", "sus", "suo", "sua", "suoi", "sue", "seu", "seus", "suas"}
)
_NOBODY = frozenset(str(DATA["nobody"]).split())
"""Words for nobody and anybody: "Ingen tittar p\u00e5 honom"."""
_MEMBERS: Mapping[str, str] = DATA["members"]
"""Words for one of several: "The eldest bows"."""
_THINGS_OF = (
    lexicon.OBJECTS | lexicon.LARGE | lexicon.VOICES | {"office", "housing", "station", "arm", "costume"}
).union(lexicon.PLACES, {"seat", "mask"})
_SUFFERING = frozenset({"him", "her", "them", "me", "us"})
"""Pronouns before which a word is a verb."""
_BODY_WORDS = frozenset(BODY["en"].split())
_ONE_OF = re.compile(
    r", (?:one|eine?[rs]?|l['\u2019]une?|une?|una|uno|jed(?:en|na)|en|ett) (?:of|der|des|de|dei|delle|degli|z|av)"
    r"(?: (?:the|his|her|los|las|les))? (?:\w+ )?\Z",
    re.IGNORECASE,
)
"""Words by which somebody is told to be one of several, who need not be there."""
_KIN = person_words.RELATIONS.keys()
_AND = frozenset({"and", "und", "et", "y", "e", "i", "en", "\u0438"})
_LEAST_PHRASE, _ADJECTIVES = 2, 3
_PHRASE = re.compile(r"(?:,? [^\W\d_][\w'\u2019-]*)*,? ")
"""Words between an article and a noun."""
_ADJECTIVES_AHEAD = frozenset({"en", "de", "nl", "sv"})
"""Languages in which adjectives stand before their noun; in others a few do."""
_PRENOMINAL, _DEVICES = (frozenset(str(DATA[kind]).split()) for kind in ("prenominal", "devices"))
_NO_ADJECTIVES = lexicon.PREPOSITIONS | lexicon.AUX | lexicon.PRONOUNS | lexicon.CONJUNCTIONS
_OPENS = 3  # words before a noun that begins a sentence


@cache
def _behind_verb(language: str) -> re.Pattern[str]:
    """The rest of a verb, and an article, right behind which its subject stands: "siedzi kura"."""
    return re.compile(rf"\w* (?:(?:{'|'.join(articles_of(language)) or '(?!)'}) )?", re.IGNORECASE)


@cache
def _own_body(language: str) -> re.Pattern[str]:
    """Parts of a body behind "his" or "her", and what stands for one: "his ear", "threads her fingers into his."."""
    clothes = "gloves? body lap back chest coat jacket sleeve collar lapels? shirt skirt apron scarf belt tie"
    words = "|".join(f"{BODY.get(language, '')} {clothes if language == 'en' else ''}".split())
    return re.compile(rf"\s+(?:\w+\s+)?(?:{words})(?!\w)|\s*(?:[.;!?]|$)", re.IGNORECASE)


class Antecedents(Referents):
    """Reads whom sentences mean, in the page's order; remembers who was named last, for pronouns."""

    def __init__(self, register: Register, mentions: Mentions, language: str) -> None:
        super().__init__(
            register.roles, register.aliases, register.canonical, register.profile, mentions.keys, language
        )
        self._mentions = mentions
        self._demonstratives = demonstratives(language)
        self._indefinite, self._nominal = indefinite(language), nominal(language)
        self._members = frozenset(_MEMBERS.get(language, "").split())
        self._everybody = frozenset(str(DATA["everybody"].get(language, "")).split())

    def find(self, sentence: str, acts: Sequence[ActWord], start: int = 0) -> list[PersonMention]:
        """Everybody whom a sentence names or means, in its order. `acts` are its verbs, `start` its place."""
        self.until = start + len(sentence)
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

    def _is_suffering(self, sentence: str, start: int, acts: Sequence[ActWord]) -> bool:
        """True if a thing does something to whoever stands right behind the verb: "A jet of water hits Walt"."""
        last = next((one for one in reversed(acts) if one.end <= start), None)
        if self._language != "en" or last is None or last.act not in _DONE_TO:
            return False
        if last is not acts[0] and any(True for _ in self._mentions.find(sentence[: last.start])):
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
                found = members_of(kind, free, tuple(named) or (self.subject,), self._profile)
                yield from (PersonMention(start, end, one, is_object) for one in found)

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
            if pronoun.dative and self._language == "es" and _DOUBLED.search(sentence, end):
                return  # "le da a Ana"
            suffers = pronoun.dative and not here and not any(act.end <= start for act in acts)
            if words[max(0, at - 2) : at] == [words[0], "of"] and words[0] in QUANTITIES:
                pronoun = replace(pronoun, is_object=False)  # "One of them holds up three fingers"
            meant = (
                self._several(here, pronoun)
                if pronoun.several
                else [self.meant(pronoun.gender, here, is_object=pronoun.is_object)]
            )
            meant = [self.doer()] if suffers and not pronoun.several and self.doer() else meant  # "se le cae"
            yield from (
                PersonMention(start, end, one, pronoun.is_object, dative=pronoun.dative, pronoun=True)
                for one in meant
                if one
            )
        elif not at and word in self._demonstratives and self._does_next(tokens, at, acts):
            gender = self._demonstratives[word]
            others = [one for one in self._around() if one != self.subject and self._may_be_meant(one, alone=True)]
            able = [one for one in others if not gender or self._profile(one.casefold()).gender == gender]
            yield from (PersonMention(start, end, one, pronoun=True) for one in able[:1])  # "Der bei\u00dft hinein."
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
        role = person_words.base_form(word, self._language).removesuffix("'s")
        before = self._lead(sentence, tokens, words, at, acts) if self._is_person(role) else before
        start, end = tokens[at].span()
        after = words[at + 1] if at + 1 < len(words) and sentence[end : end + 1] == " " else ""
        is_act = self._language != "en" and any(one.start == start for one in acts)
        leads = self._leads_noun(word, tokens[at + 1].group() if after else "")
        leads = leads and not (
            self._does_next(tokens, at, acts) and {*words[at + 2 : at + 3]} & articles_of(self._language)
        )
        leads = leads or (self._language == "en" and word in ANIMALS and at > 0 and words[at - 1] in TOYS)
        leads = leads or (self._language == "en" and after in _SUFFERING)  # "The REDS mob her."
        is_verb_too = self._language == "en" or (self._language == "sv" and word == "far")
        leads = leads or (is_verb_too and before in table_of(self._language)["subject"])  # "she doctors him"
        if leads or (is_act and not is_noun(sentence, start, self._language)):
            return  # "lo guarda"
        if self._stands_alone(tokens, words, at, acts):
            alone = filter(None, [self._of_kind(role, before, here)])
            yield from (
                PersonMention(start, end, one, is_governed(sentence, start, end, self._language)) for one in alone
            )
        elif elided := self._elided(word, at):
            if not is_apposed(sentence, start, named) and (person := self._of_role(elided, "le", here)):
                yield PersonMention(end - len(elided), end, person)
        elif self._is_group(word, before, words[at - 2] if at > 1 else "") and (
            (here and word not in GROUPS)
            or acts_near(acts, end)
            or (at <= _OPENS and (acts or before in person_words.NUMBERS))
            or self._is_bare(before, after)
        ):
            ahead = words[at - 2] if at > 1 and before not in THE_TWO else before
            if not (here and _ONE_OF.search(sentence[max(0, start - NEAR_PRONOUN) : start])) and not (
                ahead in THE_TWO and len({*here}) > 1 and is_apposed(sentence, start, named)
            ):  # "They grapple, two big men on a dock"
                yield from self._group_meant(sentence, tokens[at], word, before, here)
        elif self._is_role(role, before, at) or self._is_paired(words, at):
            told = any(is_named_behind(sentence, before, end, one) for one in named) or is_apposed(
                sentence, start, named
            )
            told = told or (before in self._indefinite and self._is_named_here(sentence, end, named))
            definite = self._language == "sv"  # "pojken" is a subject, "pojkens" an owner
            owns = word.endswith("'s") or (definite and role != word and word.endswith("s"))
            indefinite = before in {"a", "an"}
            before = "the" if self._is_paired(words, at) else before  # "Father and son carry the box."
            said = brought_in(sentence, end, named) if before in self._indefinite else ""
            last = not sentence[end:].strip(" .:!\u2026\u2014")  # "leading a horse: the sheriff. ELI MARSH, lean, ..."
            is_new = before in self._indefinite
            first = self._brought_in(role, near=not is_new) if last or is_new else []
            suffers = self._language in DROPPED and role != word and not here  # "Bierze ch\u0142opca"
            taken = [*here, self.subject] if suffers else here
            person = "" if told or (owns and indefinite) else (*first, self._of_role(role, before, taken))[0]
            person = said or person
            is_elsewhere = owns and person not in self._around() and after not in _BODY_WORDS  # "the baby's shoe"
            if person and not is_elsewhere:
                governed = (
                    is_governed(sentence, start, end, self._language)
                    if self._language != "en"
                    else not here and self._is_suffering(sentence, start, acts)
                )
                yield PersonMention(
                    start, end, person, ((role != word and not definite) or governed) and not owns, owns=owns
                )
        elif person := self._stranger(tokens, words, at, here, acts):
            yield PersonMention(start, end, person)

    def _group_meant(
        self, sentence: str, token: re.Match[str], word: str, before: str, here: Sequence[str]
    ) -> Iterator[PersonMention]:
        """Whom a noun for several means: those at hand, two who are named soon, else a group; none of whom one is."""
        is_object = is_governed(sentence, *token.span(), self._language)
        several = self._of_group(word, before, here)
        one = singular_of_people(word, self._language)
        several = several or (self._brought_in(one, 2) if before in THE_TWO else []) or [id_of(word)]
        yield from (PersonMention(*token.span(), one, is_object) for one in several)

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
        deed = is_verb(after) and (after not in lexicon.BASE_VERBS or singular_of_people(word) != "")
        return self._language == "en" and after in _THINGS_OF and not deed and not word.endswith("'s")

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
        animal = word.rpartition("'")[2]  # "L'\u00e2ne"
        if animal in ANIMALS and self._acts_itself(tokens, words, at, acts):
            return id_of(self._canonical(animal))
        if not self._does_as_people_do(tokens, words, at, acts):
            return ""
        known = self._roles.get(word, "")
        return (id_of(known) if known else self._by_another_word(word, here)) or id_of(word)

    def _acts_itself(
        self, tokens: Sequence[re.Match[str]], words: Sequence[str], at: int, acts: Sequence[ActWord]
    ) -> bool:
        """True if a noun leads a verb: "Le chien aboie"; an animal that something is done to is a thing."""
        start, end = tokens[at].span()
        ahead = (tokens[at].string[one.end : start] for one in acts if one.act in _SETTLES and one.end < start)
        inverted = self._language != "en" and any(_behind_verb(self._language).fullmatch(one) for one in ahead)
        led = is_led(words[at - 1], self._language) if at else self._language in NO_ARTICLES
        led = led or (inverted and self._language in NO_ARTICLES) or "'" in words[at]
        return (
            led
            and (inverted or acts_near(acts, end))
            and not is_governed(tokens[at].string, start, end, self._language)
        )

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

    def _does_next(self, tokens: Sequence[re.Match[str]], at: int, acts: Sequence[ActWord]) -> bool:
        """True if the next word is what somebody does: "Everyone laughs", and not "todos los días"."""
        if at + 1 >= len(tokens):
            return False
        start, end = tokens[at + 1].span()
        return any(start <= one.start < end for one in acts)

    def owner_ahead(self, sentence: str) -> str:
        """Whose thing a sentence begins with: "Her spoon drips.", "Ihr L\u00e4cheln wird weich."."""
        word = sentence.casefold().split(maxsplit=1)[0].strip(".,") if sentence.strip() else ""
        gender = table_of(self._language)["own"].get(word, "")
        return self.meant(gender, ()) if gender else self.doer() if word in _OWN_THINGS else ""

    def _owner(self, word: str, after: str) -> str:
        gender = table_of(self._language)["own"].get(word, "")
        return gender if gender and _own_body(self._language).match(after) else ""

    def _does_as_people_do(
        self, tokens: Sequence[re.Match[str]], words: Sequence[str], at: int, acts: Sequence[ActWord]
    ) -> bool:
        """True if an unknown noun leads a sentence and does what only people do: "Der Gerichtsvollzieher starrt"."""
        articles = articles_of(self._language)
        leads = at == 1 and words[0].split("'")[0] in articles if articles else at == 0
        if self._language == "en" or not leads or at + 1 >= len(tokens) or len(words[at]) <= _SHORTEST_NOUN:
            return False
        only = ONLY_PEOPLE | ALIVE if tokens[at].group().isupper() else ONLY_PEOPLE
        does = any(one.start == tokens[at + 1].start() and one.act in only for one in acts)
        told = at + 2 < len(words) and self._is_person(person_words.base_form(words[at + 2], self._language))
        known = (
            (told and not articles)  # "Naprzeciwko śpi żołnierz"
            or words[at] in ANIMALS | _NOBODY | lexicon.CAPITALS_NOT
            or words[at] in self._not_people
            or any(one.start == tokens[at].start() for one in acts)
        )
        return does and not known and not names_thing(words[at], self._language)
