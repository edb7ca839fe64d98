"""write_shots: the whole way from a scene to its shots, each with its brief. Captions are the script's own words."""

import hashlib
import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace

from wzrd.animatic.panels.brief.briefed import ALOUD, STANDING, is_standing, pose_of
from wzrd.animatic.seeded import Seeded
from wzrd.animatic.writer.coverage import BETWEEN, Coverage, slots
from wzrd.animatic.writer.framing import Last, Setup
from wzrd.animatic.writer.scene_reading import MAX_TEXT, MUTUAL, Moment, Reading, read_scene
from wzrd.contracts.acts import CONTACT
from wzrd.contracts.breakdown import Breakdown, SceneBreakdown
from wzrd.domain import shot_vocabulary
from wzrd.domain.prompts import STOPS
from wzrd.domain.shots import MOST_TITLES, SceneBrief, ShotBrief, ShotIdea, ShotSubject
from wzrd.language.beats.by_rule import LOOK, WORD
from wzrd.language.beats.on_screen import titles_of
from wzrd.language.beats.pages import scene_page
from wzrd.language.beats.props import english_noun
from wzrd.language.people.scene_people import Person
from wzrd.language.words.acts import NOT_HELD, strength
from wzrd.language.words.plurals import singular_of_people
from wzrd.language.words.sentences import sentence_case, shorten

MAX_COUNT, MAX_QUOTE = 60, 120
STILL_THERE, MOST_THINGS = 2, 4
"""Moments back from which a thing is still in the picture, and things that a picture holds."""
OFTEN = 3
"""Moments of a scene that have a thing that it is about."""
_CJK = "\u2e80"
_GRASP = frozenset({
    "take", "hold", "carry", "lift", "put_down", "hand_over", "throw", "show", "catch", "cut", "break", "drag",
    "search", "use", "touch", "open",
})  # fmt: skip
"""Acts that take hold even of clothes and furniture."""
_STILL = frozenset({"listen", "look", "stand", "speak", "other", "laugh"})
"""Acts that somebody does as they are, sitting or lying."""
_AT_THINGS = frozenset({"strike", "push", "drag", "stab"})
"""Acts that are done to things too."""


def write_shots(
    brief: SceneBrief,
    count: int,
    *,
    seed: int = 0,
    previous: Sequence[str] = (),
    breakdown: SceneBreakdown | None = None,
    film: Breakdown | None = None,
    of: int = 0,
) -> list[ShotIdea]:
    """`count` shots (1 to 60, clamped) for a scene, in screen order, none blank, no two alike.

    `previous` are the ideas of the scene's earlier shots: the writer goes on after the last moment they tell, does
    not open again, and keeps their last size and subject from following itself. `breakdown`: the scene's, if somebody
    has read it already; `film` has the names. `of`: how many shots the scene is to have in all; then these are the next
    of that list.
    The same arguments give the same shots.
    """
    if of > count:
        ahead = len([text for text in previous if text.strip()])
        planned = write_shots(brief, min(of, MAX_COUNT), seed=seed, breakdown=breakdown, film=film)[
            ahead : ahead + count
        ]
        if missing := count - len(planned):
            told = (*previous, *(shot.idea for shot in planned))
            planned += write_shots(brief, missing, seed=seed, previous=told, breakdown=breakdown, film=film)
        return planned
    count = max(1, min(int(count), MAX_COUNT))
    reading = read_scene(brief, breakdown, film)
    earlier = [text for text in previous if text.strip()]
    coverage = Coverage(reading, Seeded(_key(brief, seed, len(earlier))), _last(earlier, reading))
    seen = {_folded(text) for text in earlier}
    shots: list[ShotIdea] = []
    for slot in slots(reading, count, _left_off(earlier, reading), opens=not earlier):
        shot = _unlike(_shot(reading, coverage.next(slot)), seen)
        seen.add(_folded(shot.idea))
        shots.append(shot)
    return _titled(shots, reading, opens=not earlier)


