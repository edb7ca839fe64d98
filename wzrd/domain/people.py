"""The register of a film's people: gender, age, build and words, one for pictures and voices. Pure.

What a script says outright beats its pronouns, which beat what a trade or a given name suggests.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from wzrd.domain.introductions import NOTHING, Told, before, behind, is_closed, read_fragment, read_name
from wzrd.domain.mentions import Mention, Mentions, sentences_of
from wzrd.domain.names import voice_key, words_of
from wzrd.domain.person_words import (
    BUILDS,
    LIKELY,
    RANKS,
    STATURES,
    TITLES,
    Age,
    Build,
    Gender,
    Stature,
    first_meaning,
    gender_of_name,
    gender_of_names,
    is_given_name,
)
from wzrd.domain.pronouns import pronoun_votes
from wzrd.domain.shots import Line, SceneBrief

MAX_SCENES, MAX_PARTS, MAX_PEOPLE, MAX_TEXT = 1_000, 1_000, 400, 4_000
FIRST_MENTIONS = 3
"""How often somebody is named until they count as brought in."""
_FIRST_NAME = re.compile(r"(?<![\w'\u2019])([A-Z][\w'\u2019-]+)\s+(?:[\"\u201c(][^\"\u201d)]{1,20}[\"\u201d)]\s+)?\Z")
_SELF = {"himself": 2, "herself": -2}
_OWN = re.compile(
    r"\b(?:under|clear\w*|shak\w+|nod\w*|rais\w+|lower\w*|hold\w*|rub\w*|wip\w+)\s(his|her)\s(?:breath|throat|head|voice|eyes|hands?|mouth|tears)\b"
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of somebody: `said` are the folded words that bring them in, `years` None where none are told.

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
        """What is known, in words: "woman, teen, slim"."""
        return ", ".join(word for word in (self.gender, self.age, self.build) if word)


@dataclass(slots=True)
class _Evidence:
    """All that was found of one: outright statements, each with a weight, and pronouns (he above 0).

    `met`: how often the prose has named them, `first_name` what stands before a surname that is a cue.
    """

    told: Told = NOTHING
    gender: float = 0.0
    pronouns: float = 0.0
    votes: int = 0
    roles: tuple[str, ...] = ()
    first_name: str = ""
    met: int = 0

    def add(self, told: Told, weight: float) -> None:
        if self.told.said and not (told.gender or told.age):
            told = replace(told, said="")
        self.told = told.over(self.told) if told.now else self.told.over(told)
        self.gender += weight * ((told.gender == "man") - (told.gender == "woman"))
        if told.role:
            self.roles = (*self.roles, told.role)


class Register:
    """Everybody of a film. Whoever is not among its speakers is looked up in its prose when asked for."""

    def __init__(self, scenes: Iterable[SceneBrief]) -> None:
        self._scenes = tuple(scenes)
        self._others: dict[str, Profile] = {}

    def profile(self, name: str) -> Profile:
        """What is known of somebody by any of their names; of a stranger what the name and the prose tell."""
        key = self.canonical(name)
        if key in self._profiles:
            return self._profiles[key]
        if key not in self._others:
            self._others[key] = _read([key], self._pages)[key]
        return self._others[key]

    def canonical(self, name: str) -> str:
        """The key of the person: MRS. GREEN and GREEN are one where that is certain."""
        key = voice_key(name)
        return self.aliases.get(key, key)

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """Other names of people: key → the key of the same person."""
        return {key: same for key, same in _aliases(self._keys, self._scenes, self._read).items() if key != same}

    @cached_property
    def _keys(self) -> list[str]:
        names = [
            name for scene in self._scenes for name in (*scene.characters, *(line.character for line in _lines(scene)))
        ]
        return [key for key in dict.fromkeys(map(voice_key, names)) if key][:MAX_PEOPLE]

    @cached_property
    def _pages(self) -> Sequence[Sequence[str | Line]]:
        """Paragraphs and lines of each scene, in the page's order."""
        return [
            [part[:MAX_TEXT] if isinstance(part, str) else part for part in _page(scene)[:MAX_PARTS]]
            for scene in self._scenes[:MAX_SCENES]
        ]

    @cached_property
    def _read(self) -> Mapping[str, Profile]:
        return _read(self._keys, self._pages)

    @cached_property
    def _profiles(self) -> Mapping[str, Profile]:
        joined = dict(self._read)
        for key, same in self.aliases.items():
            joined[same] = _joined(joined[same], joined[key])
        return joined


