"""Values of people who speak in a shot: how each is seen, and the way of each line. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from uuid import UUID

from wzrd.domain.film import Caption

View: TypeAlias = Literal["mouth", "small", "turned", "off", "scratch"]
"""Look of a speaker: a mouth that can move, one too small, one turned away, or none; `scratch`: nobody is paid."""
Route: TypeAlias = Literal["voice", "lips", "talking", "pair", "native"]
"""Way of a line: heard alone; a clip whose lips are moved after; a picture that speaks; one in which two do; the clip's
model speaks it, in a voice of its own."""
NATIVE: Route = "native"
AUTO = "auto"
"""The name that stands for every model that makes people speak."""


@dataclass(frozen=True, slots=True)
class SeenLine:
    """The speaker of a line as the shot shows them: a person's id, empty for nobody; `side` left or right."""

    speaker: str
    view: View
    side: str = ""


@dataclass(frozen=True, slots=True)
class SpeakingShot:
    """A shot's lines as their speakers are seen in it, and what else decides their way.

    `people`: how many are in the picture; `close`: a face fills much of it; `still`: the camera stays; `seconds`: about
    how long the lines take; `words`: when each of their words is said, from the first one on; `has_clip`: its clip is
    there, and only its lips can be moved.
    """

    lines: tuple[SeenLine, ...]
    people: int = 1
    close: bool = False
    still: bool = False
    seconds: float = 0.0
    words: tuple[Caption, ...] = ()
    has_clip: bool = False

    @property
    def seen(self) -> tuple[SeenLine, ...]:
        """The first line of each speaker whose mouth is seen."""
        return tuple({one.speaker: one for one in self.lines if one.view == "mouth"}.values())


@dataclass(frozen=True, slots=True)
class RoutedLine:
    """A line of a shot and its way. `reason`: why it is only heard, where it is."""

    speaker: str
    route: Route
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ShotRoute:
    """All lines of a shot with their ways; `model`: the catalog's id of who makes them be seen, empty for nobody.

    `tracks`: the lines that each mouth speaks, by their indices; a picture of two has two, the left one first.
    `seconds`: about how long all of them take. `parts`: of how many consecutive clips the shot's is made, each of
    `longest` seconds at most.
    """

    route: Route
    lines: tuple[RoutedLine, ...]
    model: str = ""
    tracks: tuple[tuple[int, ...], ...] = ()
    seconds: float = 0.0
    parts: int = 1
    longest: float = 0.0

    def kept(self) -> dict[str, Any]:
        """The route as a run keeps it; its lines are told, and not needed again."""
        kept = {"route": self.route, "model": self.model, "tracks": self.tracks, "lines": len(self.lines)}
        return kept | ({"parts": self.parts, "longest": self.longest} if self.parts > 1 else {})


@dataclass(frozen=True, slots=True)
class KeptRoute:
    """A shot's route as its run was priced: the way, the model, whose lines are on each track, of how many lines.

    `parts`: of how many clips at most, each of `longest` seconds at most.
    """

    route: Route
    model: str
    tracks: tuple[tuple[int, ...], ...]
    lines: int
    parts: int = 1
    longest: float = 0.0


SPEECH = "speech"
"""Name of a run's parameter that keeps who speaks, and how."""


def read_route(params: Mapping[str, Any], shot_id: UUID | None) -> KeptRoute | None:
    """The route of a shot as its run keeps it; None: nothing of it is spoken for this run."""
    kept = params.get(SPEECH, {}).get("shots", {}).get(str(shot_id))
    if kept is None:
        return None
    more = {name: kept[name] for name in ("parts", "longest") if name in kept}
    return KeptRoute(kept["route"], kept["model"], tuple(map(tuple, kept["tracks"])), kept["lines"], **more)


VOICE_ITEM, LIPS_ITEM = "shot_voice", "shot_lips"
"""Entity types of the items that speak a shot's lines, and that move lips to them."""
PARTS = "parts"
"""Name of a field of an item's output: the address of each of its consecutive clips, and their frames."""
OWN_SOUND = "ownSound"
"""Name of a field of an item's output: its clip was bought with its model's own sound, which is in its `sourceUrl`."""
SAID = "said"
"""Name of a field of an item's output: the inputs of each of its lines."""


def own_maker(params: Mapping[str, Any], shot_id: UUID | None, entity_type: str | None) -> Mapping[str, Any] | None:
    """The model, as it was priced, of an item whose people are seen speaking; None: the batch's own makes it."""
    route = read_route(params, shot_id)
    if route is None or not route.model or (route.route == "lips" and entity_type != LIPS_ITEM):
        return None
    return params[SPEECH]["models"][route.model]


def speech_of(params: Mapping[str, Any], shot_id: UUID | None, entity_type: str | None) -> dict[str, str]:
    """Field of the output of an item whose people are seen speaking: their way."""
    route = read_route(params, shot_id)
    return {SPEECH: route.route} if route and own_maker(params, shot_id, entity_type) else {}


def voice_item_key(shot_id: UUID) -> str:
    """The key of the item that speaks the shot's lines."""
    return f"voice/{shot_id}"


def lips_key(shot_id: UUID) -> str:
    """The key of the item that moves the lips of the shot's clip."""
    return f"lips/{shot_id}"