def _titled(shots: Sequence[ShotIdea], reading: Reading, *, opens: bool) -> list[ShotIdea]:
    """The shots with the words that the page has on the screen: over the picture of what is told before them.

    Such a picture stays still, and long enough to be read.
    """
    starts = {moment.at: moment.beat.start for moment in reading.moments}
    begins = [starts.get(shot.brief.beats[0], -1) if shot.brief and shot.brief.beats else -1 for shot in shots]
    over: dict[int, list[str]] = {}
    for title in titles_of(scene_page(reading.brief).parts):
        before = [begin for begin in begins if 0 <= begin <= title.start]
        if before or opens:
            over.setdefault(begins.index(max(before)) if before else 0, []).append(title.words)
    return [_with_titles(shot, over.get(at, ())[-MOST_TITLES:]) for at, shot in enumerate(shots)]


def _with_titles(shot: ShotIdea, titles: Sequence[str]) -> ShotIdea:
    if not titles or shot.brief is None:
        return shot
    seconds = (shot.brief.seconds or LOOK) + WORD * sum(len(words.split()) for words in titles)
    return replace(shot, brief=replace(shot.brief, titles=tuple(titles), seconds=round(seconds, 2)), move="static")


def _key(brief: SceneBrief, seed: int, count: int) -> bytes:
    text = f"{seed}\x1f{count}\x1f{brief!r}"
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _unlike(shot: ShotIdea, seen: set[str]) -> ShotIdea:
    """The shot in words that no other has: what is shown again says from where, or which take it is."""
    if _folded(shot.idea) not in seen:
        return shot
    again = f"{shot.idea} {sentence_case(shot.size.replace('_', ' '))}."
    take = 2
    while _folded(again) in seen:
        again, take = f"{shot.idea} Take {take}.", take + 1
    return replace(shot, idea=again)


def _shot(reading: Reading, setup: Setup) -> ShotIdea:
    moment = setup.moment
    brief = _brief(reading, setup)
    line = moment.line if setup.speaks and moment else ""
    idea = _caption(reading, setup, line)
    people = [*brief.subjects, *([brief.over] if brief.over else [])]
    extra = {"sides": ", ".join(f"{one.name}: {one.side}" for one in people)} if people else {}
    if line and moment and moment.people and moment.beat.who:
        extra["speaker"] = moment.people[0].name
    return ShotIdea(
        idea=idea,
        size=setup.size,
        angle=setup.angle,
        move=setup.move,
        lens_mm=setup.lens_mm,
        subject=setup.subject,
        dialogue=line,
        title=_title(setup, idea),
        extra=extra,
        brief=brief,
    )


def _things(reading: Reading, told: Sequence[Moment], kind: str) -> tuple[str, ...]:
    """The things of a picture: those of its moments, then those that are still there.

    These are what the same hands had just before, what the next words of the paragraph still tell of them, and the
    thing that the scene is about, once it has been seen. An insert is of its own things alone.
    """
    often = Counter(thing for moment in reading.moments for thing in moment.things)
    found = dict.fromkeys(
        thing for one in told for thing in one.things if kind == "insert" or often[thing] > 1 or _matters(thing, one)
    )
    if told and not told[0].line and kind != "insert":
        at = reading.moments.index(told[0])
        people = {person for one in told for person in one.people}
        for moment in reversed(reading.moments[max(0, at - STILL_THERE) : at]):
            if not moment.line and (not told[0].people or people & set(moment.people)):
                found |= dict.fromkeys(moment.things)
        seen = {thing for moment in reading.moments[:at] for thing in moment.things}
        found |= dict.fromkeys(thing for thing, times in often.most_common(1) if times >= OFTEN and thing in seen)
        found |= dict.fromkeys(_told_next(reading, told[-1], people, seen))
    return tuple(found)[:MOST_THINGS]


def _told_next(reading: Reading, last: Moment, people: Container[Person], seen: Container[str]) -> Iterator[str]:
    """The things that the same people have in the next sentence of a paragraph; what it reveals waits for its picture.

    "He throws the bag out of the window. Splash, into the canal."
    """
    for moment in reading.moments[reading.moments.index(last) + 1 :][:1]:
        near = 0 <= moment.beat.start - last.beat.start - len(last.beat.span) <= BETWEEN
        if near and not moment.line and all(one in people for one in moment.people):
            yield from (one for one in moment.things if one in seen or one.split()[-1].upper() not in moment.beat.span)