def _lines(scene: SceneBrief) -> tuple[Line, ...]:
    return scene.dialogue or tuple(part for part in scene.script if isinstance(part, Line))


def _page(scene: SceneBrief) -> tuple[str | Line, ...]:
    return scene.script or (
        (*scene.actions, *scene.dialogue) if scene.actions else (scene.description, *scene.dialogue)
    )


def _read(keys: Sequence[str], pages: Sequence[Sequence[str | Line]]) -> dict[str, Profile]:
    """A profile for each key."""
    evidence = {key: _Evidence() for key in keys}
    prose = [part for page in pages for part in page if isinstance(part, str)]
    mentions = Mentions(keys, prose)
    for key, found in evidence.items():
        found.add(read_name(key), 6)
        _read_title(key, found)
    for text in prose:
        _introductions(text, mentions, evidence)
    for line in (part for page in pages for part in page if isinstance(part, Line)):
        _spoken_of(line, mentions, evidence)
        _own_words(line, evidence)

    def known(key: str) -> Gender:
        found = evidence.get(key)
        return (_sign(found.gender) or _suggested(key, found.first_name)[0]) if found else ""

    for key, (he, she) in pronoun_votes(pages, mentions, known).items():
        evidence[key].pronouns += he - she
        evidence[key].votes += he + she
    return {key: _profile(key, found) for key, found in evidence.items()}


def _sign(balance: float) -> Gender:
    return "man" if balance > 0 else "woman" if balance < 0 else ""


def _profile(key: str, found: _Evidence) -> Profile:
    outright, pronouns = _sign(found.gender), _sign(found.pronouns)
    clear = abs(found.pronouns) > 0.5 * found.votes
    misread = abs(found.gender) < 4 and abs(found.pronouns) >= 6 and clear
    suggested, by = _suggested(key, found.first_name)
    overruled = by == "name" and pronouns != suggested and not (clear and abs(found.pronouns) >= 3)
    gender, known_by = (
        (outright, "introduction")
        if outright and not (misread and pronouns != outright)
        else (pronouns, "pronouns")
        if pronouns and not overruled
        else (suggested, by)
    )
    told = found.told
    said = words_of(told.said)
    build, stature = first_meaning(BUILDS, said) or "", first_meaning(STATURES, said) or ""
    return Profile(key, gender, told.age, told.years, build, stature, told.said[:300], known_by)


def _suggested(key: str, first_name: str = "") -> tuple[Gender, str]:
    """What a trade or a given name makes likely."""
    words = [*words_of(first_name), *words_of(key)]
    own = [word.strip(".") for word in words if word not in RANKS]
    trade = first_meaning(LIKELY, words[::-1]) or ""
    named = gender_of_names(own)
    if named and not (trade and len(own) > 1 and own[-1] in LIKELY):
        return named, "name"
    return (trade, "trade") if trade else (named, "name" if named else "")


def _read_title(key: str, found: _Evidence) -> None:
    words = [word.strip(".") for word in key.split()]
    if len(words) > 1 and words[0] in TITLES:
        found.add(Told(TITLES[words[0]]), 6)


def _introductions(paragraph: str, mentions: Mentions, evidence: Mapping[str, _Evidence]) -> None:
    """What stands around each name in a paragraph of action."""
    statements = _statements(paragraph)
    for at, sentence in enumerate(statements):
        named = list(mentions.find(sentence))
        words = frozenset(word for mention in named for word in mention.key.split())
        for mention in named:
            found = evidence[mention.key]
            found.met += 1
            ahead, after = sentence[: mention.start], sentence[mention.end :]
            _titled(ahead, mention, found)
            others = words - set(mention.key.split())
            told = behind(after, names=others)
            if found.met > FIRST_MENTIONS and not (mention.capital and told.years is not None):
                continue
            found.add(told, 4 if mention.capital else 3)
            owners = {one.key for one in named if sentence[one.end :][:2] in {"'s", "\u2019s"}}
            if found.met == 1 and {one.key for one in named} - owners == {mention.key}:
                for fragment in statements[at + 1 : at + 3]:
                    found.add(read_fragment(fragment), 3)
            found.add(before(ahead, capital=mention.capital, closed=is_closed(after)), 3)
            if (name := _FIRST_NAME.search(ahead)) and is_given_name(name.group(1).casefold()):
                found.first_name = found.first_name or name.group(1)


