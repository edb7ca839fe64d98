"""Where a scene plays, as a set: one for each place of a film, in all its scenes.

sets.json lays the kinds out. The heading decides (place_names.py); prose only where the heading says nothing and the
prose states the place.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from wzrd.animatic.panels.brief import place_names
from wzrd.animatic.panels.brief.dressing import dressing_of, part_of
from wzrd.animatic.panels.brief.place_vocabulary import fold
from wzrd.animatic.panels.brief.values import ROOFED, Part, Stage
from wzrd.animatic.panels.brief.word_lists import SETS
from wzrd.animatic.seeded import seeded
from wzrd.domain.shots import SceneBrief
from wzrd.language.words.lexicon import load

_KINDS = SETS["kinds"]
_MARK = re.compile(
    r"^\s*(interior and exterior|exterior and interior|int\.?\s*/\s*ext|ext\.?\s*/\s*int|i\s*/\s*e|e\s*/\s*i|"
    r"interior|exterior|int|ext|est)\b[\s.,:]*"
)
_CARDS = frozenset({"screen", "title", "black"})
_SCENES = "|".join(map(re.escape, load("screenplay_words.json")["scene_words"].split()))
_NUMBERED = re.compile(rf"(?:the )?(?:{_SCENES})(?:\W{{0,3}}\d{{1,4}}[a-z]?)?", re.IGNORECASE)
_GENERIC = frozenset({"interior", "exterior", "vehicle"})
_DRIVEN_ON = frozenset({"street", "street_front", "road", "open", "shore", "quay", "bridge", "tunnel", "cliff"})
_NARROW = 3.0  # metres: what is mirrored in a narrower set would stand in the way
_NOUN = r"((?:[\w'-]+,?\s+){0,4}?[\w'-]+)"
_ENDED = (
    r"(?=\s*(?:[.,;:!\u2014\u2013(]|$|(?:with|where|filled|full|crammed|packed|lined|lit|that has|out|into|over|"
    r"in the middle|at the edge|on the edge)\b))"
)
_STATES = (  # how prose states a place plainly: "A cramped office.", "in a rehearsal space.", "The club is packed"
    re.compile(
        r"^(?:we(?:'re| are) (?:in|inside|at)\s+|inside\s+|in\s+|it(?:'s| is)\s+|this is\s+|[\w' -]{2,40}? is\s+)?"
        rf"(?:an?)\s+{_NOUN}{_ENDED}",
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?:the )?(?:interior|inside) of an?\s+{_NOUN}{_ENDED}", re.IGNORECASE),
    re.compile(
        r"^the\s+([\w'-]+(?:\s[\w'-]+)?)\s+is\s+(?:\w+ly\s+)?(?:packed|empty|crowded|busy|full|filled|dark|quiet|"
        r"deserted|silent|small|huge|cluttered|closed|awesome|dim|bright|dimly)\b",
        re.IGNORECASE,
    ),
)
_CARD_MARK = re.compile(
    r"^\s*(?:on |over |insert )?(?:the )?(?:title|super|caption|inter|main|opening|end|card|credit)\w*"
    r"(?:\s+(?:card|title|over black|sequence|screen|credit)s?)*"
)
_QUOTED = re.compile(r"[\"\u201c\u00ab](.{1,80}?)[\"\u201d\u00bb]")
_PLAIN = 2.0  # the least rank of a place that prose states
_FADE = re.compile(
    r"\s*(?:fade (?:in|up)|fade from black|open on black)\b.{0,20}", re.IGNORECASE
)  # nothing is seen yet
_BARE = 3  # words: a sentence so short that is only a name states a place ("Space.", "Black screen:")


@dataclass(frozen=True, slots=True)
class Setting:
    """A place of a film: its kind of set, its own name, by which it has its colours, and what always stands in it."""

    kind: str
    name: str
    dressing: tuple[str, ...] = ()


Sets = Mapping[str, Setting]
"""The places of a film: what a scene's heading calls one → its setting. Two spellings may share one setting."""


