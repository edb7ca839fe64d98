"""Whom a sentence means: names, pronouns, roles ("his wife", "the old man"), in several languages. Pure.

In doubt nobody is meant. The words are data (antecedents.json).
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import islice

from wzrd.contracts.breakdown import Act
from wzrd.domain.names import words_of
from wzrd.language import lexicon, person_words
from wzrd.language.acts import BODY, NO_PROPS, ActWord, is_verb
from wzrd.language.mentions import Mentions, PersonMention
from wzrd.language.people import Register
from wzrd.language.props import names_thing
from wzrd.language.pronoun_words import DATA, TOKEN, UNSPACED, PronounWord, pairs_of, pronoun_at, table_of, uncontracted, wide_words

_APPOSED = re.compile(r"(?: [^\W\d_A-Z][\w'-]+){0,2}(?:, | )\Z")
_DROPPED = frozenset({"es", "it", "pt", "pl", "ru", "ja", "zh"})
"""Languages whose sentences need no subject."""
_NO_ARTICLES = frozenset({"pl", "ru", "ja", "zh"})
_SUFFERED: frozenset[Act] = frozenset({"fall", "die", "lie", "weep", "scream", "tremble", "dodge", "kneel", "sleep"})
"""Acts of whoever something was done to just before: "Nadia slaps Vera. She falls."."""
_ONLY_PEOPLE: frozenset[Act] = frozenset({
    "speak", "laugh", "look", "listen", "wave", "point", "read", "write", "phone", "hand_over", "hug", "kiss",
    "smoke", "photograph", "show",
})  # fmt: skip
"""Acts that only people do, and animals of some."""
_WIDE_NOUN = re.compile("(?:^|[\u3002\u3001\u300c\u300d\\s])([\u4e00-\u9fff]{2,4})(?=[\u304c\u306f])")
_SHORTEST_NOUN = 3
_NEAR_VERB = 14
"""Letters behind "both" within which its verb begins."""
_MOST_BEFORE = 6
"""People of former scenes whom a pronoun may mean where a scene names nobody."""
_DEFINITE = person_words.POSSESSIVES | frozenset({
    "the", "der", "die", "das", "den", "dem", "le", "la", "el", "il", "lo", "o", "a", "l'", "du", "au", "del", "al",
    "des", "zum", "zur", "vom", "beim", "this", "that",
})  # fmt: skip
_DUTCH = frozenset({"de", "het", "deze", "die", "dit"})
"""Dutch articles, some of which mean something else in other languages."""
_SEVERAL: Mapping[str, str] = {
    "fr": "les des deux trois quatre plusieurs ces ses leurs aux", "es": "los las unos unas dos tres cuatro varios sus estos",
    "it": "i gli le due tre quattro alcuni alcune quei", "pt": "os as uns umas dois duas tr\u00eas v\u00e1rios seus",
    "de": "die zwei drei vier einige mehrere viele seine ihre alle", "nl": "de twee drie vier enkele zijn hun alle",
    "pl": "", "ru": "", "ja": "", "zh": "",
}  # fmt: skip
"""Words that lead a noun for several people."""
_THE_TWO = frozenset({"the", "both", "two", "les", "deux", "los", "las", "dos", "i", "gli", "due", "os", "dois", "duas", "zwei", "twee"})
_PARENTS = frozenset(
    [
        "father",
        "mother",
        "vater",
        "mutter",
        "père",
        "mère",
        "padre",
        "madre",
        "pai",
        "mãe",
        "ojciec",
        "matka",
        "dad",
        "mum",
        "mom",
    ]
)
_PARENT_YEARS = 13
_MOST_TOGETHER = 4
"""People whom "everyone" means at most."""
_ALIKE: Mapping[str, frozenset[str]] = {
    "young": frozenset({"young", "teen", ""}), "child": frozenset({"child", "teen", ""}),
    "teen": frozenset({"teen", "child", "young", ""}), "": frozenset({"", "adult", "young", "old"}),
}  # fmt: skip
"""Ages that a noun's age may mean."""
_GROUPS = frozenset(
    {"crowd", "mob", "gang", "team", "crew", "family", "couple", "police", "jury", "lovers", "twins", "menge"}
)
_TELLING = person_words.ADJECTIVES.keys() | frozenset({"first", "second", "other", "tall", "short"})
_LEADS_GROUP = person_words.DETERMINERS | lexicon.ARTICLES | _TELLING | person_words.NUMBERS.keys()


