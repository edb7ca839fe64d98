"""Known facts of people, and what those who read beats ask a film's register. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from wzrd.language.words.person_words import Age, Build, Gender, Stature


@dataclass(frozen=True, slots=True)
class Profile:
    """Known facts about a person: `said` are the folded words that bring them in, `years` None if untold.

    `known_by`: introduction, pronouns, trade, name; '' where the gender is not known.
    """

    key: str
    gender: Gender = ""
    age: Age = ""
    years: int | None = None
    build: Build = ""
    stature: Stature = ""
    said: str = ""
    known_by: str = ""

    @property
    def words(self) -> str:
        """Known facts in words: "woman, teen, slim"."""
        return ", ".join(word for word in (self.gender, self.age, self.build) if word)


class Asked(NamedTuple):
    """A film's register as it is asked: for roles, aliases, keys and profiles."""

    roles: Mapping[str, str]
    aliases: Mapping[str, str]
    canonical: Callable[[str], str]
    profile: Callable[[str], Profile]
