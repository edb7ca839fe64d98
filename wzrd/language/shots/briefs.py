"""Briefs of shots that were not written from beats: whom their words name, and what each does. Pure.

The one reader of a shot's own prose: a chat model's idea, a person's edit, a project of a version before briefs.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wzrd.contracts.acts import CONTACT
from wzrd.contracts.breakdown import Beat, SceneBreakdown
from wzrd.domain.names import id_of, voice_key, words_of
from wzrd.domain.shots import Line, SceneBrief, ShotBrief, ShotIdea, ShotSubject
from wzrd.language.beats.by_rule import BeatReader
from wzrd.language.beats.pages import page_of, scene_page
from wzrd.language.beats.props import PropFinder
from wzrd.language.people.mentions import Mentions, sentences_of
from wzrd.language.people.register import Register
from wzrd.language.people.scene_people import Person, partner_of, people_of, spelled
from wzrd.language.words import lexicon
from wzrd.language.words.atmosphere import atmosphere_of
from wzrd.language.words.person_words import LIKELY, NOUNS, language_of

_LEAST, _SHARE = 2, 0.6
"""Words of a beat that a shot must have to tell it: at least, and of all."""
_MAX_READ, _BEFORE, _TAIL = 4_000, 12, 24
"""Characters of a shot that are read, sentences before it that its pronouns may mean, letters that tell a sentence."""
_WIDE = frozenset({"extreme_wide", "wide", "full"})
_FACES = frozenset({"close_up", "extreme_close_up"})
_ALONE = frozenset({"single", "reaction", "closing"})  # coverage that is of one person
_WHOLE = frozenset({"establishing", "master", "closing"})  # coverage that is of the whole scene
_SIDES = re.compile(r"\s*(.+?)\s*:\s*(left|right)\s*(?:,|$)", re.IGNORECASE)
_ARRIVES = (
    r"(?: \w+){0,3}? (?:enters|arrives|appears|emerges|comes|bursts|steps|walks in|joins|returns|rushes in|storms)\b"
)
_RE = lexicon.patterns("briefs")
_QUOTED = re.compile(r"[\"\u201c\u201d\u00ab\u00bb][^\"\u201c\u201d\u00ab\u00bb]*[\"\u201d\u00bb]?")


def seen_words(text: str) -> str:
    """A shot's words without what is said and what the camera does."""
    return _RE["camera"].sub(" ", _QUOTED.sub(" ", text[:_MAX_READ]))


def derive_brief(
    idea: ShotIdea,
    scene: SceneBrief,
    read: SceneBreakdown | None = None,
    *,
    register: Register | None = None,
    others: Iterable[Person] = (),
    roles: Sequence[Person] = (),
    before: Sequence[str] = (),
) -> ShotBrief:
    """The brief of a shot, as its own words tell it. `read`: the scene's beats, to say which of them it tells.

    `others` are people of other scenes, who are in it if it names them; `roles` those without a name whom it asks for;
    `before` the names of whoever was in the scene before, for one that names nobody.
    """
    reading = _Reading(idea, scene, register or Register((scene,)), tuple(others), roles, before)
    lines = [part for _, part in scene_page(scene).parts if isinstance(part, Line)]
    said = idea.dialogue.casefold()
    spoken = tuple(at for at, line in enumerate(lines) if said and line.text.casefold() in said)
    told = [at for at, beat in enumerate(read.beats if read else ()) if _tells(idea.idea, beat, spoken)]
    return reading.brief(tuple(told), spoken)


def _tells(text: str, beat: Beat, spoken: Sequence[int]) -> bool:
    """True if a shot has the lines of a beat, or its words, mostly."""
    if beat.lines:
        return bool(set(beat.lines) & set(spoken))
    words = {word for word in re.findall(r"\w+", beat.span.casefold()) if len(word) > 3}
    there = words & set(re.findall(r"\w+", text.casefold()))
    return beat.span.casefold() in text.casefold() or len(there) >= max(_LEAST, _SHARE * len(words))