def _title_of(scene: SceneBrief) -> str:
    """The scene's title where it may name a place: no stage is meant by "Scene 2"."""
    return "" if _NUMBERED.fullmatch(scene.title.strip()) else scene.title[:300]


def heading_of(scene: SceneBrief) -> tuple[str, str]:
    """`int`, `ext` or nothing, and the place's words, folded; both from the location, else from the title."""
    text = " ".join((scene.location or _title_of(scene)).casefold().split())[:300]
    found = _MARK.match(text)
    mark = found.group(1) if found else ""
    both = "/" in mark or " and " in mark
    io = "" if both else "ext" if mark == "est" else mark[:3]
    return io, text[found.end() :] if found else text


def is_generic(kind: str) -> bool:
    """True if a kind is only a plain set of the heading's side, because the place could not be told."""
    return kind in _GENERIC


def sets_of(scenes: Iterable[SceneBrief]) -> dict[str, Setting]:
    """The places of a film. A place that several scenes play in is one setting, as the first that knows it tells."""
    grouped: dict[str, list[SceneBrief]] = {}
    for scene in scenes:
        if key := place_key(scene):
            grouped.setdefault(key, []).append(scene)
    first = {key: played[0] for key, played in grouped.items()}
    merged: dict[str, list[str]] = {}
    for key in grouped:
        merged.setdefault(_whole_of(key, first), []).append(key)
    found: dict[str, Setting] = {}
    for whole, keys in merged.items():
        played = [scene for key in keys if key != whole for scene in grouped[key]]
        one = _setting(whole, [*grouped[whole], *played])
        found.update(dict.fromkeys(keys, one))
    return found


def _whole_of(key: str, first: Mapping[str, SceneBrief]) -> str:
    """The place that a short name means: GYMNASIUM is the film's only SCHOOL - GYMNASIUM, else it is itself.

    It must be all of one part of the longer heading, and the part that decides what the place is.
    """
    side, *names = key.split(" ")
    words = frozenset(names)
    longer = [
        other
        for other, scene in first.items()
        if other.startswith(f"{side} ") and other != key and _is_part(words, scene) and _deciding(scene) <= words
    ]
    return longer[0] if len(longer) == 1 else key


def _is_part(words: frozenset[str], scene: SceneBrief) -> bool:
    parts = place_names.parts_of(heading_of(scene)[1])
    return len(parts) > 1 and words in parts


def _deciding(scene: SceneBrief) -> frozenset[str]:
    """The words of a heading that make the place what it is; all of them, and more, where nobody knows."""
    io, place = heading_of(scene)
    named = place_names.named_in(place, io)
    return place_names.identity_of(named.words) if named and named.words else frozenset({""})


def place_key(scene: SceneBrief) -> str:
    """Key of a scene's place: the side of its walls and its words; '' if no place is told."""
    io, place = heading_of(scene)
    words = place_names.identity_of(place)
    if not words:
        return ""
    named = place_names.named_in(place, io)
    side = "card" if named and named.kind in _CARDS else "int" if named and _roofed(named.kind) and not io else io
    return " ".join((side or "any", *sorted(words)))


def _setting(key: str, scenes: Sequence[SceneBrief]) -> Setting:
    kinds = [kind_of(scene) for scene in scenes]
    kind = next((one for one in kinds if not is_generic(one)), kinds[0])
    return Setting(kind, key, dressing_of(scenes, _stage(kind, key)))


def kind_of(scene: SceneBrief) -> str:
    """The kind of set that a scene alone tells: its heading, else its title, else what its prose states plainly."""
    io, place = heading_of(scene)
    plain = "exterior" if io == "ext" else "interior"
    named = place_names.named_in(place, io) or place_names.named_in(_title_of(scene), io)
    if not named and not io and _FADE.fullmatch(_prose(scene)):
        return "black"
    return _moved(named.kind if named else _stated(scene, io) or plain, io)


