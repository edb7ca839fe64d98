"""Who is in a panel: whom its words name or ask for, else who is in the scene."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from wzrd.animatic.panels.brief import acting, mentions, word_lists
from wzrd.animatic.panels.brief.looks import Cast
from wzrd.animatic.panels.brief.mentions import PanelMentions, Role, is_named, mentions_of
from wzrd.domain.shots import Line, SceneBrief, ShotIdea
from wzrd.language.atmosphere import atmosphere_of
from wzrd.language.scene_people import Person, is_unseen, only_heard, people_of, spelled

WIDE = frozenset({"extreme_wide", "wide", "full"})
_ROOM: Mapping[str, int] = {"extreme_wide": 6, "wide": 5, "full": 4, "medium": 3, "medium_close_up": 2}
"""Number of people that a shot size holds; a closer size holds a face."""
_CROWD = 14
_ALONE = frozenset({"single", "reaction", "closing"})  # coverage that is of one person
_WHOLE = frozenset({"establishing", "master", "closing"})  # coverage that is of the whole scene
_SIDES = re.compile(r"\s*(.+?)\s*:\s*(left|right)\s*(?:,|$)", re.IGNORECASE)
EMPTIED = re.compile(
    r"\b(?:deserted|abandoned|uninhabited|nobody|no one|emptied|not a soul|is empty|once everyone has left|"
    r"empty (?:set|room|space|street|house|hall\w*|place|stage|road)|before anyone enters)\b",
    re.IGNORECASE,
)
_ARRIVES = (
    r"(?: \w+){0,3}? (?:enters|arrives|appears|emerges|comes|bursts|steps|walks in|joins|returns|rushes in|storms)\b"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """Who is in the picture, each with a side; `over` is seen from behind, `crowd` stands behind, drawn plainly."""

    people: tuple[Person, ...] = ()
    over: Person | None = None
    crowd: tuple[Person, ...] = ()


def seen_in(scene: SceneBrief, shot: ShotIdea, text: str, cast: Cast | None = None) -> Seen:
    """Who is in the picture of this shot. `text`: its words without speech and camera; `cast`: the whole film's."""
    everybody = people_of(scene)
    sided = _sided(shot)
    known = list({person.name.casefold(): person for person in (*everybody, *sided)}.values())
    subject = [person for person in known if is_named(person, shot.subject)] or _role(shot.subject)
    if shot.size == "insert":
        return Seen()
    if shot.angle == "over_the_shoulder":
        return _shoulder(subject, sided, everybody)
    if shot.angle == "two_shot":
        return Seen(_pair([*sided, *subject, *everybody]))
    return _Reading(scene, shot, text, known, subject, sided, cast or Cast()).seen()


def shows_thing(shot: ShotIdea, text: str) -> bool:
    """True if a close shot is of a thing that it names."""
    close = shot.size in {"close_up", "extreme_close_up"}
    return close and bool(acting.thing_of(shot.subject) or acting.thing_of(text))


def _sided(shot: ShotIdea) -> list[Person]:
    found = _SIDES.findall(shot.extra.get("sides", ""))[:5]
    return [Person(name[:60], "left" if side.casefold() == "left" else "right") for name, side in found]


def _role(subject: str) -> list[Person]:
    """Somebody without a name, as a subject calls them: the old doctor."""
    words = word_lists.words_of(subject)
    return [Person(" ".join(words[:6]), "left")] if words and mentions.singular(words[-1]) == words[-1] else []


def _shoulder(subject: list[Person], sided: list[Person], everybody: Sequence[Person]) -> Seen:
    pair = _pair([*subject, *sided, *everybody])
    return Seen(pair[:1], pair[1])


def _pair(people: list[Person]) -> tuple[Person, Person]:
    people = _unlike(people)
    if not people:
        return (Person("somebody", "left"), Person("somebody else", "right"))
    first = people[0]
    other = next((one for one in people[1:] if one.side != first.side), None)
    return (first, other or Person("somebody else", "right" if first.side == "left" else "left"))


