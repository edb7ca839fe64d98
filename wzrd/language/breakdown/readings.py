"""Readings of scenes by a model, joined to the film as the rules read it. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from wzrd.contracts.breakdown import Beat, Breakdown, Character, SceneBreakdown, SceneReading
from wzrd.domain.names import voice_key
from wzrd.domain.shots import SceneBrief
from wzrd.language.breakdown.edits import lay_over, used_in


def join_readings(read: Breakdown, readings: Sequence[SceneReading | None], briefs: Sequence[SceneBrief]) -> Breakdown:
    """The rules' breakdown with the scenes that a model has read (None: the rules) and whom and what they bring in.

    Facts that the rules have stand, but for somebody's gender and a thing's noun, which a model tells to mend them; its
    others fill what they leave empty. Two whom a reading gives one name are one
    person, unless they talk in one scene.
    """
    found = [one for one in readings if one is not None]
    if not found:
        return read
    people = _People(read)
    for reading in found:
        for person in reading.people:
            people.take(person)
    places = {one.id: one for reading in reversed(found) for one in reading.places} | {
        one.id: one for one in read.places
    }
    props = {one.id: one for reading in reversed(found) for one in reading.props}
    props |= {one.id: one for one in read.props if one.id not in props or (one.noun and not props[one.id].noun)}
    told = Breakdown(places=tuple(places.values()), props=tuple(props.values()))
    joined = lay_over(read, told, [one and one.scene for one in readings], briefs)
    scenes = tuple(_renamed(scene, people.same) for scene in joined.scenes)
    used = used_in(scenes)
    everybody = tuple(one for key, one in people.known.items() if key in used)
    return joined.model_copy(update={"people": everybody, "scenes": scenes})


class _People:
    """Everybody of a film, by id; `same`: ids of whom another id stands for."""

    def __init__(self, read: Breakdown) -> None:
        self.known: dict[str, Character] = {one.id: one for one in read.people}
        self.same: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._talking = [{key for beat in scene.beats if beat.lines for key in beat.who} for scene in read.scenes]
        for one in read.people:
            self._note(one)

    def take(self, person: Character) -> None:
        """Add what a reading tells of somebody."""
        others = [self._names[key] for key in _keys(person) if key in self._names]
        own = self.same.get(person.id, person.id)
        target = own if own in self.known else next(iter(others), person.id)
        if person.id != target:
            self.same[person.id] = target
        filled = _filled(self.known.get(target), person.model_copy(update={"id": target}))
        self.known[target] = filled.model_copy(update={"gender": person.gender or filled.gender})
        for other in dict.fromkeys(others):
            if other != target and not any({other, target} <= talking for talking in self._talking):
                self.same[other] = target
                self.same |= {key: target for key, now in self.same.items() if now == other}
                self.known[target] = _filled(self.known[target], self.known.pop(other))
        self._note(self.known[target])

    def _note(self, person: Character) -> None:
        for key in _keys(person):
            if self._names.get(key, person.id) not in self.known or key not in self._names:
                self._names[key] = person.id


def name_key(name: str) -> str:
    """A name or an id as it is looked up: MRS_WHITE, Mrs. White and Mrs White are one."""
    return voice_key(name.replace("_", " ").replace(".", " "))


def _keys(person: Character) -> list[str]:
    names = (person.id, person.name, *person.aliases)
    return list(dict.fromkeys(key for name in names if (key := name_key(name))))


def _filled(known: Character | None, more: Character) -> Character:
    """A person with what another reading tells beside: all names, all looks."""
    if known is None:
        return more
    facts = {name: value for name, value in more if value and not getattr(known, name)}
    aliases = dict.fromkeys((*known.aliases, more.name, *more.aliases, more.id))
    looks = {one.from_scene: one for one in (*more.looks, *known.looks)}
    names = tuple(one for one in aliases if one not in {known.name, known.id})
    return known.model_copy(update={**facts, "aliases": names, "looks": tuple(looks[at] for at in sorted(looks))})


def _renamed(scene: SceneBreakdown, same: Mapping[str, str]) -> SceneBreakdown:
    if not same or not used_in([scene]) & same.keys():
        return scene

    def ids(keys: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(same.get(key, key) for key in keys))

    def beat(one: Beat) -> Beat:
        who = ids(one.who)
        feelings = {same.get(key, key): feeling for key, feeling in one.feelings.items()}
        whom = tuple(key for key in ids(one.whom) if key not in who)
        return one.model_copy(update={"who": who, "whom": whom, "feelings": feelings})

    return scene.model_copy(update={"present": ids(scene.present), "beats": tuple(map(beat, scene.beats))})
