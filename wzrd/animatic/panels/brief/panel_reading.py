"""A scene and one of its shots read into a panel: positions, what the camera sees, what the slate says."""

import re
from collections.abc import Mapping
from dataclasses import replace

from wzrd.animatic.panels.brief import word_lists
from wzrd.animatic.panels.brief.briefed import FITTINGS, Act, acts_by, held_things, thing_of
from wzrd.animatic.panels.brief.design import FilmDesign
from wzrd.animatic.panels.brief.dressing import with_standing
from wzrd.animatic.panels.brief.palette import palette_of
from wzrd.animatic.panels.brief.places import heading_of, hue_of, in_car, is_inside, stage_of
from wzrd.animatic.panels.brief.presence import Seen, seen_in
from wzrd.animatic.panels.brief.staging import Staging, staged
from wzrd.animatic.panels.brief.values import Air, Held, PanelBrief, SlateText, Stage
from wzrd.animatic.seeded import seeded
from wzrd.domain.shot_vocabulary import guess_angle
from wzrd.domain.shots import Line, SceneBrief, ShotBrief, ShotIdea
from wzrd.language.people.scene_people import spelled
from wzrd.language.shots.briefs import seen_words

_MAX_TEXT = 20_000
_HALVES = re.compile(r"[\ud800-\udfff]")
_FACES = frozenset({"close_up", "extreme_close_up"})
_OPENING = ("suitcase", "chest", "box", "coffin", "pot", "pan", "kettle", "jar", "can", "barrel", "basket", "bag")
"""Things with lids and clasps."""


def read_panel(scene: SceneBrief, shot: ShotIdea, *, shot_number: int, design: FilmDesign | None = None) -> PanelBrief:
    """Brief of this shot's panel. Nothing but the scene's number is needed; the same values, the same panel.

    `design` (see `design_of`) tells who looks how and what each place is in the whole film; without it, looks
    follow from names and sets from the scene alone.
    """
    design = design or FilmDesign()
    scene, shot = _bounded(scene), _bounded_shot(shot)
    text = word_lists.without_similes(seen_words(f"{shot.idea} {shot.title}"))
    brief, seen = seen_in(scene, shot, text, design.cast)
    acts = acts_by(brief)
    stage = stage_of(scene, design.sets)
    stage = in_car(stage) if brief.aboard else with_standing(stage, brief.props)
    air = _air(scene, stage, text)
    thing, label = _thing(scene, shot, brief, seen, text)
    told = {one.name: one for one in (*brief.subjects, brief.over) if one and (one.gender or one.age)}
    people = Staging() if thing else staged(scene, shot, seen, text, stage, replace(design.cast, told=told), acts)
    return PanelBrief(
        size=shot.size,
        angle=angle_of(shot),
        lens_mm=max(8, min(300, shot.lens_mm)),
        azimuth=_azimuth(shot, seen, acts, shot_number),
        stage=stage,
        near=people.seats,
        palette=palette_of(
            place=stage.place,
            hue=hue_of(stage.kind),
            time=air.time,
            inside=air.inside,
            weather=air.weather,
            style=scene.style,
        ),
        air=air,
        figures=people.figures,
        over=people.over if people.over and people.over.look.shape != "animal" else None,  # shoulders are people's
        crowd=people.crowd,
        thing=thing,
        label=label,
        beside=_beside(shot, brief, thing, people) if stage.shell != "card" else (),
        titles=brief.titles if stage.kind != "title" else (),  # a card has its own
        slate=slate_of(scene, shot, shot_number, air.time),
        seed=seeded.number("panel", stage.place, scene.number, shot_number, shot.size),
    )


def _beside(shot: ShotIdea, brief: ShotBrief, thing: str, people: Staging) -> tuple[Held, ...]:
    """Things that stand by, in a picture that has room for them and has them not already."""
    if shot.brief is None or shot.size in _FACES:
        return ()
    there = {(one.thing, one.label) for one in people.figures} | {(thing, "")}
    there |= {(one.second.thing, one.second.label) for one in people.figures}
    return tuple(one for one in held_things(brief) if (one.thing, one.label) not in there)


def _bounded(scene: SceneBrief) -> SceneBrief:
    """The scene without more text than a picture could ever need."""
    actions: list[str] = []
    room = _MAX_TEXT
    for part in scene.actions[:400]:
        actions.append(_cut(part, room))
        room -= len(actions[-1])
        if room <= 0:
            break
    return replace(
        scene,
        title=_cut(scene.title, 300),
        location=_cut(scene.location, 300),
        lighting=_cut(scene.lighting, 500),
        weather=_cut(scene.weather, 300),
        style=_cut(scene.style, 300),
        description=_cut(scene.description, _MAX_TEXT),
        actions=tuple(actions),
        dialogue=tuple(map(_cut_line, scene.dialogue[:400])),
        characters=tuple(_cut(name, 120) for name in scene.characters[:60]),
        script=tuple(_cut(part, 2_000) if isinstance(part, str) else _cut_line(part) for part in scene.script[:400]),
    )