def _prose(scene: SceneBrief) -> str:
    return " ".join((scene.actions or (scene.description,))[:3])[:600].replace("\u2019", "'")


def _stated(scene: SceneBrief, io: str) -> str:
    """Kind of place that the scene's first words state ("A cramped office."), never one that they only mention."""
    for sentence in re.split(r"(?<=[.!?:])\s+", _prose(scene))[:5]:
        states = [found.group(1) for state in _STATES if (found := state.search(sentence))]
        for text in (sentence, *states):
            named = place_names.named_in(text, io)
            bare = text is sentence
            if named and io and named.kind in _CARDS:
                continue  # a title over a place is no place
            if named and (_is_all(named, text) if bare else named.rank >= _PLAIN and _ends(named, text)):
                return named.kind
    return ""


def _is_all(named: place_names.Named, text: str) -> bool:
    """True if a name is all that a text says."""
    return bool(named.words) and len(text.split()) <= _BARE and len(named.words.split()) == len(text.split())


def _ends(named: place_names.Named, text: str) -> bool:
    """True if a text ends with a name as it stands; no verb counts as a plural: A BUS STOPS."""
    return bool(named.words) and fold(text).endswith(named.words)


def stage_of(scene: SceneBrief, sets: Sets | None = None) -> Stage:
    """The set of a scene: the same for every shot of it and, with the film's `sets`, for every scene in its place."""
    key = place_key(scene)
    setting = (sets or {}).get(key) or _setting(key or " ".join(_title_of(scene).casefold().split()), [scene])
    stage = _stage(setting.kind, setting.name)
    parts = (*stage.parts, *(part_of(line, stage.width, stage.depth) for line in setting.dressing))
    if setting.kind == "title":
        parts += (Part("card_text", kind=_title_words(scene)),)
    flipped = seeded.number("mirror", setting.name) % 2 == 1 and stage.width > _NARROW and setting.kind != "control"
    return replace(stage, parts=tuple(_mirrored(part) if flipped else part for part in parts))


def _title_words(scene: SceneBrief) -> str:
    """Words on a title card: those behind its colon, else in quotes, else its first line."""
    heading = _CARD_MARK.sub("", heading_of(scene)[1]).strip(' :-\u2013\u2014"\u201c\u201d.')
    lines = [*scene.actions, scene.description]
    quoted = [found.group(1) for line in lines[:3] if (found := _QUOTED.search(line[:300]))]
    return next((text[:80] for text in (heading, *quoted, *lines) if text), "")


def _stage(kind: str, name: str) -> Stage:
    facts = _KINDS[kind]
    width, depth, height = map(float, facts["size"].split())
    parts = tuple(part_of(text, width, depth) for text in facts["parts"].split("|") if text.strip())
    floor, wall, far = (facts.get(one, "") for one in ("floor", "wall", "far"))
    return Stage(kind, facts["shell"], width, depth, height, floor, wall, far, name, parts)


def in_car(stage: Stage) -> Stage:
    """The inside of a car in that place, where one can drive there."""
    return _stage("car", stage.place) if stage.shell in _DRIVEN_ON else stage


def hue_of(kind: str) -> int:
    """The hue in degrees that a kind of place has in daylight."""
    return int(_KINDS[kind]["hue"])


def is_inside(stage: Stage) -> bool:
    """True if the set has a roof."""
    return stage.shell in ROOFED


def _roofed(kind: str) -> bool:
    return _KINDS[kind]["shell"] in ROOFED


def _moved(kind: str, io: str) -> str:
    """A kind of place seen from the side of its walls that the heading tells: EXT. OFFICE is a building's front."""
    if io == "ext" and _roofed(kind) and kind not in _CARDS:
        return SETS["outdoors"].get(kind, "exterior")
    if io == "int" and not _roofed(kind):
        return SETS["indoors"].get(kind, kind)
    return kind


def _mirrored(part: Part) -> Part:
    return replace(part, x=-part.x, turn=-part.turn)
