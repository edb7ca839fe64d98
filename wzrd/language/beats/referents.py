"""Whom pronouns mean, and the nouns of scripts without spaces. Pure."""

import re
from collections.abc import Iterator, Sequence

from wzrd.domain.names import id_of
from wzrd.language.beats.people_at_hand import PeopleAtHand
from wzrd.language.people.mentions import PersonMention
from wzrd.language.people.profiles import Asked
from wzrd.language.people.pronoun_words import PronounWord, is_wide_object, table_of, wide_words
from wzrd.language.words.acts import BODY, NO_PROPS
from wzrd.language.words.person_words import Gender
from wzrd.language.words.role_words import DROPPED

_JOINED = re.compile("[\u982d\u9854\u59ff\u670d\u8eab\u5f79\u90e8\u7528\u578b\u98a8\u58f0\u5b50]")
"""Signs behind a noun that make another one of it: \u574a\u4e3b\u982d is a haircut, \u5973\u58f0 a voice."""
_OWNER = re.compile("([\u4e00-\u9fff\u30a1-\u30fc]{1,6})\u306e\\Z")
_OWN_THINGS = frozenset(
    {"sein", "ihr", "son", "sa", "ses", "su", "sus", "suo", "sua", "suoi", "sue", "seu", "seus", "suas"}
)


class Referents(PeopleAtHand):
    """The people at hand, and whom of them a pronoun means."""

    def __init__(self, register: Asked, keys: Sequence[str], language: str) -> None:
        super().__init__(register, keys, language)
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
            if known or self._is_called_behind(sentence, token.end(), taken) or _JOINED.match(sentence, token.end()):
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
            elif person := (
                next(iter(self._brought_in(word, near=True)), "")
                or self._owned(sentence[: token.start()], word)
                or self._of_role(word, "the", here)
            ):
                owner = sentence[token.end() : token.end() + 1] in {"\u306e", "\u7684"}
                yield PersonMention(*token.span(), person, is_wide_object(sentence, token.end()), owns=owner)

    @staticmethod
    def _is_called_behind(sentence: str, end: int, taken: Sequence[tuple[int, int]]) -> bool:
        """True if a name says who a noun before it is: \u5a18\u30fb\u6ce2, \u5a18\u306e\u6ce2\uff0824\uff09."""
        until = next((until for start, until in taken if start == end + 1), 0)
        dot = sentence[end : end + 1]
        return until > 0 and (dot == "\u30fb" or (dot == "\u306e" and sentence[until : until + 1] in {"(", "\uff08"}))

    def _owned(self, ahead: str, word: str) -> str:
        """Whom a noun behind an owner or a trade brings in: \u82b1\u5ac1\u306e\u7236, \u6d3e\u9063\u306e\u5973."""
        owner = _OWNER.search(ahead)
        return id_of(f"{owner[1]}\u306e{word}") if owner else ""

    def meant(self, gender: Gender, here: Sequence[str], *, is_object: bool = False, barred: Sequence[str] = ()) -> str:
        """The last one of that gender, the last subject first; as an object nobody who acts in the same sentence.

        `barred`: who is named behind it in its clause: "She hands Mum a cup".
        """
        acting = self._acting if here else self.subject if self._language in DROPPED else ""
        taken = {acting} if is_object else {*barred}
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
        *scene, elsewhere = groups
        beast = [self.beast] if self.beast and self.profile(self.beast.casefold()).gender in {gender, ""} else []
        anybody = any(scene)  # "He tugs, she sits": the goat, where there is somebody whom the scene names
        near = [self.near] if self.near and self.near not in taken else []
        for group in (*scene, beast if anybody else [], elsewhere, beast, near):
            for wanted in (gender, "") if group not in (elsewhere, near) else (gender,):
                for one in group:
                    if self.profile(one.casefold()).gender == wanted:
                        self._learn(one.casefold(), gender)
                        return one
        return ""

    def owner_ahead(self, sentence: str) -> str:
        """Whose thing a sentence begins with: "Her spoon drips.", "Ihr L\u00e4cheln wird weich."."""
        word = sentence.casefold().split(maxsplit=1)[0].strip(".,") if sentence.strip() else ""
        gender = table_of(self._language)["own"].get(word, "")
        return self.meant(gender, ()) if gender else self.doer() if word in _OWN_THINGS else ""