def _bounded_shot(shot: ShotIdea) -> ShotIdea:
    size = shot.size if shot.size in ABBREVIATIONS else "medium"
    extra = {key: _cut(str(shot.extra[key]), 2_000) for key in ("sides", "speaker", "coverage") if key in shot.extra}
    texts = {"idea": _cut(shot.idea, 4_000), "subject": _cut(shot.subject, 200), "title": _cut(shot.title, 200)}
    return replace(shot, **texts, size=size, extra=extra)


def _cut(text: str, most: int) -> str:
    """The head of a text, without halves of characters, which are none."""
    return _HALVES.sub("", text[:most])


def _cut_line(line: Line) -> Line:
    return replace(line, character=_cut(line.character, 120), text=_cut(line.text, 200))


def _thing(scene: SceneBrief, shot: ShotIdea, brief: ShotBrief, seen: Seen, text: str) -> tuple[str, str]:
    """Subject of an insert: a thing the pencil knows, else "object" and its name."""
    close = {"insert", "extreme_close_up"} if shot.brief is not None else {"insert", "extreme_close_up", "close_up"}
    if seen.people or shot.size not in close:
        return "", ""
    if shot.brief is None and shot.size != "insert" and not (thing_of(shot.subject) or thing_of(text)):
        return "", ""
    thing = thing_of(shot.subject) or thing_of(brief.focus) or ("" if shot.size == "insert" else thing_of(text))
    if thing == "handle" or (not thing and set(word_lists.words_of(shot.subject)[-1:]) & FITTINGS):
        thing = _handled(scene, text)
    if thing:
        return thing, ""
    label = re.sub(r"^(?:the|a|an|his|her|their) ", "", " ".join(shot.subject.split()), flags=re.IGNORECASE)[:60]
    if label:
        return "object", label
    return thing_of(text) or "object", ""


def _handled(scene: SceneBrief, text: str) -> str:
    """Owner of a handle, a lock or a lid: a door, or what opens, nearby; '' if there is neither."""
    said, around = set(word_lists.words_of(text)), set(word_lists.words_of(" ".join(scene.actions)))
    if said & FITTINGS:
        there = {word_lists.THINGS.get(word) for word in around}
        return next((one for one in _OPENING if one in there), "suitcase" if around & {"buckle", "buckles"} else "box")
    if said & {"door", "doors", "doorknob", "keyhole"}:
        return "handle"
    other = {"drawer", "gun", "knife", "sword", "hammer", "axe", "pan", "broom", "bucket", "mug", "cup", "car"} & said
    if around & {"suitcase", "briefcase"} and not other:
        return "suitcase"
    return "handle" if around & {"door", "doors"} and not other else ""


def _azimuth(shot: ShotIdea, seen: Seen, acts: Mapping[str, Act], number: int) -> float:
    """Where the camera stands: for one person on the other's side of them, never across the line."""
    jitter = seeded.number("azimuth", number, shot.size, shot.subject) % 17 - 8
    if shot.angle == "over_the_shoulder" and seen.people:
        return (52 + jitter / 2) * (1 if seen.people[0].side == "left" else -1)
    if len(seen.people) == 1 and shot.size not in {"extreme_wide", "wide"}:
        sideways = acts[seen.people[0].name].pose in {"walk", "run"} and shot.size == "full"
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


ABBREVIATIONS = {
    "extreme_wide": "EWS", "wide": "WS", "full": "FS", "medium": "MS", "medium_close_up": "MCU", "close_up": "CU",
    "extreme_close_up": "ECU", "insert": "INSERT",
}  # fmt: skip
_ANGLE_NAMES = {"low": "LOW", "high": "HIGH", "overhead": "TOP", "dutch": "DUTCH", "pov": "POV",
                "over_the_shoulder": "OTS", "two_shot": "2-SHOT"}  # fmt: skip


def angle_of(shot: ShotIdea) -> str:
    """The angle that a shot has. Only a writer who gives no coverage may mean another one than the field says."""
    plain = shot.angle in {"eye_level", ""} and not shot.extra.get("coverage")
    return (guess_angle(shot.idea) or "eye_level") if plain else shot.angle


def slate_of(scene: SceneBrief, shot: ShotIdea, number: int, time: str) -> SlateText:
    """The words of the strip under a panel."""
    io, place = heading_of(scene)
    mark = {"int": "INT. ", "ext": "EXT. "}.get(io, "")
    heading = f"{mark}{place or scene.title}".strip()
    time = "" if time in heading.casefold() else f" \u2013 {time}"
    angle = _ANGLE_NAMES.get(angle_of(shot), "")
    size = ABBREVIATIONS[shot.size]
    return SlateText(
        scene=str(scene.number)[:6],
        shot=str(number)[:6],
        size=f"{size} \u00b7 {angle}" if angle else size,
        lens=f"{max(4, min(1200, shot.lens_mm))} mm",
        move=shot.move,
        move_name=shot.move.replace("_", " ")[:24],
        heading=f"{heading}{time}".upper()[:90] if heading else f"SCENE {scene.number}",
        speaker=spelled(shot.extra.get("speaker", ""))[:60],
    )
