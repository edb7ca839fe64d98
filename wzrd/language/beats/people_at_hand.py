"""Everybody at hand while a scene is read, and whom of them a noun means: "the old man". Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import islice

from wzrd.domain.names import id_of, words_of
from wzrd.language.people.ages import YOUNG
from wzrd.language.people.profiles import Asked, Profile
from wzrd.language.words import lexicon, person_words
from wzrd.language.words.plurals import singular_of_people
from wzrd.language.words.role_words import (
    ANYBODY,
    BEASTS,
    CHILDREN,
    DATA,
    DEFINITE,
    DROPPED,
    GROUPS,
    NO_ARTICLES,
    PARENTS,
    SERVING,
    SMALL,
    SPOUSES,
    STRANGERS,
    TELLING,
    THE_TWO,
    WEDDED,
    alike,
    animals_in,
    is_definite,
    is_led,
    leads_group,
    nominal,
    nominal_gender,
    titled,
)

MOST_TOGETHER = 4
"""People whom "everyone" means at most."""
_MOST_BEFORE = 6
"""People of former scenes whom a pronoun may mean where a scene names nobody."""
_LOW, _FELLS = frozenset({"sleep", "die", "lie", "fall"}), frozenset({"strike", "shoot", "stab", "push"})
_UP = frozenset({"stand", "walk", "run", "enter", "leave", "climb", "jump", "dance"})
"""Acts after which somebody is down, which bring somebody down, and for which one must be up."""
_DEAD = frozenset(str(DATA["dead"]).split())
"""Nouns for somebody whom no pronoun means."""
_PARENT_YEARS = 13
_PAIR = 2
_TWO = THE_TWO - DEFINITE
_SOON = 300
"""Letters behind a noun for somebody nameless within which the page names them."""
_STILL_A_BOY, _STILL_YOUNG = 21, 35
"""The last years of "the boy" and of "the young woman"."""
_NEXT = 4
"""Letters between a sentence and a name that begins the next."""
_OWNERS: Mapping[str, person_words.Gender] = {"his": "man", "her": "woman"}
_OF_KIND: Mapping[str, frozenset[str]] = {
    "fr": frozenset({"de", "d'"}), "es": frozenset({"de"}), "it": frozenset({"di", "da"}), "pt": frozenset({"de"}),
}  # fmt: skip
"""Words before a bare noun that is of a kind: "gorro de cocinera", "divisa da cameriere"."""
_ALIKE: Mapping[str, frozenset[str]] = {
    "young": frozenset({"young", "teen", ""}), "child": frozenset({"child", "teen", ""}),
    "teen": frozenset({"teen", "child", "young", ""}), "": frozenset({"", "adult", "young", "old"}),
}  # fmt: skip
"""Ages that a noun's age may mean."""


