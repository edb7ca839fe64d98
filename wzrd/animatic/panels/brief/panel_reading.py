"""A scene and one of its shots read into a panel: positions, what the camera sees, what the slate says."""

import re
from dataclasses import dataclass, replace

from wzrd.animatic.panels.brief import acting, word_lists
from wzrd.animatic.panels.brief.breakdown import Breakdown
from wzrd.animatic.panels.brief.looks import Cast, look_of
from wzrd.animatic.panels.brief.palette import palette_of
from wzrd.animatic.panels.brief.places import hue_of, is_inside, stage_of
from wzrd.animatic.panels.brief.slates import ABBREVIATIONS, angle_of, slate_of
from wzrd.animatic.panels.brief.values import ROOFED, Air, Figure, PanelBrief, Part, Stage
from wzrd.animatic.seeded import seeded
from wzrd.animatic.writer.people import Person, people_of, spelled
from wzrd.domain import lexicon
from wzrd.domain.shots import SceneBrief, ShotIdea

MAX_FIGURES = 5


_HANDS = frozenset({"hold", "reach", "look_down", "phone", "walk", "point"})  # poses that hold something
_WIDE = frozenset({"extreme_wide", "wide", "full"})
_SIDES = re.compile(r"\s*(.+?)\s*:\s*(left|right)\s*(?:,|$)", re.IGNORECASE)
_MAX_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class _Seen:
    """Who is in the picture, each with a side; `over` is who is seen from behind."""

    people: tuple[Person, ...] = ()
    over: Person | None = None


def read_panel(
    scene: SceneBrief, shot: ShotIdea, *, shot_number: int, breakdown: Breakdown | None = None
) -> PanelBrief:
    """What the panel of this shot shows. Nothing but the scene's number is needed; the same values, the same panel.

    `breakdown` (see `breakdown_of`) tells who looks how and what each place is in the whole film; without it, looks
    follow from names and sets from the scene alone.
    """
    scene, shot = _bounded(scene), _bounded_shot(shot)
    breakdown = breakdown or Breakdown()
    text = acting.without_speech_and_camera(f"{shot.idea} {shot.title}")
    seen = _seen(scene, shot, text)
    stage = stage_of(scene, breakdown.sets)
    air = _air(scene, stage, text)
    thing, label = _thing(scene, shot, seen, text)
    figures = _figures(scene, shot, seen, text, stage, breakdown.cast)
    return PanelBrief(
        size=shot.size,
        angle=angle_of(shot),
        lens_mm=max(8, min(300, shot.lens_mm)),
        azimuth=_azimuth(shot, seen, text, shot_number),
        stage=replace(stage, parts=(*stage.parts, *_seats(figures, stage))),
        palette=palette_of(
            place=stage.place,
            hue=hue_of(stage.kind),
            time=air.time,
            inside=air.inside,
            weather=air.weather,
            style=scene.style,
        ),
        air=air,
        figures=() if thing else figures,
        over=_over(seen, scene, breakdown.cast) if not thing else None,
        thing=thing,
        label=label,
        slate=slate_of(scene, shot, shot_number, air.time),
        seed=seeded.number("panel", stage.place, scene.number, shot_number, shot.size),
    )


def _bounded(scene: SceneBrief) -> SceneBrief:
    """The scene without more text than a picture could ever need."""
    actions: list[str] = []
    room = _MAX_TEXT
    for part in scene.actions[:400]:
        actions.append(part[:room])
        room -= len(actions[-1])
        if room <= 0:
            break
    return replace(
        scene,
        title=scene.title[:300],
        location=scene.location[:300],
        lighting=scene.lighting[:500],
        weather=scene.weather[:300],
        style=scene.style[:300],
        description=scene.description[:_MAX_TEXT],
        actions=tuple(actions),
        dialogue=tuple(
            replace(line, character=line.character[:120], text=line.text[:200]) for line in scene.dialogue[:400]
        ),
        characters=tuple(name[:120] for name in scene.characters[:60]),
        script=(),
    )


def _bounded_shot(shot: ShotIdea) -> ShotIdea:
    size = shot.size if shot.size in ABBREVIATIONS else "medium"
    extra = {key: str(value)[:2_000] for key, value in shot.extra.items() if key in {"sides", "speaker", "coverage"}}
    return replace(
        shot, idea=shot.idea[:4_000], subject=shot.subject[:200], title=shot.title[:200], size=size, extra=extra
    )


def _sided(shot: ShotIdea) -> list[Person]:
    found = _SIDES.findall(shot.extra.get("sides", ""))[:MAX_FIGURES]
    return [Person(name[:60], "left" if side.casefold() == "left" else "right") for name, side in found]


