"""The register of a film's people: gender, age, build and words, one for pictures and voices. Pure.

What a script says outright beats its pronouns, which beat what a trade or a given name suggests.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from wzrd.domain.names import voice_key, words_of
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.people.aliases import aliases_of
from wzrd.language.people.cast_list import CastMember, cast_members, cut_short, without_names
from wzrd.language.people.evidence import Evidence, read_evidence
from wzrd.language.people.late_names import late_names
from wzrd.language.people.profiles import Profile
from wzrd.language.people.told_names import told_names
from wzrd.language.words import lexicon
from wzrd.language.words.person_words import BUILDS, RANKS, STATURES, TITLES, first_meaning
from wzrd.language.words.role_words import ANYBODY

MAX_SCENES, MAX_PARTS, MAX_PEOPLE, MAX_TEXT = 1_000, 1_000, 400, 4_000
_RE = lexicon.patterns("register")


class Register:
    """Everybody of a film. Whoever is not among its speakers is looked up in its prose when asked for.

    Beyond `MAX_PEOPLE` of either, a name alone tells.
    """

    def __init__(self, scenes: Iterable[SceneBrief], cast: str = "", silent: Iterable[str] = ()) -> None:
        """`cast`: the script's own list of its people, a line each or divided by slashes; else the scenes' own.

        `silent`: names of those who only act.
        """
        self._silent = tuple(map(voice_key, silent))
        self._scenes = tuple(scenes)
        listed = cast or next((scene.cast for scene in self._scenes if scene.cast), "")
        self.cast = tuple(cast_members(listed))
        self._others: dict[str, Profile] = {}

    def profile(self, name: str) -> Profile:
        """Profile of a person by any of their names; a stranger's is read from the name and the prose."""
        key = self.canonical(name)
        if key in self._profiles:
            return self._profiles[key]
        if key not in self._others:
            is_one_of_many = len(self._others) >= MAX_PEOPLE
            self._others[key] = _profile(key, {key: Evidence()} if is_one_of_many else self._evidence_of(key))
        return self._others[key]

    def _evidence_of(self, key: str) -> Mapping[str, Evidence]:
        """Evidence of a stranger, of the paragraphs that name them."""
        about = [part for part, folded in self._folded if key in folded]
        text = " ".join(about).casefold()
        near = (one for one in self._keys if any(word in text for word in one.split()))
        return read_evidence([key, *near], [about])

    def canonical(self, name: str) -> str:
        """The key of the person: MRS. GREEN and GREEN are one where that is certain."""
        key = voice_key(name)
        return self.aliases.get(key, key)

    @cached_property
    def _folded(self) -> Sequence[tuple[str, str]]:
        prose = (part for page in self._pages for part in page if isinstance(part, str))
        return [(part, part.casefold().replace("\u2019", "'")) for part in prose]

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """Other names of people: key → the key of the same person."""
        roles = {key: found.roles for key, found in self._evidence.items()}
        together = [{voice_key(line.character) for line in _lines(scene)} for scene in self._scenes]
        known = {key: (found.gender, found.age) for key, found in self._read.items()}
        prose = [part for page in self._pages for part in page if isinstance(part, str)]
        told = told_names(prose, together, self._keys)
        told += cut_short([one.key for one in self.cast], cues := set[str]().union(*together))
        firsts = {key: found.first_name.casefold() for key, found in self._evidence.items()}
        told += [
            [key, first]
            for key, first in firsts.items()
            if first in self._read.keys() - cues and any(f"{first} {key}" in folded for _, folded in self._folded)
        ]  # Rick O'HARA
        told += late_names(self._pages, self._keys, {key: found.gender for key, found in self._read.items()})
        outright = {
            key: (found.gender if found.known_by == "introduction" else "", found.age)
            for key, found in self._read.items()
        }
        return aliases_of(known, roles, together, told, outright)

    @cached_property
    def roles(self) -> Mapping[str, str]:
        """Words that mean one person alone by what they are: `notary` → the key of DON ANSELMO, a notary."""
        return {role: next(iter(keys)) for role, keys in self._owners.items() if len(keys) == 1}

    @cached_property
    def groups(self) -> Mapping[str, Sequence[str]]:
        """Nouns for several people → the keys of those whom each brought in: `brothers`."""
        return {role: [*keys] for role, keys in self._owners.items() if len(keys) > 1}

    @cached_property
    def _owners(self) -> Mapping[str, Mapping[str, None]]:
        told = [(role, one.key) for one in self.cast for role in one.roles]
        lines = [line for scene in self._scenes for line in _lines(scene)]
        told += [
            (found[1].casefold(), voice_key(line.character))
            for line in lines
            for found in _RE["i_am"].finditer(line.text)
        ]
        roles = ((role, key) for key, found in self._evidence.items() for role in found.roles if " " not in role)
        told += [(role, key) for role, key in roles if role not in ANYBODY]
        owners: dict[str, dict[str, None]] = {}
        for role, key in told:
            owners.setdefault(role, {})[self.canonical(key)] = None
        return owners

    @cached_property
    def _keys(self) -> list[str]:
        names = [
            name for scene in self._scenes for name in (*scene.characters, *(line.character for line in _lines(scene)))
        ]
        listed = (member.key for member in self.cast)
        return [key for key in dict.fromkeys((*map(voice_key, names), *listed, *self._silent)) if key][:MAX_PEOPLE]

    @cached_property
    def _pages(self) -> Sequence[Sequence[str | Line]]:
        """Paragraphs and lines of each scene, in the page's order."""
        listed = [_sentence_of(one, without_names(one, self.cast)) for one in self.cast]
        pages: list[list[str | Line]] = [[*listed]] if self.cast else []
        return pages + [
            [part[:MAX_TEXT] if isinstance(part, str) else part for part in _page(scene)[:MAX_PARTS]]
            for scene in self._scenes[:MAX_SCENES]
        ]

    @cached_property
    def _evidence(self) -> Mapping[str, Evidence]:
        return read_evidence(self._keys, self._pages)

    @cached_property
    def _read(self) -> Mapping[str, Profile]:
        return {key: _profile(key, self._evidence) for key in self._evidence}

    @cached_property
    def _profiles(self) -> Mapping[str, Profile]:
        groups: dict[str, list[str]] = {}
        for key, same in self.aliases.items():
            if key in self._evidence:
                groups.setdefault(same, [same]).append(key)
        joined = {same: _profile(same, self._evidence, *keys[1:]) for same, keys in groups.items()}
        return {**self._read, **joined}