@cache
def _own_body(language: str) -> re.Pattern[str]:
    """Parts of a body behind "his" or "her", and what stands for one: "his ear", "threads her fingers into his."."""
    clothes = "gloves? body lap back chest coat jacket sleeve collar lapels? shirt skirt apron scarf belt tie"
    words = "|".join(f"{BODY.get(language, '')} {clothes if language == 'en' else ''}".split())
    return re.compile(rf"\s+(?:\w+\s+)?(?:{words})(?!\w)|\s*(?:[.;!?]|$)", re.IGNORECASE)


@cache
def _alike() -> Mapping[str, AbstractSet[str]]:
    """Noun for a trade → the nouns by which a text may call the same person."""
    families = [frozenset(str(words).split()) for words in DATA["alike"]]
    return {word: frozenset().union(*(family for family in families if word in family)) for word in set().union(*families)}


@cache
def articles_of(language: str) -> AbstractSet[str]:
    """Articles that lead a noun which acts."""
    return frozenset(str(DATA["articles"].get(language, "")).split())


@cache
def _animals() -> AbstractSet[str]:
    """Animals of several languages, which look and listen too."""
    return frozenset(str(DATA["animals"]).split())


@cache
def _strangers() -> AbstractSet[str]:
    """Nouns for whoever has no name yet."""
    return frozenset(str(DATA["strangers"]).split())


def person_id(key: str) -> str:
    """The id of a person by the register's key."""
    return key.upper()[:80]