@dataclass(frozen=True, slots=True)
class _Reading:
    """A shot, and who may be in it."""

    idea: ShotIdea
    scene: SceneBrief
    register: Register
    others: Sequence[Person]
    roles: Sequence[Person]
    before: Sequence[str]

    def brief(self, told: tuple[int, ...], spoken: tuple[int, ...]) -> ShotBrief:
        """The brief of the shot."""
        sides: list[tuple[str, str]] = _SIDES.findall(self.idea.extra.get("sides", ""))[:5]
        sided = [Person(name[:60], "left" if side.casefold() == "left" else "right") for name, side in sides]
        here = list({voice_key(one.name): one for one in (*people_of(self.scene), *sided)}.values())
        everybody = {self._id(one): one for one in (*self.others, *self.roles, *here)}
        prose = [part for _, part in scene_page(self.scene).parts if isinstance(part, str)]
        text, language = self._text(), language_of(" ".join((*prose, self.idea.idea))[:_MAX_READ])
        mentions = Mentions([key.casefold() for key in everybody], [*prose, text], language)
        props = PropFinder([text], mentions.keys, language)
        former = {voice_key(self.register.canonical(name)) for name in self.before}
        present = [self._id(one) for one in here] or [key for key in everybody if key.casefold() in former]
        beats = self._beats(text, BeatReader(self.register, mentions, props, language), present)
        if language != "en":  # the nameless of other languages, as the page calls them
            strangers = dict.fromkeys(key for beat in beats for key in beat.who if key not in everybody)
            everybody |= {key: Person(spelled(key), "right" if at % 2 else "left") for at, key in enumerate(strangers)}
        subject = self._named(mentions, self.idea.subject, everybody) or self._role()
        acting = [everybody[key] for beat in beats for key in beat.people if key in everybody]
        acting = _unlike([*self._named(mentions, text, everybody), *acting, *self.roles])
        people, over = self._framed(subject, sided, here, acting)
        things = tuple(dict.fromkeys(props.name_of(prop) for beat in beats for prop in beat.props))
        loose = [one for one in beats if one.act != "other" and not everybody.keys() & set(one.who)]
        subjects = tuple(self._subject(one, beats, loose, props) for one in people)
        return ShotBrief(
            beats=told,
            subjects=subjects,
            over=ShotSubject(over.name, over.side) if over else None,
            focus="" if people else self.idea.subject or next(iter(things), ""),
            props=things,
            contact=len(subjects) > 1 and any(beat.whom and beat.act in CONTACT for beat in beats),
            lines=spoken,
            seconds=round(sum(beat.seconds for beat in beats), 2),
        )

    def _id(self, person: Person) -> str:
        return id_of(self.register.canonical(person.name))

    def _text(self) -> str:
        """The words of the picture, without the place's name."""
        text = seen_words(self.idea.idea or self.idea.title)
        place = atmosphere_of(self.scene).place
        return re.sub(rf"(?<!\w){re.escape(place)}(?!\w)", " ", text, flags=re.IGNORECASE) if place else text

    def _beats(self, text: str, reader: BeatReader, present: Sequence[str]) -> list[Beat]:
        """The beats of the shot's words, read behind the page's last words before them."""
        folded = _plain(text)
        parts = [
            one
            for _, part in scene_page(self.scene).parts
            for one in (sentences_of(part) if isinstance(part, str) else (part,))
        ]
        told = (at for at, part in enumerate(parts) if isinstance(part, str) and _plain(part)[-_TAIL:] in folded)
        end = next(told, len(parts)) if folded else len(parts)
        page = page_of([*parts[max(0, end - _BEFORE) : end], text])
        return [beat for beat in reader.read(page, present) if beat.seen and beat.start >= page.parts[-1][0]]

    def _named(self, mentions: Mentions, text: str, everybody: dict[str, Person]) -> list[Person]:
        keys = dict.fromkeys(id_of(self.register.canonical(one.key)) for one in mentions.find(text))
        return [everybody[key] for key in keys if key in everybody]

    def _role(self) -> list[Person]:
        """Somebody without a name, as the subject calls them: the old doctor."""
        words = words_of(self.idea.subject)
        known = bool(words) and any(words[-1] in table for table in (NOUNS, LIKELY, lexicon.PEOPLE))
        return [Person(" ".join(words[:6]), "left")] if known else []

    def _framed(
        self, subject: list[Person], sided: list[Person], here: list[Person], acting: list[Person]
    ) -> tuple[list[Person], Person | None]:
        """Who is in the picture, and who is seen from behind."""
        idea, coverage = self.idea, self.idea.extra.get("coverage", "")
        if idea.size == "insert":
            return [], None
        if idea.angle == "over_the_shoulder":
            first, other = _pair([*subject, *sided, *here])
            return [first], other
        if idea.angle == "two_shot":
            return list(_pair([*sided, *subject, *here])), None
        wide = idea.size in _WIDE
        if subject and (idea.size in _FACES or (coverage in _ALONE and not wide)):
            return subject[:1], None
        found = subject if idea.angle == "pov" else [*subject, *acting]
        whole = coverage in _WHOLE and idea.angle != "pov" and (wide or not found)
        if whole and not _RE["emptied"].search(idea.idea):
            found = [*found, *(one for one in here if coverage != "establishing" or not self._arrives(one))]
        return _unlike([*found, *(sided if wide and found else [])]), None

    def _arrives(self, person: Person) -> bool:
        """True if somebody comes into the scene later: an opening waits for them."""
        return re.search(re.escape(person.name) + _ARRIVES, " ".join(self.scene.actions), re.IGNORECASE) is not None

    def _subject(self, person: Person, beats: Sequence[Beat], loose: Sequence[Beat], props: PropFinder) -> ShotSubject:
        """Somebody, by the first of the beats that they act in."""
        key = self._id(person)
        own = [beat for beat in beats if key in beat.who]
        done = own or (self._of_kind(person, loose) if person in self.roles else [])
        felt = [beat.feelings[key] for beat in beats if key in beat.feelings]
        given = [beat for beat in beats if key in beat.whom and beat.act == "hand_over"]
        first = next((beat for beat in done if beat.act != "other"), None)
        act = first.act if first else "take" if given else ""
        holds = tuple(dict.fromkeys(props.name_of(prop) for beat in own for prop in beat.props))
        speaks = voice_key(person.name) == voice_key(self.idea.extra.get("speaker", ""))
        return ShotSubject(person.name, person.side, act, felt[0] if felt else "", holds, speaks)

    def _of_kind(self, person: Person, loose: Sequence[Beat]) -> list[Beat]:
        """The nameless do what nobody with a name does: each kind of them a beat, in their order."""
        kinds = list(dict.fromkeys(one.name.split()[-1] for one in self.roles))
        at = kinds.index(person.name.split()[-1])
        return list(loose[at : at + 1])


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _unlike(people: Iterable[Person]) -> list[Person]:
    """Each of them once."""
    found: dict[str, Person] = {}
    for one in people:
        found.setdefault(voice_key(one.name), one)
    return list(found.values())


def _pair(people: Iterable[Person]) -> tuple[Person, Person]:
    """The first one, and who faces them; somebody, where nobody is known."""
    found = _unlike(people) or [Person("somebody", "left")]
    other = Person("somebody else", "right" if found[0].side == "left" else "left")
    return found[0], partner_of(found[0], found[1:]) or other