def _unlike(people: Iterable[Person]) -> list[Person]:
    found: dict[str, Person] = {}
    for person in people:
        found.setdefault(person.name.casefold(), person)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Reading:
    """One shot that no angle decides, and what is known around it."""

    scene: SceneBrief
    shot: ShotIdea
    text: str
    known: list[Person]
    subject: list[Person]
    sided: list[Person]
    cast: Cast

    def seen(self) -> Seen:
        """Who its words ask for, else who lives in a scene that is seen whole."""
        shot, coverage = self.shot, self.shot.extra.get("coverage", "")
        wide = shot.size in WIDE
        if self.subject and ((coverage in _ALONE and not wide) or shot.size in {"close_up", "extreme_close_up"}):
            return Seen(tuple(self.subject[:1]))
        heard = only_heard(self.scene)
        text = shot.subject if shot.angle == "pov" else self._without_place()
        cast = [*self.known, *self._others()]
        mentioned = mentions_of(EMPTIED.sub(" ", text), cast, heard)
        people, crowd = self._asked_for(mentioned, cast)
        if not people and not self.subject and shows_thing(self.shot, self.text):
            return Seen()
        if coverage in _WHOLE and shot.angle != "pov" and (wide or not people) and not EMPTIED.search(text):
            people = _unlike([*people, *self._residents(coverage)])
            if not people:
                prose = " ".join((self.scene.description, *self.scene.actions))
                people, crowd = self._asked_for(mentions_of(prose, cast, heard), cast)
        sided = self.sided if wide and (self.subject or people) else []
        return self._framed(_unlike([*self.subject, *people, *sided]), crowd)

    def _without_place(self) -> str:
        place = atmosphere_of(self.scene).place
        return re.sub(rf"(?<!\w){re.escape(place)}(?!\w)", " ", self.text, flags=re.IGNORECASE) if place else self.text

    def _others(self) -> list[Person]:
        """People of other scenes, whom a text may name here; not by a part of a name that is here already."""
        here = [set(person.name.casefold().split()) for person in self.known]
        return [
            Person(name if name.startswith("the ") else spelled(name), "left" if at % 2 else "right")
            for at, name in enumerate(self.cast.places)
            if not any(set(name.split()) <= words for words in here)
        ]

    def _asked_for(self, mentioned: PanelMentions, cast: list[Person]) -> tuple[list[Person], list[Person]]:
        """People and crowd that a text asks for."""
        people = list(mentioned.names)
        for pronoun in mentioned.pronouns:
            if not people and not self.subject and not mentioned.roles:
                people += self._meant_by(pronoun, cast)
        if mentioned.everybody:
            people += [person for person in self.known if person.name not in only_heard(self.scene)]
        crowd: list[Person] = []
        for role in mentioned.roles:
            found = self._of_role(role)
            room = 3 if not people and not self.subject else 2 if role.count <= 3 else 0
            people, crowd = people + found[: min(room, role.count)], crowd + found[min(room, role.count) :]
        people = self._apart(people)
        return people, crowd

    def _apart(self, people: list[Person]) -> list[Person]:
        """The nameless take the side where fewer stand; whom the scene knows keep theirs."""
        named = {person.name for person in (*self.known, *self.sided)}
        placed: list[Person] = []
        for person in people:
            lefts = sum(1 if one.side == "left" else -1 for one in (*self.subject, *placed))
            side = person.side if person.name in named else "right" if lefts > 0 else "left"
            placed.append(Person(person.name, side))
        return placed

    def _of_role(self, role: Role) -> list[Person]:
        """Those of a role: first the ones whom the scene knows by that word, then nameless ones."""
        same = self.cast.register.canonical(role.word)
        known = [
            person
            for person in self.known
            if role.word in person.name.casefold().split() or self.cast.register.canonical(person.name) == same
        ]
        if role.count == 1 and known:
            return known[:1]
        extras = [role.name if at == 0 else f"the {_ORDER[at]} {role.word}" for at in range(min(role.count, _CROWD))]
        found = [Person(name, "left" if at % 2 else "right") for at, name in enumerate(extras)]
        return _unlike([*known, *found])[: max(role.count, 1)]

    def _meant_by(self, pronoun: str, cast: list[Person]) -> list[Person]:
        """Whom a pronoun means: the last of that kind whom the scene's text named before."""
        before = self._before()
        last = sorted(
            ((at, person) for person in cast if (at := _last_named(person, before)) >= 0), key=lambda one: -one[0]
        )
        recent = [person for _, person in last] or self.sided or list(self.known)
        if pronoun == "they":
            return (
                recent[:2]
                or self._of_before()[:2]
                or [Person("the figure", "left"), Person("the second figure", "right")]
            )
        fitting = [person for person in (*recent, *self.known) if self._may_be(person, pronoun)]
        fitting = fitting or [person for person in self._of_before() if self._may_be(person, pronoun)]
        nameless = {"he": "the man", "she": "the woman"}.get(pronoun, "the figure")
        return fitting[:1] if fitting and pronoun != "somebody" else [Person(nameless, "left")]

    def _of_before(self) -> list[Person]:
        """Who was in the scene before, for a scene that names nobody."""
        names = self.cast.before.get(self.scene.number, ()) if not self.known else ()
        return [Person(name, "left" if at % 2 == 0 else "right") for at, name in enumerate(names)]

    def _may_be(self, person: Person, pronoun: str) -> bool:
        """True if somebody may be meant by he or she; one of unknown gender may be either."""
        gender = self.cast.register.profile(person.name).gender
        return not gender or gender == {"he": "man", "she": "woman"}.get(pronoun, gender)

    def _before(self) -> str:
        """The scene's text, with who speaks, up to the sentence that this shot tells."""
        parts = self.scene.script or (*self.scene.actions, *self.scene.dialogue)
        plain = _plain(self.text)
        found: list[str] = [self.scene.description] if not self.scene.script else []
        for part in parts:
            if isinstance(part, Line):
                found.append(f"{spelled(part.character)}." if not is_unseen(part, part.parenthetical) else "")
                continue
            for sentence in re.split(r"(?<=[.!?])\s+", part):
                end = " ".join(_plain(sentence).split()[-5:])
                if len(end) > 12 and end in plain:
                    return " ".join(found)
                found.append(sentence)
        return " ".join(found)

    def _residents(self, coverage: str) -> list[Person]:
        """Who is there when the scene is seen whole; an opening waits for those who come in later."""
        people = [person for person in self.known if person.name not in only_heard(self.scene)]
        if coverage != "establishing":
            return people
        prose = " ".join(self.scene.actions)
        return [one for one in people if not re.search(re.escape(one.name) + _ARRIVES, prose, re.IGNORECASE)]

    def _framed(self, people: list[Person], crowd: list[Person]) -> Seen:
        """As many as the size holds; the rest of them stand behind where it is wide."""
        room = _ROOM.get(self.shot.size, 1)
        behind = people[room:] if self.shot.size in WIDE else []
        return Seen(tuple(people[:room]), None, tuple(_unlike([*behind, *crowd])[:_CROWD]))


_ORDER = ("", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
          "twelfth", "thirteenth", "fourteenth", "fifteenth")  # fmt: skip


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _last_named(person: Person, text: str) -> int:
    if not is_named(person, text):
        return -1
    name = person.name.casefold().removeprefix("the ")
    return max(text.casefold().rfind(part) for part in (name, *name.split()) if len(part) > 1 or part == name)