def _seen(scene: SceneBrief, shot: ShotIdea, text: str) -> _Seen:
    everybody = list(people_of(scene))
    sided = _sided(shot)
    known = list({person.name.casefold(): person for person in (*everybody, *sided)}.values())
    subject = [person for person in known if _names(person, shot.subject)] or _role(shot.subject)
    if shot.size == "insert":
        return _Seen()
    if shot.angle == "over_the_shoulder":
        return _shoulder(subject, sided, everybody)
    if shot.angle == "two_shot":
        return _Seen(_pair([*sided, *subject, *everybody]))
    named = [person for person in known if _names(person, text)]
    return _Seen(_free(shot, text, subject, named, sided) or _extras(text, shot, everybody))


def _names(person: Person, text: str) -> bool:
    """Whether a text names somebody by their whole name."""
    return re.search(rf"(?<!\w){re.escape(person.name.casefold())}(?!\w)", text.casefold()) is not None


def _role(subject: str) -> list[Person]:
    """Somebody without a name, as a subject calls them: the old doctor."""
    words = word_lists.words_of(subject)
    return [Person(" ".join(words[:6]), "left")] if words and words[-1] in lexicon.PEOPLE else []


def _free(
    shot: ShotIdea, text: str, subject: list[Person], named: list[Person], sided: list[Person]
) -> tuple[Person, ...]:
    """Who is in a shot whose angle says nothing of people: everybody it names when wide, else its subject."""
    if shot.size in _WIDE:
        return tuple(_unlike([*subject, *named, *(sided if subject or named else [])])[:MAX_FIGURES])
    if subject or _mentions_thing(shot, text):
        return tuple(subject[:1])
    return tuple((named or sided)[:1])


def _mentions_thing(shot: ShotIdea, text: str) -> bool:
    close = shot.size in {"close_up", "extreme_close_up"}
    return close and bool(acting.thing_of(shot.subject) or acting.thing_of(text))


def _shoulder(subject: list[Person], sided: list[Person], everybody: list[Person]) -> _Seen:
    people = _unlike([*subject, *sided, *everybody])
    if not people:
        return _Seen((Person("somebody", "left"),), Person("somebody else", "right"))
    first = people[0]
    other = next((one for one in people[1:] if one.side != first.side), None)
    return _Seen((first,), other or Person("somebody else", "right" if first.side == "left" else "left"))


def _pair(people: list[Person]) -> tuple[Person, ...]:
    people = _unlike(people)
    if not people:
        return (Person("somebody", "left"), Person("somebody else", "right"))
    first = people[0]
    other = next((one for one in people[1:] if one.side != first.side), None)
    return (first, other or Person("somebody else", "right" if first.side == "left" else "left"))


def _unlike(people: list[Person]) -> list[Person]:
    found: dict[str, Person] = {}
    for person in people:
        found.setdefault(person.name.casefold(), person)
    return list(found.values())


def _extras(text: str, shot: ShotIdea, everybody: list[Person]) -> tuple[Person, ...]:
    """Nameless people that the words show ("two rusted robots"), or who lives in the scene when it is seen whole."""
    if shot.size not in _WIDE and _mentions_thing(shot, text):
        return ()
    found = [word.removesuffix("s") for word in word_lists.words_of(text)]
    kinds = word_lists.ROBOTS | word_lists.CHILDREN | {"man", "woman", "men", "women", "figure", "stranger", "soldier"}
    role = next((word for word in found if word in kinds), "")
    if role:
        many = bool({"two", "both", "pair", "three", "crowd"} & set(word_lists.words_of(text)))
        return (Person(f"the {role}", "left"), Person(f"the other {role}", "right"))[: 2 if many else 1]
    if shot.extra.get("coverage") in {"master", "closing"} and shot.size in _WIDE:
        return tuple(everybody[:2])
    return ()


def _thing(scene: SceneBrief, shot: ShotIdea, seen: _Seen, text: str) -> tuple[str, str]:
    """What an insert is of: a thing the pencil knows, else "object" and its name."""
    if seen.people:
        return "", ""
    if shot.size != "insert" and not _mentions_thing(shot, text):
        return "", ""
    thing = acting.thing_of(shot.subject) or ("" if shot.size == "insert" else acting.thing_of(text))
    if thing == "handle" and _is_carried(scene, text):
        thing = "suitcase"
    if thing:
        return thing, ""
    label = re.sub(r"^(?:the|a|an|his|her|their) ", "", " ".join(shot.subject.split()), flags=re.IGNORECASE)[:60]
    if label:
        return "object", label
    return acting.thing_of(text) or "object", ""


