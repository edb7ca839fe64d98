"""A breakdown by rule: people, places and props of a screenplay, and what happens in each scene. Pure.

The same scenes give the same breakdown. Nothing is asked of anybody.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from wzrd.contracts.breakdown import Breakdown, Character, Place, Prop, SceneBreakdown
from wzrd.domain.names import id_of, voice_key
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.beats.by_rule import BeatReader, without_depicted
from wzrd.language.beats.pages import Page, scene_page
from wzrd.language.beats.props import PropFinder
from wzrd.language.beats.silent_people import shouted_people
from wzrd.language.people.mentions import Mentions
from wzrd.language.people.profiles import Profile
from wzrd.language.people.register import Register
from wzrd.language.people.scene_people import apart, is_device, only_heard, people_of, spelled
from wzrd.language.words.atmosphere import atmosphere_of
from wzrd.language.words.person_words import is_given_name, language_of

_SAMPLE = 8_000  # characters that tell a language


def from_script(scene: SceneBrief) -> SceneBrief:
    """A brief with a script takes its actions and its lines from there."""
    if not scene.script:
        return scene
    actions = tuple(part for part in scene.script if isinstance(part, str))
    return replace(scene, actions=actions, dialogue=tuple(part for part in scene.script if isinstance(part, Line)))


def read_breakdown(scenes: Iterable[SceneBrief]) -> Breakdown:
    """The breakdown of these scenes, in the film's order. The last ones are remembered."""
    return _read(tuple(scenes))


@lru_cache(maxsize=4)
def _read(scenes: tuple[SceneBrief, ...]) -> Breakdown:
    scenes = tuple(map(from_script, scenes))
    pages = [scene_page(scene) for scene in scenes]
    prose = [part for page in pages for _, part in page.parts if isinstance(part, str)]
    language = language_of(" ".join(prose)[:_SAMPLE])
    silent = shouted_people(prose, language)
    here = [tuple(dict.fromkeys(voice_key(one.name) for one in people_of(scene))) for scene in scenes]
    titled = [key for there in here for key in there if " " in key]
    cues = {voice_key(line.character) for line in _lines(pages)}
    of_family = _of_several({*titled, *map(voice_key, silent)}) - cues
    silent = [name for name in silent if voice_key(name) not in of_family]
    here = [_apart(there, cues, of_family) for there in here]
    register = Register(scenes, silent=(*silent, *titled))
    speaking = (voice_key(line.character) for line in _lines(pages))
    keys = list(_apart((*speaking, *(key for there in here for key in there)), cues, {""}))
    keys += [one.key for one in register.cast if one.key not in keys]
    keys += [key for key in map(voice_key, silent) if key not in keys]
    keys += [key for key in register.aliases if key not in keys]
    props = PropFinder(prose, keys, language)
    seen = set(map(voice_key, silent))
    mentions = Mentions([key for key in keys if key in seen or not is_device(key)], prose, language)
    reader = BeatReader(register, mentions, props, language)
    found: list[SceneBreakdown] = []
    met: set[str] = set()
    for scene, page, there in zip(scenes, pages, here, strict=True):
        named = [
            (start + one.start, one.key)
            for start, part in page.parts
            for one in (mentions.find(without_depicted(part)) if isinstance(part, str) else ())
        ]
        heard = {voice_key(name) for name in only_heard(scene)} - seen
        everybody = (id_of(register.canonical(key)) for key in (*there, *(key for _, key in named)) if key not in heard)
        present = tuple(dict.fromkeys(everybody))
        order = [(at, id_of(register.canonical(key))) for at, key in sorted((*named, *_nameless_cues(page))) if key]
        beats = reader.read(page, present, [one for one in order if one[1] not in met])
        met |= {one for _, one in order}
        place = atmosphere_of(scene).place or scene.location
        found.append(
            SceneBreakdown(
                number=scene.number, place=id_of(place), time=scene.lighting[:400], present=present, beats=beats
            )
        )
    used = dict.fromkeys((*props.names, *(prop for scene in found for beat in scene.beats for prop in beat.props)))
    acting = (person for scene in found for beat in scene.beats for person in beat.people)
    ids = dict.fromkeys((*(person for scene in found for person in scene.present), *acting))
    places = {
        scene.place: atmosphere_of(brief).place or brief.location for scene, brief in zip(found, scenes, strict=True)
    }
    return Breakdown(
        people=tuple(_character(key, register, reader.profile(key.casefold())) for key in ids if key),
        places=tuple(Place(id=key, name=name[:400]) for key, name in places.items() if key),
        props=tuple(Prop(id=key, name=props.name_of(key)[:400]) for key in used),
        scenes=tuple(found),
    )


def _apart(there: Iterable[str], cues: set[str], but: set[str]) -> tuple[str, ...]:
    """The people of a scene, of a cue of several each, without some."""
    each = (voice_key(one) for key in there for one in apart(key.upper(), cues) or [key])
    return tuple(dict.fromkeys(one for one in each if one not in but))


def _lines(pages: Iterable[Page]) -> Iterator[Line]:
    return (part for page in pages for _, part in page.parts if isinstance(part, Line))


def _of_several(keys: Iterable[str]) -> set[str]:
    """Surnames that several bear, so that by themselves they mean nobody: the Worley of Clarence and Cliff Worley."""
    borne = Counter(key.split()[-1] for key in keys if " " in key and is_given_name(key.split()[0]))
    return {name for name, count in borne.items() if count > 1}


def _nameless_cues(page: Page) -> list[tuple[int, str]]:
    """Where whoever has no name yet speaks, and under which key: THE GUNMAN."""
    lines = [(start, voice_key(part.character)) for start, part in page.parts if isinstance(part, Line)]
    return [(start, cue) for start, cue in lines if not any(map(is_given_name, cue.split()))]


def _character(key: str, register: Register, known: Profile) -> Character:
    """Somebody, with what is known of them."""
    others = [name for name, same in register.aliases.items() if same == known.key]
    return Character(
        id=key,
        name=spelled(key)[:400] or key,
        aliases=tuple(spelled(name)[:400] for name in others),
        gender=known.gender,
        age=known.age,
        years=known.years,
        build=known.build,
    )