def _matters(thing: str, moment: Moment) -> bool:
    """True if a thing is more than what somebody wears: it stands there, is grasped, or the page has it in capitals."""
    last = thing.split(" (", maxsplit=1)[0].rsplit(maxsplit=1)[-1]
    is_worn = last in NOT_HELD or english_noun(thing) in NOT_HELD
    return not is_worn or is_standing(thing) or moment.beat.act in _GRASP or last.upper() in moment.beat.span


def _brief(reading: Reading, setup: Setup) -> ShotBrief:
    """Brief of a set-up: whoever is in frame, with the act of the beat."""
    moment = setup.moment
    beat = moment.beat if moment else None
    people, other = setup.people, setup.other if setup.kind == "ots" else None
    told = tuple(filter(None, (moment, setup.then)))
    aboard = frozenset[str]().union(*(one.aboard for one in told))
    return ShotBrief(
        kind=setup.kind,
        beats=tuple(at for one in told for at in one.beats),
        subjects=tuple(_as_told(_subject(person, setup), reading) for person in people),
        over=_as_told(ShotSubject(other.name, other.side), reading) if other else None,
        focus=setup.focus,
        props=_things(reading, told, setup.kind),
        contact=len(people) > 1 and any(one.touches for one in told),
        aboard=bool(people) and aboard.issuperset(one.name for one in people),
        lines=beat.lines if beat and setup.speaks else (),
        seconds=0.0 if setup.retells else _seconds(setup),
    )


def _seconds(setup: Setup) -> float:
    """Length of a picture: what is in it is looked at once, the second half of it only read."""
    first, then = (one.beat.seconds if one else 0.0 for one in (setup.moment, setup.then))
    return first + max(then - LOOK, 0.0)


def _as_told(subject: ShotSubject, reading: Reading) -> ShotSubject:
    """The subject with what the breakdown tells of them."""
    known = reading.known.get(subject.name)
    return replace(subject, gender=known.gender, age=known.age) if known else subject


def _subject(person: Person, setup: Setup) -> ShotSubject:
    """Somebody as the picture has them: of two beats in it, by the one that shows more of them."""
    moment, then = setup.moment, setup.then
    if then and person in then.people and _weight(person, then) > (_weight(person, moment) if moment else -1):
        moment = then
    if moment is None or person not in moment.people:
        act = "listen" if moment and moment.line else "look" if moment else "stand"
        return ShotSubject(person.name, person.side, act=_rested(person, setup) or act)
    act, acts = moment.act_of(person), person in moment.doers
    act = _rested(person, setup) or act if act in _STILL else act
    if act in CONTACT and setup.people == (person,) != moment.people:
        act = "look"  # whoever it is done to, or with, is out of frame
    elif acts and act in _AT_THINGS and not moment.touches and any(one.touches for one in (setup.moment, then) if one):
        act = "use"  # hammers a plank, and hits nobody who is handed something in the same picture
    things = [thing for one in (moment, setup.moment, setup.then) if one for thing in _held(person, one)]
    if then and not then.people and setup.moment and person in setup.moment.people[:1]:
        things += _in_hand(then)  # what they find, or bring out
    told = filter(None, (setup.moment, then))
    speaks = any(one.act_of(person) in ALOUD and one.beat.seen and (setup.speaks or not one.line) for one in told)
    return ShotSubject(person.name, person.side, act, _feeling(person, setup), tuple(dict.fromkeys(things))[:2], speaks)


def _rested(person: Person, setup: Setup) -> str:
    """The posture in which somebody still is; '' for who stands."""
    return setup.moment.rests.get(person.name, "") if setup.moment else ""


def _feeling(person: Person, setup: Setup) -> str:
    """Feeling that a set-up's beats give somebody; the later one counts."""
    felt = ""
    for moment in filter(None, (setup.moment, setup.then)):
        if person in moment.people:
            felt = moment.beat.feelings.get(moment.beat.people[moment.people.index(person)], "") or felt
    return felt