class Antecedents:
    """Reads whom sentences mean, in the page's order; remembers who was named last, for pronouns."""

    def __init__(self, register: Register, mentions: Mentions, language: str) -> None:
        self._register, self._mentions, self._language = register, mentions, language
        self.keys = mentions.keys
        self.recent: list[str] = []
        self.present: tuple[str, ...] = ()
        self.subject = self.patient = ""
        self._suffers = False
        self._acting = ""
        self._before: tuple[str, ...] = ()
        self.acted: Counter[str] = Counter()
        self._words: dict[str, AbstractSet[str]] = {}
        self._not_people = frozenset(f"{BODY.get(language, '')}".casefold().split()) | NO_PROPS
        self._everybody = frozenset(str(DATA["everybody"].get(language, "")).split())

    def begin(self, present: Sequence[str]) -> None:
        """A scene begins, in which these people are."""
        earlier = (person for person, _ in self.acted.most_common(_MOST_BEFORE + len(present)) if person not in present)
        self._before = tuple(islice(earlier, _MOST_BEFORE))
        self.recent, self.present, self.subject, self.patient = [], tuple(present), "", ""

    def remember(self, person: str) -> None:
        """Somebody was named."""
        if person in self.recent:
            self.recent.remove(person)
        self.recent.append(person)

    def doer(self) -> str:
        """Whoever acts where a sentence has no subject: who acted last, else who is alone."""
        return self.subject or next(iter(self.recent[-1:] or self.present if len(self.present) == 1 else ()), "")

    def others(self, who: Sequence[str]) -> tuple[str, ...]:
        """Everybody at hand but these, the last named first."""
        return tuple(one for one in dict.fromkeys((*reversed(self.recent), *self.present)) if one not in who)

    def find(self, sentence: str, acts: Sequence[ActWord]) -> list[PersonMention]:
        """Everybody whom a sentence names or means, in its order. `acts` are its verbs."""
        self._suffers = bool(acts) and acts[0].act in _SUFFERED
        named = [
            PersonMention(
                one.start, one.end, person_id(self._register.canonical(one.key)),
                is_object=_is_governed(sentence, one.start, one.end, self._language) or one.inflected,
                owns=_owns(sentence, one.end),
            )
            for one in self._mentions.find(sentence)
        ]  # fmt: skip
        if self._language in UNSPACED:
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
        found = named = [*named, *pairs]
        tokens = list(TOKEN.finditer(sentence))
        words = [uncontracted(token.group().casefold().replace("\u2019", "'")) for token in tokens]
        for at, token in enumerate(tokens):
            if any(one.start <= token.start() < one.end for one in named):
                continue
            here = [one.person for one in found if one.start < token.start()]
            leading = (one for one in found if one.start < token.start())
            self._acting = next((one.person for one in leading if not one.is_object and not one.owns), "")
            for one in self._meaning(sentence, tokens, words, at, named, here, acts):
                found.append(one)
                yield one

    def _pairs(self, sentence: str, acts: Sequence[ActWord]) -> Iterator[PersonMention]:
        """The two people whom "both", "die beiden", "as duas" mean where no noun follows."""
        pattern = pairs_of(self._language)
        for found in pattern.finditer(sentence) if pattern else ():
            rest = sentence[found.end() :]
            acts_next = any(found.end() < act.start <= found.end() + _NEAR_VERB for act in acts)
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
        token, word, before = tokens[at], words[at], words[at - 1] if at else ""
        start, end = token.span()
        if own := self._owner(word, sentence[end:]):
            if person := self.meant(own, [one.person for one in named if one.start > start] + list(here)):
                yield PersonMention(start, end, person, owns=True)  # "His fingers close on the key"
        elif pronoun := pronoun_at(sentence, tokens, words, at, acts, self._language):
            suffers = pronoun.dative and not here and not any(act.start < start for act in acts)
            meant = self._several(here, pronoun) if pronoun.several else [self.meant_by(pronoun, here)]
            meant = [self.doer()] if suffers and not pronoun.several and self.doer() else meant  # "se le cae"
            yield from (
                PersonMention(start, end, one, pronoun.is_object, dative=pronoun.dative, pronoun=True)
                for one in meant
                if one
            )
        elif word in self._everybody and not here and self._does_next(tokens, at, acts):
            yield from (PersonMention(start, end, one) for one in self.present[:_MOST_TOGETHER])
        elif elided := self._elided(word, at):
            if person := self._of_role(elided, "le", here):
                yield PersonMention(end - len(elided), end, person)
        elif self._is_group(word, before) and (here or _near(acts, end)):
            is_object = _is_governed(sentence, start, end, self._language)
            several = self._of_group(word, before, here) or [person_id(word)]
            yield from (PersonMention(start, end, one, is_object) for one in several)
        elif self._is_role(role := person_words.CASES.get(word, word).removesuffix("'s"), before, at):
            told = any(_names(sentence, before, end, one) for one in named) or _apposed(sentence, start, named)
            told = told or (before in {"a", "an"} and _brings_in(sentence, end, named))
            owns, indefinite = word.endswith("'s"), before in {"a", "an"}
            if not told and not (owns and indefinite) and (person := self._of_role(role, before, here)):
                yield PersonMention(start, end, person, role != word and not owns, owns=owns)
        elif self._does_as_people_do(tokens, words, at, acts):
            known = self._register.roles.get(word, "")
            other = person_id(known) if known else self._by_another_word(word, self._around(), here)
            yield PersonMention(start, end, other or person_id(word))

    def _may_be_meant(self, person: str, *, alone: bool = False) -> bool:
        """True if a pronoun may mean somebody: an animal that nobody has named is none, nor several one `alone`."""
        key = person.casefold()
        several = alone and (key in _GROUPS or (key not in self.keys and person_words.singular_of_people(key, self._language)))
        return (key not in _animals() or key in self.keys) and not several

    def _elided(self, word: str, at: int) -> str:
        """The noun for a person behind an article that leans on it: l'enfant, l'uomo."""
        head, _, noun = word.partition("'")
        led = self._language in {"fr", "it"} and head in {"l", "un"} and noun != ""
        return noun if led and self._is_role(noun, "la", at) else ""

    def _does_next(self, tokens: Sequence[re.Match[str]], at: int, acts: Sequence[ActWord]) -> bool:
        """True if the next word is what somebody does: "Everyone laughs", and not "todos los días"."""
        return at + 1 < len(tokens) and any(one.start == tokens[at + 1].start() for one in acts)

    def _owner(self, word: str, after: str) -> str:
        gender = table_of(self._language)["own"].get(word, "")
        return gender if gender and _own_body(self._language).match(after) else ""

    def _several(self, here: Sequence[str], pronoun: PronounWord) -> list[str]:
        return [one for one in reversed(self.recent) if self._may_be_meant(one) and (not pronoun.is_object or one not in here)][:2] or (
            list(self.present) if len(self.present) == 2 else []
        )

    def _does_as_people_do(self, tokens: Sequence[re.Match[str]], words: Sequence[str], at: int, acts: Sequence[ActWord]) -> bool:
        """True if an unknown noun leads a sentence and does what only people do: "Der Gerichtsvollzieher starrt"."""
        articles = articles_of(self._language)
        leads = at == 1 and words[0].split("'")[0] in articles if articles else at == 0
        if self._language == "en" or not leads or at + 1 >= len(tokens) or len(words[at]) <= _SHORTEST_NOUN:
            return False
        does = any(one.start == tokens[at + 1].start() and one.act in _ONLY_PEOPLE for one in acts)
        known = words[at] in _animals() or words[at] in self._not_people or any(one.start == tokens[at].start() for one in acts)
        return does and not known and not names_thing(words[at], self._language)

    def _is_group(self, word: str, before: str) -> bool:
        """True if a noun means several people: two constables, the children."""
        leads = _SEVERAL.get(self._language)
        led = (not before or before in _LEADS_GROUP) if leads is None else before in leads.split()
        return led and person_words.singular_of_people(word, self._language) != ""

    def _of_group(self, word: str, before: str, here: Sequence[str]) -> list[str]:
        """Those at hand whom a plural means: "the men" where two are there."""
        if person_id(word) in self.recent:
            return []
        gender, age = person_words.NOUNS.get(person_words.singular_of_people(word, self._language), ("", ""))
        fitting = [one for one in self._around() if one not in here and gender and self._fits(one, gender, age)]
        known = [one for one in fitting if self._register.profile(one.casefold()).gender == gender]
        return known[:_MOST_TOGETHER] if len(known) > 1 and before in _THE_TWO else []

    def _is_role(self, word: str, before: str, at: int) -> bool:
        """True if a noun means a person of the scene: behind an article, at the head, or where none are used."""
        known = word in self._register.roles or (
            person_words.is_person_noun(word, self._language)
            or (self._language == "en" and word in lexicon.PERSONS)
            or word in person_words.RANKS
            or (self._language != "en" and word in person_words.TITLES)
        )
        if not known or before in {"its", "ihrer"} or word in person_words.PLURALS:
            return False
        if self._language == "fr" and word in {"son", "pas"}:
            return False
        led = before in person_words.DETERMINERS or before in lexicon.ARTICLES or before in _TELLING
        led = led or (self._language == "nl" and before in _DUTCH)
        return led or before in _DEFINITE or self._language in _NO_ARTICLES or (at == 0 and self._language != "en")

    def _of_role(self, word: str, before: str, here: Sequence[str]) -> str:
        """Whom a noun means: a known person's role, somebody who is there where one alone fits, else a new person."""
        if word in self._register.roles:
            return person_id(self._register.roles[word])
        key = self._register.canonical(word)
        if key in self.keys:
            return person_id(key)
        around = self._around()
        bearing = [one for one in around if word in self._names_of(one)]
        if len(bearing) == 1:
            return bearing[0]
        definite = before in _DEFINITE or before in _TELLING or (self._language == "nl" and before in _DUTCH) or self._language in _NO_ARTICLES or not before
        if definite and (other := self._by_another_word(word, around, here)):
            return other
        if word in person_words.RANKS and word not in person_words.NOUNS.keys() | lexicon.PEOPLE:
            return ""  # the professor is whoever bears that title, and nobody new
        trade = person_words.TRADES.get(self._language, {}).get(word, "")
        gender, age = person_words.NOUNS.get(word, (person_words.TITLES.get(word, "") or trade, ""))
        age = age or person_words.ADJECTIVES.get(word, "")
        if before in _TELLING:
            age = age or person_words.ADJECTIVES.get(before, "")
        is_kin = word in person_words.RELATIONS
        taken = {*here, self.subject} if is_kin and self._language in _DROPPED else {*here}
        if definite and (gender or age):
            for group in (self.recent, self.present):
                fitting = [one for one in group if one not in taken and self._may_be_meant(one) and self._fits(one, gender, age, is_kin=is_kin)]
                exact = [one for one in fitting if age and self._register.profile(one.casefold()).age == age]
                fitting = exact or fitting
                if fitting:
                    best = (self._older(fitting, here) if word in _PARENTS else []) or self._extreme(fitting, age)
                    return best[-1 if group is self.recent else 0]
        return person_id(key) if before or self._language in _NO_ARTICLES else ""

    def _around(self) -> list[str]:
        """Everybody at hand, the last named first."""
        return list(dict.fromkeys((*reversed(self.recent), *self.present)))

    def _by_another_word(self, word: str, around: Sequence[str], here: Sequence[str]) -> str:
        """Who is at hand and is called otherwise: the lawyer is the SOLICITOR, the stranger whoever has no name."""
        alike = _alike().get(word, frozenset())
        others = [one for one in around if one not in here]
        known = {key for role, key in self._register.roles.items() if role in alike}
        same = [one for one in others if alike & self._names_of(one) or one.casefold() in known]
        if word in _strangers():
            same = [one for one in others if any(person_words.is_person_noun(part, self._language)
                    or part in lexicon.PERSONS for part in self._names_of(one))][:1]  # fmt: skip
        return same[0] if len(same) == 1 else ""

    def _extreme(self, people: Sequence[str], age: person_words.Age) -> Sequence[str]:
        """Of people of one age the oldest whom "the old man" means, and the youngest whom "the boy" does; else all."""
        years = {one: self._register.profile(one.casefold()).years for one in people}
        known = [count for count in years.values() if count is not None]
        if not known or age not in {"old", "child", "young"}:
            return people
        end = max(known) if age == "old" else min(known)
        return [one for one in people if years[one] == end]

    def _older(self, people: Sequence[str], here: Sequence[str]) -> list[str]:
        """Those who may be a parent of whoever acts."""
        child = self._register.profile(next(iter(here), self.subject).casefold()).years
        known = [(one, self._register.profile(one.casefold())) for one in people]
        grown = [one for one, facts in known if facts.age in {"adult", "old"}]
        return [one for one, facts in known if child and facts.years and facts.years > child + _PARENT_YEARS] or grown

    def _names_of(self, person: str) -> AbstractSet[str]:
        """The words of all names of somebody."""
        if person not in self._words:
            key = person.casefold()
            names = [key, *(name for name, same in self._register.aliases.items() if same == key)]
            self._words[person] = {word for name in names for word in words_of(name)}
        return self._words[person]

    def _fits(self, person: str, gender: person_words.Gender, age: person_words.Age, *, is_kin: bool = False) -> bool:
        known = self._register.profile(person.casefold())
        key = person.casefold()
        if is_kin and key not in person_words.RELATIONS and (key in person_words.NOUNS or key in lexicon.PERSONS):
            return False  # the mother is not the OLD MAN
        fits = not gender or known.gender in {gender, ""}
        return fits and (is_kin or known.age in _ALIKE.get(age, frozenset({age, ""})))

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

    def _strangers_in(self, sentence: str, taken: Sequence[PersonMention], acts: Sequence[ActWord]) -> Iterator[PersonMention]:
        """Unknown nouns that lead a clause of a script without spaces and do what only people do."""
        for found in _WIDE_NOUN.finditer(sentence):
            does = any(one.start >= found.end() and one.act in _ONLY_PEOPLE for one in acts)
            known = any(one.start < found.end() and found.start() < one.end for one in taken)
            if does and not known and found[1] not in self._not_people and not names_thing(found[1], self._language):
                yield PersonMention(found.start(1), found.end(1), person_id(found[1]))

    def meant_by(self, pronoun: PronounWord, here: Sequence[str]) -> str:
        """Whom a pronoun means."""
        return self.meant(pronoun.gender, here, is_object=pronoun.is_object)

    def meant(self, gender: str, here: Sequence[str], *, is_object: bool = False) -> str:
        """The last one of that gender, the last subject first; as an object nobody who acts in the same sentence."""
        acting = self._acting if here else self.subject if self._language in _DROPPED else ""
        taken = {acting} if is_object else set[str]()
        subject = self.patient if self.patient and self._suffers else self.subject
        first = () if is_object or not subject else (subject,)
        met = (*here[: not is_object], *reversed(here), *first, *reversed(self.recent))
        groups = [
            [one for one in dict.fromkeys(group) if one not in taken and self._may_be_meant(one, alone=True)]
            for group in (met, self.present, self._before)
        ]
        if not gender:
            return next((one for group in groups for one in group), "")
        for at, group in enumerate(groups):  # whoever of the scene may be meant before somebody of another scene
            for wanted in (gender, "") if at < len(groups) - 1 else (gender,):
                for one in group:
                    if self._register.profile(one.casefold()).gender == wanted:
                        return one
        return ""


