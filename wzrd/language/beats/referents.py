"""Whom pronouns mean, and the nouns of scripts without spaces. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from wzrd.contracts.breakdown import Act
from wzrd.domain.names import id_of
from wzrd.language.beats.people_at_hand import PeopleAtHand, PersonFacts
from wzrd.language.beats.props import names_thing
from wzrd.language.people.mentions import PersonMention
from wzrd.language.people.pronoun_words import PronounWord, is_wide_object, table_of, wide_words
from wzrd.language.words.acts import BODY, NO_PROPS, ActWord
from wzrd.language.words.role_words import DROPPED

_WIDE_NOUN = re.compile("(?:^|[\u3002\u3001\u300c\u300d\\s])([\u4e00-\u9fff]{2,4})(?=[\u304c\u306f])")
_WIDE_GROUP = re.compile("[\u4e00-\u9fff\u30a1-\u30fc]{1,6}(?:\u305f\u3061|\u9054)(?=[\u304c\u306f\u3082])")
"""Several of a kind that lives: \u7f6a\u4eba\u305f\u3061."""
_JOINED = re.compile("[\u982d\u9854\u59ff\u670d\u8eab\u5f79\u90e8\u7528\u578b\u98a8\u58f0]")
"""Signs behind a noun that make another one of it: \u574a\u4e3b\u982d is a haircut, \u5973\u58f0 a voice."""
_WIDE_DEEDS = "\u6b69\u5ea7\u7720\u6ce3\u7b11\u53eb"
ONLY_PEOPLE: frozenset[Act] = frozenset({
    "speak", "laugh", "look", "listen", "wave", "point", "read", "write", "phone", "hand_over", "hug", "kiss",
    "smoke", "photograph", "show", "kneel", "sleep", "dance", "drink", "type", "hold_hands", "kneel_beside",
})  # fmt: skip
"""Acts that only people do, and animals of some."""
ALIVE: frozenset[Act] = frozenset({"walk", "drag", "carry", "push", "take", "fight", "aim", "sit", "throw", "search"})
"""Acts of whoever lives, where capitals bring in somebody."""


class Referents(PeopleAtHand):
    """The people at hand, and whom of them a pronoun means."""

    def __init__(
        self,
        roles: Mapping[str, str],
        aliases: Mapping[str, str],
        canonical: Callable[[str], str],
        profile: Callable[[str], PersonFacts],
        keys: Sequence[str],
        language: str,
    ) -> None:
        super().__init__(roles, aliases, canonical, profile, keys, language)
        self._suffers, self._acting = False, ""
        self._not_people = frozenset(BODY.get(language, "").casefold().split()) | NO_PROPS

    def _several(self, here: Sequence[str], pronoun: PronounWord) -> list[str]:
        near = next((one for one in reversed(here) if self.is_several(one)), "")
        if not here and not pronoun.is_object and len(self.company) > 1:
            return list(self.company)  # "Karl and the children dance. They laugh."
        last = near or (self.subject if self.is_several(self.subject) else next(reversed(self.recent), ""))
        group = last if self.is_several(last) and last not in here else ""
        if group or (near and not pronoun.is_object):
            return [group or near]
        met = (one for one in reversed(self.recent) if not pronoun.is_object or one not in here)
        able = [one for one in met if self._may_be_meant(one)]
        awake = [one for one in able if one not in self._asleep]  # "They look at each other" over a sick-bed
        there = list(self.present) if len(self.present) == 2 else []
        return (awake if len(awake) > 1 else able)[:2] or there or list(self._former) or self._last_pair()

    def _unspaced(self, sentence: str, named: Sequence[PersonMention]) -> Iterator[PersonMention]:
        """Roles and pronouns of a script without spaces: words of the table, the longest first."""
        taken = [(one.start, one.end) for one in named]
        for token in wide_words(self._language).finditer(sentence):
            known = any(start < token.end() and token.start() < end for start, end in taken)
            if known or _JOINED.match(sentence, token.end()):
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
            elif person := next(iter(self._brought_in(word, near=True)), "") or self._of_role(word, "the", here):
                owner = sentence[token.end() : token.end() + 1] in {"\u306e", "\u7684"}
                yield PersonMention(*token.span(), person, is_wide_object(sentence, token.end()), owns=owner)

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

    def meant(self, gender: str, here: Sequence[str], *, is_object: bool = False) -> str:
        """The last one of that gender, the last subject first; as an object nobody who acts in the same sentence."""
        acting = self._acting if here else self.subject if self._language in DROPPED else ""
        taken = {acting} if is_object else set[str]()
        subject = self.patient if self.patient and self._suffers else self.subject
        first = () if is_object or not subject else (subject,)
        met = (*here[: not is_object], *reversed(here), *first, *reversed(self.recent))
        later = {one for at, one in self._newcomers if at > self.until and one not in self.acted}
        here_before = sorted(self.present, key=lambda one: (one in later, one not in self._last))
        groups = [
            [one for one in dict.fromkeys(group) if one not in taken and self._may_be_meant(one, alone=True)]
            for group in (met, here_before, () if is_object else self._before)
        ]
        if not gender:
            return next((one for group in groups for one in group), "")
        for at, group in enumerate(groups):  # whoever of the scene may be meant before somebody of another scene
            for wanted in (gender, "") if at < len(groups) - 1 else (gender,):
                for one in group:
                    if self._profile(one.casefold()).gender == wanted:
                        return one
        return ""