def _is_carried(scene: SceneBrief, text: str) -> bool:
    """Whether a handle is a case's: one is about, and nobody speaks of a door."""
    around = set(word_lists.words_of(" ".join(scene.actions)))
    return bool(around & {"suitcase", "case", "trunk", "bag"}) and "door" not in word_lists.words_of(text)


def _figures(
    scene: SceneBrief, shot: ShotIdea, seen: _Seen, text: str, stage: Stage, cast: Cast | None
) -> tuple[Figure, ...]:
    speaker = spelled(shot.extra.get("speaker", "")).casefold()
    pose, feeling, held = acting.pose_of(text), acting.feeling_of(text), acting.held_in(text)
    apart = 0.62 if shot.size in {"medium", "medium_close_up", "close_up"} else 0.75
    found: list[Figure] = []
    alone = len(seen.people) == 1 and seen.over is None
    for at, person in enumerate(seen.people):
        side = -1 if person.side == "left" else 1
        rank = sum(1 for other in seen.people[:at] if other.side == person.side)
        acts = at == 0
        found.append(
            Figure(
                name=person.name,
                look=look_of(person.name, scene.style, cast),
                x=0.0 if alone else side * (apart + 0.7 * rank),
                z=0.0 if alone else 0.45 * rank,
                facing=-side * (62 if alone else 66 if shot.size not in _WIDE else 78),
                pose=_seated(pose if acts else _listening(pose), stage),
                feeling=feeling if acts else "",
                speaks=bool(speaker) and spelled(person.name).casefold() == speaker,
                thing=held if acts and pose in _HANDS else "",
            )
        )
    return tuple(found)


def _listening(pose: str) -> str:
    return pose if pose in {"sit", "walk", "run"} else "stand"


def _seated(pose: str, stage: Stage) -> str:
    return "sit" if stage.shell in {"car", "cockpit"} else pose


def _seats(figures: tuple[Figure, ...], stage: Stage) -> tuple[Part, ...]:
    """Something under everybody who sits."""
    seat = "chair" if stage.shell in ROOFED - {"cave", "tent"} else "crate_seat"
    return tuple(
        Part(seat, figure.x, 0, figure.z + 0.02, figure.facing)
        for figure in figures
        if figure.pose == "sit" and stage.shell not in {"car", "cockpit"}
    )


def _over(seen: _Seen, scene: SceneBrief, cast: Cast | None) -> Figure | None:
    if seen.over is None:
        return None
    side = -1 if seen.over.side == "left" else 1
    return Figure(seen.over.name, look_of(seen.over.name, scene.style, cast), side * 0.62, 0, -side * 82)


def _azimuth(shot: ShotIdea, seen: _Seen, text: str, number: int) -> float:
    """Where the camera stands: for one person on the other's side of them, never across the line."""
    jitter = seeded.number("azimuth", number, shot.size, shot.subject) % 17 - 8
    if shot.angle == "over_the_shoulder" and seen.people:
        return (52 + jitter / 2) * (1 if seen.people[0].side == "left" else -1)
    if len(seen.people) == 1 and shot.size not in {"extreme_wide", "wide"}:
        sideways = acting.pose_of(text) in {"walk", "run"} and shot.size == "full"
        return (4 if sideways else 26 + jitter) * (1 if seen.people[0].side == "left" else -1)
    if len(seen.people) > 1:
        return float(jitter)
    ways = (-30, 12, -14, 28, -4, 20)  # neighbours stand apart
    return ways[(number + seeded.number("wide", shot.subject) % 2) % len(ways)] + jitter / 3


def _air(scene: SceneBrief, stage: Stage, text: str) -> Air:
    place = f"{scene.location} {scene.title}"
    times = word_lists.meanings(word_lists.TIMES, scene.lighting) + word_lists.meanings(word_lists.TIMES, place)
    weather = re.sub(r"\b(?:no|without) \w+", " ", scene.weather.casefold())
    fallen = word_lists.meanings(word_lists.WEATHER, weather)
    said = [one for one in word_lists.meanings(word_lists.WEATHER, text) if one in fallen]
    wet = [one for one in (said or fallen) if one in {"rain", "snow", "storm", "dust", "fog"}]
    kept = tuple(dict.fromkeys([*wet[:1], *(one for one in fallen if one in {"wind", "heat", "cloud"})]))
    lights = word_lists.meanings(word_lists.LIGHTS, f"{scene.lighting} {text}")
    return Air(
        time=times[0] if times else "day",
        inside=is_inside(stage),
        weather=kept,
        lights=tuple(lights[:3]),
        key=1 if seeded.number("key", stage.place) % 2 else -1,
    )