def _is_governed(sentence: str, start: int, end: int, language: str) -> bool:
    """True if a preposition before a name, or a particle behind it, keeps it from being a subject."""
    if language in UNSPACED:
        return (
            sentence[end : end + 1] in {"\u3092", "\u306b", "\u3078", "\u3068"}
            or sentence[end : end + 2] == "\u304b\u3089"
        )
    words = re.findall(r"[^\W\d_]+", sentence[max(0, start - 30) : start].casefold())[-2:]
    governing = DATA["governing"].get(language, "").split()
    words = words[:-1] if words and words[-1] in _DEFINITE and words[-1] not in governing else words
    if not words:
        return False
    return words[-1] in governing or (language == "en" and words[-1] in lexicon.PREPOSITIONS)


def _owns(sentence: str, end: int) -> bool:
    return sentence[end : end + 2] in {"'s", "\u2019s"} or sentence[end : end + 1] in {"\u306e", "\u7684"}


def _names(sentence: str, before: str, end: int, one: PersonMention) -> bool:
    """True if a noun that ends here is who is named right behind it: "his mother, Peggy,", "a tall man, JOE"."""
    between = sentence[end : one.start]
    if one.start >= end and between.rstrip().endswith(":"):
        return True
    closed = sentence[one.end : one.end + 1] in {",", ".", "(", ")", "", ":"} or "," not in between
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
    last = max((one.end for one in named if one.end <= at), default=-1)
    between = sentence[last:at] if last >= 0 else ""
    is_apposed = 0 < len(between) < 60 and between.lstrip()[:1] in {",", "(", "\uff08", "-", "\u2014"}
    return is_apposed and not any(word in lexicon.SINGULAR_VERBS for word in words_of(between))