class PeopleAtHand:
    """Who is in the scene and was named last, for pronouns and for nouns that mean somebody."""

    def __init__(self, register: Asked, keys: Sequence[str], language: str) -> None:
        self._roles, self._aliases, self._canonical, self._known = register
        self._learned: dict[str, person_words.Gender] = {}
        self.keys, self._language = keys, language
        self.recent: list[str] = []
        self.present: tuple[str, ...] = ()
        self.subject = self.patient = self.beast = ""
        self.near = ""  # who was heard off screen last, and may come into the picture
        self.company: tuple[str, ...] = ()
        self._former: tuple[str, ...] = ()  # who acted together last in the scenes before
        self._last: tuple[str, ...] = ()  # who was named in the scene before, the last first
        self._animals = animals_in(language)
        self._of_kinds = _OF_KIND.get(language, frozenset[str]())
        self._before: tuple[str, ...] = ()
        self.acted: Counter[str] = Counter()
        self._words: dict[str, AbstractSet[str]] = {}
        self._persons: dict[str, bool] = {}
        self._newcomers: Sequence[tuple[int, str]] = ()
        self._asleep: set[str] = set()
        self._down: set[str] = set()
        self.until = 0

    def profile(self, key: str) -> Profile:
        """Facts of somebody, with the sex that this reading has bound to whom nothing else tells of."""
        known = self._known(key)
        return (
            replace(known, gender=self._learned[known.key], known_by="pronouns")
            if known.key in self._learned
            else known
        )

    def _learn(self, key: str, gender: person_words.Gender) -> None:
        """Take in the sex that a pronoun or a noun tells of somebody, where nothing else does."""
        known = self._known(key) if gender else None
        if known is not None and not known.gender:
            self._learned.setdefault(known.key, gender)

    def begin(self, present: Sequence[str], newcomers: Sequence[tuple[int, str]] = ()) -> None:
        """A scene begins, in which these people are; `newcomers` are those whom it brings in, and where."""
        self._newcomers = newcomers
        earlier = (person for person, _ in self.acted.most_common(_MOST_BEFORE + len(present)) if person not in present)
        self._before = tuple(islice(earlier, _MOST_BEFORE))
        self._last = tuple(reversed(self.recent)) or self._last
        self.recent, self.present, self.subject, self.patient, self.beast = [], tuple(present), "", "", ""
        self.near = ""
        self._former, self.company = self.company or self._former, ()

    def keep_company(self, who: Sequence[str]) -> None:
        """These acted: several are whom the next "they" means, until somebody else acts."""
        if len(who) > 1 or not set(who) <= set(self.company):
            self.company = tuple(who) if len(who) > 1 else ()

    def remember(self, person: str) -> None:
        """Somebody was named."""
        if person in self.recent:
            self.recent.remove(person)
        self.recent.append(person)

    def fall_asleep(self, who: Sequence[str], whom: Sequence[str], act: str, *, told: bool) -> None:
        """Whoever sleeps or lies dead looks at nobody until they wake; who falls or lies is down until they go on."""
        self._down.update((who or whom) if told or act in _LOW else whom if act in _FELLS else ())
        self._down.difference_update(who if act in _UP else ())
        if act in {"sleep", "die"} or told:
            self._asleep.update(who or whom)
        elif act not in {"lie", "other", "move"}:
            self._asleep.difference_update(who)

    def lies(self, person: str) -> bool:
        """True if somebody was told to lie, to fall or to be struck down, and not to rise."""
        return person in self._down

    def doer(self) -> str:
        """Whoever acts where a sentence has no subject: who acted last, else who is alone."""
        last = self.subject or next(iter(self.recent[-1:] or self.present if len(self.present) == 1 else ()), "")
        if self._may_be_meant(last):
            return last
        able = [one for one in self.present if self._may_be_meant(one)]  # a cat counts no coins
        return able[0] if len(able) == 1 else ""

    def doers(self) -> tuple[str, ...]:
        """The two who act where a sentence without a subject is told of several."""
        if len(self.company) > 1:
            return self.company
        able = [one for one in self._around() if self._may_be_meant(one, alone=True)][:_PAIR]
        return tuple(able) if len(able) == _PAIR else ()

    def _last_pair(self) -> list[str]:
        """The two whom the scene before named last, where this one names nobody."""
        able = [one for one in self._last if self._may_be_meant(one, alone=True)]
        return able[:_PAIR] if len(able) >= _PAIR else []

    def others(self, who: Sequence[str]) -> tuple[str, ...]:
        """Everybody at hand but these, the last named first."""
        return tuple(one for one in dict.fromkeys((*reversed(self.recent), *self.present)) if one not in who)

    def _around(self) -> list[str]:
        """Everybody at hand, the last named first."""
        return list(dict.fromkeys((*reversed(self.recent), *self.present)))

    def _may_be_meant(self, person: str, *, alone: bool = False) -> bool:
        """True if a pronoun may mean somebody: an animal that nobody has named is none, nor several one `alone`."""
        key = person.casefold()
        if key in _DEAD:
            return False
        is_animal = key in self._animals or singular_of_people(key, self._language) in self._animals
        return (not is_animal or key in self.keys) and not (alone and self.is_several(person))

    def is_several(self, person: str) -> bool:
        """True if an id means several people: the constables, a crowd."""
        key = person.casefold()
        named = key in self.keys and not key.endswith(("men", "people", "children"))  # POPS is one
        return key in GROUPS or (not named and singular_of_people(key, self._language) != "")

    def _is_group(self, word: str, before: str, ahead: str = "") -> bool:
        """True if a noun means several people: two constables, the children, a group of workers, two security guards.

        `ahead`: the word before the last.
        """
        if word in GROUPS:
            return not before or is_led(before, self._language) or before in person_words.NUMBERS
        aged = word == "teens" and before in _OWNERS  # "barely out of her teens"
        if aged or not singular_of_people(word, self._language):
            return False
        english = before in {"of", *lexicon.DETERMINERS} or ahead in person_words.NUMBERS
        return leads_group(before, self._language) or (english and self._language == "en")

    def _of_group(self, word: str, before: str, here: Sequence[str]) -> list[str]:
        """Those at hand whom a plural means: "the men" where two are there."""
        if id_of(word) in self.recent:
            return []
        gender, age = person_words.NOUNS.get(singular_of_people(word, self._language), ("", ""))
        fitting = [one for one in self._around() if one not in here and gender and self._fits(one, gender, age)]
        known = [one for one in fitting if self.profile(one.casefold()).gender == gender]
        if before in _TWO and len(known) > _PAIR:  # whoever just came is none of both
            return [one for one in known if one != self.subject][:_PAIR]
        return known[:MOST_TOGETHER] if len(known) > 1 and before in THE_TWO else []

    def _is_person(self, word: str) -> bool:
        """True if a noun means a person."""
        if word not in self._persons:
            self._persons[word] = word in self._roles or (
                self._is_noun(word) or word in person_words.RANKS or person_words.is_title(word, self._language)
            )
        return self._persons[word]

    def _is_role(self, word: str, before: str, at: int) -> bool:
        """True if a noun means a person of the scene: behind an article, at the head, or where none are used."""
        if not self._is_person(word) or before in {"its", "ihrer"} or word in person_words.PLURALS:
            return False
        if self._language == "fr" and word in {"son", "pas"}:
            return False
        if before in self._of_kinds:
            return False
        led = is_led(before, self._language) or self._language in NO_ARTICLES
        return led or (at == 0 and self._language != "en")

    def _of_role(self, word: str, before: str, here: Sequence[str]) -> str:
        """Whom a noun means: a known person's role, somebody who is there where one alone fits, else a new person."""
        key = self._roles.get(word) or self._canonical(word)
        is_own = word in person_words.RELATIONS and id_of(key) == next(iter(here), self.subject)  # his brother
        if (word in self._roles or key in self.keys) and not is_own:
            return id_of(key)
        if word in BEASTS and self.beast:
            return self.beast
        bearing = [one for one in self._around() if word in self._names_of(one)]
        if before in person_words.ADJECTIVES:  # "the old man" where a man is, and one who is old
            bearing = [one for one in bearing if before in self._names_of(one)]
        if len(bearing) == 1:
            return bearing[0]
        definite = is_definite(before, self._language)
        if definite and (other := self._by_another_word(word, here)):
            return other
        if word in person_words.RANKS and word not in person_words.NOUNS.keys() | lexicon.PEOPLE:
            return ""  # the professor is whoever bears that title, and nobody new
        known = self._of_kind(word, before, here) if definite and word not in SERVING else ""
        is_named = before or self._language in NO_ARTICLES or word in person_words.RELATIONS
        self._learn(known.casefold(), person_words.facts_of_noun(word, self._language)[0] if known else "")
        return known or (id_of(key) if is_named else "")

    def _brought_in(self, word: str, many: int = 1, *, near: bool = False) -> list[str]:
        """Whom a noun means that the page names soon after: "A man limps in. JOE, 50, ...", "Two figures ...".

        `near`: the noun ends its sentence, and the name begins the next.
        """
        gender, age = person_words.facts_of_noun(word, self._language)
        anybody = word in ANYBODY | STRANGERS or (age and word not in person_words.RELATIONS)  # a waiter is another
        if not anybody and not near:
            return []
        soon_ends = self.until + (_NEXT if near else _SOON * many)
        kin = {id_of(key) for role, key in self._roles.items() if role in person_words.RELATIONS and role != word}
        known = () if near else {*self.recent, *kin}
        soon = (one for at, one in self._newcomers if self.until <= at <= soon_ends and one not in known)
        able = (one for one in dict.fromkeys(soon) if not self.is_several(one) and self._fits(one, gender, age))
        found = list(islice(able, many))
        return found if len(found) == many else []

    def _of_kind(self, word: str, before: str, here: Sequence[str]) -> str:
        """Who at hand has the sex and age that a noun and the word before it tell; '' for nobody."""
        gender, age = person_words.facts_of_noun(word, self._language)
        gender = gender or (nominal_gender(word, before, self._language) if word in nominal(self._language) else "")
        age = age or person_words.ADJECTIVES.get(word, "child" if word in SMALL else "")
        if before in TELLING:
            age = age or person_words.ADJECTIVES.get(before, "")
        is_kin, is_child = word in person_words.RELATIONS, word in CHILDREN
        is_elder = is_kin and (word in PARENTS | SPOUSES or age == "old" or word in person_words.TITLES)
        taken = {*here} if here or not is_kin or self._language not in DROPPED else {self.subject}
        if is_kin and before in person_words.POSSESSIVES and before not in _OWNERS:  # "zijn zoon" is not himself
            taken |= {self.subject or next(reversed(self.recent), "")}
        if is_kin and before in _OWNERS:  # "his brother" is not himself
            near = (
                one
                for one in (*reversed(here), self.subject, *self._around())
                if self.profile(one.casefold()).gender == _OWNERS[before]
            )
            taken |= {*islice(near, 1)}
        family = self._namesakes(taken, gender, age) if is_kin else ()
        young = self._younger(family)
        family = [one for one in family if (one in young) == is_child] if is_child or is_elder else family
        if len(family) == 1:
            return family[0]
        for group in (self.recent, self.present) if gender or age else ():
            free = (one for one in group if one not in taken and self._may_be_meant(one, alone=True))
            fitting = [one for one in free if self._fits(one, gender, age, is_kin=is_kin)]
            fitting = [one for one in fitting if not (is_kin and self._is_other_kin(one, word))]
            if fitting and word in WEDDED:  # the bride is not her mother
                fitting = self._extreme(fitting, "young")
            if word not in ANYBODY:  # the maiden is no DRAGON, and the intern not the DIRECTOR
                is_trade = not is_kin and not age
                fitting = [one for one in fitting if not self.is_nameless([one], gendered=is_trade)]
                fitting = self._grown(fitting) if word in person_words.TRADES.get(self._language, ()) else fitting
            if is_elder:
                fitting = [one for one in fitting if self.profile(one.casefold()).age not in {"child", "teen"}]
            exact = [one for one in fitting if age and self.profile(one.casefold()).age == age]
            known = [one for one in fitting if age and self.profile(one.casefold()).age]
            if fitting := exact or known or ([] if age == "child" and not gender else fitting):
                kin = self._older(fitting, here) if word in PARENTS else self._younger(fitting) if is_child else []
                best = kin or self._extreme(fitting, age)
                return best[-1 if group is self.recent else 0]
        former = [one for one in self._before if age and one not in taken and self._fits(one, gender, age)]
        return former[0] if len(former) == 1 and self.profile(former[0].casefold()).age == age else ""

    def _is_other_kin(self, person: str, word: str) -> bool:
        """True if somebody is called by another word for kin: Uncle Heinz is nobody's father."""
        called = self._names_of(person) & person_words.RELATIONS.keys()
        return bool(called) and not called & {word, *alike().get(word, ())}

    def _by_another_word(self, word: str, here: Sequence[str]) -> str:
        """Who is at hand and is called otherwise: the lawyer is the SOLICITOR, the stranger whoever has no name."""
        words = alike().get(word, frozenset())
        others = [one for one in self._around() if one not in here]
        known = {key for role, key in self._roles.items() if role in words}
        same = [one for one in others if words & self._names_of(one) or one.casefold() in known]
        same = same or [one for one in others if " " in one and word in titled().get(one.casefold().split()[0], ())]
        if word in STRANGERS:
            nameless = [one for one in others if any(map(self._is_noun, self._names_of(one)))]
            came = list(self.acted)
            newest = sorted(others, key=lambda one: came.index(one) if one in came else len(came), reverse=True)
            same = (nameless or newest)[:1]
        return same[0] if len(same) == 1 else ""

    def _is_noun(self, word: str) -> bool:
        english = self._language == "en" and (word in lexicon.PERSONS or word in person_words.LIKELY)
        return english or person_words.is_person_noun(word, self._language)

    def is_nameless(self, people: Sequence[str], *, gendered: bool = True) -> bool:
        """True if all of these are known by a noun alone: the driver; with a sex or, if not `gendered`, without."""
        nouns = [one.casefold() for one in people if self._is_noun(one.casefold()) and one.casefold() not in ANYBODY]
        return len(nouns) == len(people) and (gendered or not any(self.profile(one).gender for one in nouns))

    def _namesakes(self, people: AbstractSet[str], gender: person_words.Gender, age: person_words.Age) -> Sequence[str]:
        """Who at hand bears the last name of one of these: the wife of MR. OKAFOR is MRS. OKAFOR."""
        families = {name for one in people for name in self._last_names(one)}
        bearing = [one for one in self._around() if one not in people and self._last_names(one) & families]
        return [one for one in bearing if self._fits(one, gender, age, is_kin=True)]

    def _last_names(self, person: str) -> AbstractSet[str]:
        """The last words of somebody's names of several words."""
        key = person.casefold()
        names = (key, *(name for name, same in self._aliases.items() if same == key))
        return {name.split()[-1] for name in names if " " in name}

    def _extreme(self, people: Sequence[str], age: person_words.Age) -> Sequence[str]:
        """Of people of one age the oldest whom "the old man" means, and the youngest whom "the boy" does; else all."""
        years = {one: self.profile(one.casefold()).years for one in people}
        known = [count for count in years.values() if count is not None]
        if len(known) < len(people) or age not in {"old", "child", "young"}:
            return people
        end = max(known) if age == "old" else min(known)
        return [one for one in people if years[one] == end]

    def _grown(self, people: Sequence[str]) -> list[str]:
        """The only one of these who may have a trade."""
        grown = [one for one in people if self.profile(one.casefold()).age not in {"child", "teen"}]
        return grown if len(grown) == 1 else []

    def _younger(self, people: Sequence[str]) -> list[str]:
        """Those who are told to be young: the niece is no aunt."""
        return [one for one in people if self.profile(one.casefold()).age in {"child", "teen", "young"}]

    def _older(self, people: Sequence[str], here: Sequence[str]) -> list[str]:
        """Those who may be a parent of whoever acts."""
        child = self.profile(next(iter(here), self.subject).casefold()).years
        known = [(one, self.profile(one.casefold())) for one in people]
        grown = [one for one, facts in known if facts.age in {"adult", "old"}]
        return [one for one, facts in known if child and facts.years and facts.years > child + _PARENT_YEARS] or grown

    def _names_of(self, person: str) -> AbstractSet[str]:
        """The words of all names of somebody."""
        if person not in self._words:
            key = person.casefold()
            names = [key, *(name for name, same in self._aliases.items() if same == key)]
            words = {word for name in names for word in (*words_of(name), name.rpartition("\u306e")[2])}
            self._words[person] = words | {person_words.base_form(word, self._language) for word in words}
        return self._words[person]

    def _fits(self, person: str, gender: person_words.Gender, age: person_words.Age, *, is_kin: bool = False) -> bool:
        known = self.profile(person.casefold())
        key = person.casefold()
        if is_kin and key not in person_words.RELATIONS and (key in person_words.NOUNS or key in lexicon.PERSONS):
            return False  # the mother is not the OLD MAN
        fits = not gender or known.gender in {gender, ""}
        grows = age == "young" and known.age == "child" and self._language != "en"  # a "muchacho" of nine
        years = known.years or 0
        grows |= age == "child" and gender != "" and 0 < years <= _STILL_A_BOY
        grows |= age == "young" and YOUNG < years <= _STILL_YOUNG
        return fits and (is_kin or grows or known.age in _ALIKE.get(age, frozenset({age, ""})))