def _statements(paragraph: str) -> list[str]:
    """Sentences, a bracket never torn from its name."""
    joined: list[str] = []
    for sentence in sentences_of(paragraph):
        if joined and joined[-1].count("(") > joined[-1].count(")"):
            joined[-1] += sentence
        else:
            joined.append(sentence)
    return joined


def _titled(ahead: str, mention: Mention, found: _Evidence) -> None:
    """`Mrs. Green` for somebody whose cue is GREEN; a first name is nobody's title."""
    word = ahead.rstrip().rsplit(" ", 1)[-1].casefold().strip("\"'(.\u201c") if ahead.strip() else ""
    if word in TITLES and " " not in mention.key and ahead.rstrip()[-len(word) - 1 :][:1].strip() == "":
        found.add(Told(TITLES[word]), 3)


def _spoken_of(line: Line, mentions: Mentions, evidence: Mapping[str, _Evidence]) -> None:
    """How others call somebody: `my wife Anna`, `Mrs. Green`."""
    for sentence in sentences_of(line.text[:MAX_TEXT]):
        for mention in mentions.find(sentence):
            ahead = sentence[: mention.start]
            told = before(ahead, capital=False, closed=False)
            evidence[mention.key].add(Told(told.gender), 2)
            _titled(ahead, mention, evidence[mention.key])


def _own_words(line: Line, evidence: Mapping[str, _Evidence]) -> None:
    """What a parenthetical tells of whoever speaks: `(to herself)`, `(under his breath)`."""
    found = evidence.get(voice_key(line.character))
    if found is None or not line.parenthetical:
        return
    folded = line.parenthetical.casefold()
    own = _OWN.search(folded)
    weight = sum(_SELF.get(word, 0) for word in words_of(folded)) + (
        0 if own is None else 1 if own.group(1) == "his" else -1
    )
    found.pronouns += weight
    found.votes += abs(weight)


def _joined(first: Profile, second: Profile) -> Profile:
    """One person's two profiles."""
    gender = first.gender or second.gender
    return Profile(
        first.key,
        gender,
        first.age or second.age,
        first.years if first.age else second.years,
        first.build or second.build,
        first.stature or second.stature,
        f"{first.said} {second.said}".strip()[:300],
        first.known_by or second.known_by,
    )


def _aliases(keys: Sequence[str], scenes: Sequence[SceneBrief], read: Mapping[str, Profile]) -> dict[str, str]:
    """Names that certainly mean one person: a title or rank more or less, never both in one scene."""
    together = [{voice_key(line.character) for line in _lines(scene)} for scene in scenes]
    found: dict[str, str] = {}
    for key in keys:
        longer = [other for other in keys if other != key and _extends(other, key)]
        if len(longer) != 1:
            continue
        other = longer[0]
        genders = {read[key].gender, read[other].gender} - {""}
        ages = {read[key].age, read[other].age} - {""}
        apart = not any({key, other} <= scene for scene in together)
        if apart and len(genders) < 2 and len(ages) < 2:
            first, second = sorted((key, other), key=keys.index)
            found[second] = found.get(first, first)
    return found


def _extends(longer: str, shorter: str) -> bool:
    """Whether a name is another with a title, a rank or a first or last name more."""
    long, short = longer.split(), shorter.split()
    more = [word for word in long if word not in short]
    if len(short) != 1 or not short[0].isalpha() or short[0] not in (long[0], long[-1]) or not 1 <= len(more) <= 2:
        return False
    if read_name(shorter) != NOTHING or "'s" in longer:
        return False
    plain = [word.strip(".") for word in more]
    return all(word in TITLES or word in RANKS or gender_of_name(word) != "" for word in plain) or (
        gender_of_name(short[0]) != "" and long[0] == short[0] and len(more) == 1 and read_name(longer) == NOTHING
    )