def _weight(person: Person, moment: Moment) -> int:
    """Rank of what somebody does in a moment, for a picture: a deed of their own before what is done to them.

    Of two like deeds the decisive one.
    """
    if person not in moment.people:
        return -1
    act, decisive = moment.beat.act, moment.beat.weight == "decisive"
    rank = strength(act)
    if person in moment.doers or act in MUTUAL:
        return (32 if rank > 1 else 0) + 4 * rank + 2 * (1 + (pose_of(act) != STANDING)) + 8 * decisive
    return 4 * rank if moment.touches else 0


def _held(person: Person, moment: Moment) -> list[str]:
    """The things that whoever acts in a moment has in hand; clothes and furniture where they are grasped."""
    if moment.line or not moment.people or person != moment.people[0]:
        return []
    return _in_hand(moment)


def _in_hand(moment: Moment) -> list[str]:
    grasps = moment.beat.act in _GRASP
    return [thing for thing in moment.things if grasps or thing.split()[-1] not in NOT_HELD]


def _does(name: str, verb: str) -> str:
    """The sentence of one, or of several, who only do this: "The constables watch."."""
    several = singular_of_people(name.casefold()) != ""
    ending = "" if several else "es" if verb.endswith("ch") else "s"
    return f"{sentence_case(f'the {name.lower()}' if several and ' ' not in name else name)} {verb}{ending}."


def _caption(reading: Reading, setup: Setup, line: str) -> str:
    """The words under the picture: the script's own, and for what the script has no words of its own, the plainest."""
    moment = setup.moment
    if line:
        who = moment.people[0].name if moment and moment.people and moment.beat.who else ""
        quoted = f'"{shorten(line, MAX_QUOTE)}"'
        listening = f" {_does(setup.person.name, 'listen')}" if setup.kind == "reaction" and setup.person else ""
        return f"{sentence_case(who)}: {quoted}{listening}" if who else f"{quoted}{listening}"
    if moment and moment.text and not setup.retells:
        return " ".join(_closed(one.text) for one in (moment, setup.then) if one)
    if setup.kind == "insert":
        return _closed(sentence_case(setup.focus.partition(" (")[0]))
    if setup.kind in {"single", "reaction"} and setup.person:
        return _does(setup.person.name, "listen" if moment and moment.line else "watch")
    air = reading.air
    place = (
        (air.place if any(map(str.isalnum, air.place)) else "")
        or reading.brief.title
        or f"Scene {reading.brief.number}"
    )
    seen = ", ".join(filter(None, (f"{place} {air.light}".strip(), air.weather)))
    words = setup.focus or (seen if setup.kind == "establishing" else place)
    return _closed(shorten(sentence_case(words), MAX_TEXT))


def _closed(text: str) -> str:
    return text if text.endswith(STOPS) else f"{text}\u3002" if text[-1:] > _CJK else f"{text}."


def _title(setup: Setup, idea: str) -> str:
    """Two to five words for a list: who and what it is of."""
    if setup.moment and setup.moment.text and not setup.retells:
        return " ".join(idea.split()[:5]).rstrip(".,;:\u2014 ")[:80]
    return sentence_case(re.sub(r"^the ", "", setup.subject))[:80]


def _last(earlier: list[str], reading: Reading) -> Last | None:
    """Size and subjects of the last earlier shot, as far as its words tell."""
    if not earlier:
        return None
    text, folded = earlier[-1], earlier[-1].casefold()
    names = frozenset(person.name for person in reading.people if person.name.casefold() in folded)
    size = shot_vocabulary.guess_size(text) or "medium"
    return Last(size, shot_vocabulary.guess_angle(text) or "eye_level", names or frozenset({reading.air.place}))


def _left_off(earlier: list[str], reading: Reading) -> int:
    """The index behind the last moment that an earlier shot tells; 0 when none is told."""
    shown = [moment.at for moment in reading.moments if any(_shows(text, moment) for text in earlier)]
    return shown[-1] + 1 if shown else 0


def _shows(text: str, moment: Moment) -> bool:
    """True if a shot's text tells a moment: its words are mostly there (or, without spaces, it is quoted)."""
    told = moment.line or moment.text
    words = {word for word in re.findall(r"\w+", told.casefold()) if len(word) > 3}
    if len(words) < 2:
        return told.casefold() in text.casefold()
    there = words & set(re.findall(r"\w+", text.casefold()))
    return told[:60].casefold() in text.casefold() or len(there) >= max(2, 0.7 * len(words))