def _sentence_of(member: CastMember, told: str) -> str:
    """A line of the list with a comma between its parts: "JORDAN, her husband, 35"."""
    parts = (part.strip() for part in re.split(r"[,()\uff08\uff09\u3000\u3001:\uff1a]", told))
    return ", ".join((member.name, *filter(None, parts)))[:MAX_TEXT]


def _lines(scene: SceneBrief) -> tuple[Line, ...]:
    return scene.dialogue or tuple(part for part in scene.script if isinstance(part, Line))


def _page(scene: SceneBrief) -> tuple[str | Line, ...]:
    return scene.script or (
        (*scene.actions, *scene.dialogue) if scene.actions else (scene.description, *scene.dialogue)
    )


def _telling(key: str, names: Sequence[str]) -> tuple[str, ...]:
    """Words that suggest a gender, a given name before the surname that is the key: ILSE of VANCE."""
    whole = [name.split()[:-1] for name in names if name.endswith(f" {key}")]
    given = [word for words in whole for word in words if word not in RANKS and word not in TITLES]
    return (*given[:1], key, *(name.split()[0] for name in names))


def _profile(key: str, evidence: Mapping[str, Evidence], *names: str) -> Profile:
    """All that is found of somebody under their key and their other names."""
    found = evidence[key]
    for name in names:
        found = found.joined(evidence[name])
    gender, known_by = found.judged(*_telling(key, names))
    traits = found.traits
    said = words_of(traits.said)
    build, stature = first_meaning(BUILDS, said) or "", first_meaning(STATURES, said) or ""
    return Profile(key, gender, traits.age, traits.years, build, stature, traits.said[:300], known_by)
