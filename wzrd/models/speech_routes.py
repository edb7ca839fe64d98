"""Way of every spoken line of a shot, and its model: one rule for plan, price and payload. Pure.

Which models there are, and which way each goes, is data (`data/speech.jsonl`); what they are sent follows from the
vendor's schema, what they cost from the catalog.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from wzrd.domain.breaths import part_ends
from wzrd.domain.errors import BadRequest
from wzrd.domain.film import Caption
from wzrd.domain.money import Cost
from wzrd.domain.offline import Obstacle
from wzrd.domain.pacing import LONGEST_PICTURE, SHORTEST_LOOK, VOICE_LEAD, VOICE_TAIL
from wzrd.domain.speech import AUTO, NATIVE, Route, RoutedLine, SeenLine, ShotRoute, SpeakingShot, View
from wzrd.domain.submission import Target
from wzrd.models.bodies import ModelBody, make_body
from wzrd.models.body_prices import price_inputs
from wzrd.models.catalog import Model, price_of
from wzrd.models.media_choice import MediaChoice
from wzrd.models.placeholders import CLIP, PROMPT, STILL, VOICES
from wzrd.models.price_cards import SHIPPED, PriceBook
from wzrd.models.routing import routed_catalog
from wzrd.models.shot_inputs import RESOLUTION

_WHY: Mapping[View, str] = {
    "off": "nobody is seen saying it",
    "turned": "its speaker is turned away",
    "small": "its speaker's face is too small",
    "scratch": "a scratch voice speaks it",
}
NOT_ASKED = "nobody asked for lips"
_TOO_LONG = "its lines outlast one picture"
UNSPOKEN = "its lines have not been spoken yet, and lips move as long as they do"


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """A model that makes people speak: its way, and the shortest and longest clip in seconds that it takes.

    `tracks`: the fields of two speakers' sounds, the left one first; empty where the sound has the usual one.
    """

    model: Model
    route: Route
    least: float = 0.0
    most: float = LONGEST_PICTURE
    tracks: tuple[str, ...] = ()

    @property
    def choice(self) -> MediaChoice:
        """The choice of it, with its price in credits."""
        return MediaChoice(
            Target(self.model.provider, self.model.endpoint_id), price_of(self.model), None, self.model.id
        )


@dataclass(frozen=True, slots=True)
class SpeechFiles:
    """Addresses of what a model makes speak: a clip or a picture, and a sound for each mouth."""

    tracks: Sequence[str]
    video: str = ""
    image: str = ""


@cache
def speech_models() -> Mapping[str, SpeechModel]:
    """Every model that makes people speak, by its id, the cheapest first."""
    by_endpoint = {model.endpoint_id: model for model in routed_catalog().models.values()}
    rows = map(orjson.loads, files("wzrd.models").joinpath("data/speech.jsonl").read_bytes().splitlines())
    found = [
        SpeechModel(
            by_endpoint[row["endpoint"]],
            row["route"],
            row.get("least", 0.0),
            row.get("most", LONGEST_PICTURE),
            tuple(row.get("tracks", ())),
        )
        for row in rows
    ]
    return {one.model.id: one for one in sorted(found, key=lambda one: price_of(one.model))}


def allowed_models(asked: Sequence[str], obstacle: Obstacle) -> tuple[SpeechModel, ...]:
    """The models that a request allows, by id or `auto`, as far as they can be asked from here, the cheapest first.

    Raises:
        BadRequest: an id that is none of theirs; those that there are are named.
    """
    models = speech_models()
    if unknown := next((one for one in asked if one not in {AUTO, NATIVE, *models}), None):
        message = f"lips: {unknown[:60]!r} makes nobody speak: name {AUTO}, {NATIVE}, or {', '.join(models)}"
        raise BadRequest(message, field="lips")
    asked = [one for one in asked if one != NATIVE]
    wanted = models.values() if AUTO in asked else [models[one] for one in models if one in asked]
    return tuple(one for one in wanted if obstacle(one.model.provider, "video") is None)


def route_shot(
    shot: SpeakingShot,
    allowed: Sequence[SpeechModel],
    clip_credits: int,
    longest_clip: float = LONGEST_PICTURE,
    *,
    native: bool = False,
) -> ShotRoute:
    """The way of each line of a shot, and the cheapest of the allowed models that can go it.

    `clip_credits`: the price of the shot's clip, which a picture that speaks replaces; `longest_clip`: the most seconds
    that its model makes. Lines that outlast it are spoken in consecutive clips. `native`: that model may speak itself,
    which costs nothing beside its clip, where all who speak are seen and one clip holds their lines.
    """
    whole = VOICE_LEAD + shot.seconds + VOICE_TAIL
    is_seen = bool(shot.lines) and all(one.view == "mouth" for one in shot.lines)
    if native and is_seen and not shot.has_clip and whole <= min(LONGEST_PICTURE, longest_clip):
        return ShotRoute(NATIVE, tuple(RoutedLine(one.speaker, NATIVE) for one in shot.lines), seconds=shot.seconds)
    fitting, reason = _fitting(shot, allowed, longest_clip)

    def costs(one: SpeechModel) -> int:
        clip = clip_credits if one.route == "lips" and not shot.has_clip else 0
        return (price_of(one.model) + clip) * fitting[one.model.id]

    best = min((one for one in allowed if one.model.id in fitting), key=costs, default=None)
    if best is None:
        lines = tuple(RoutedLine(one.speaker, "voice", _WHY.get(one.view, reason)) for one in shot.lines)
        return ShotRoute("voice", lines, seconds=shot.seconds)
    lines = tuple(
        RoutedLine(one.speaker, "voice" if one.view in _WHY else best.route, _WHY.get(one.view, ""))
        for one in shot.lines
    )
    parts, longest = fitting[best.model.id], min(best.most, longest_clip)
    return ShotRoute(best.route, lines, best.model.id, _tracks(shot), shot.seconds, parts, longest)


def _fitting(shot: SpeakingShot, allowed: Sequence[SpeechModel], longest_clip: float) -> tuple[dict[str, int], str]:
    """The models that can make the shot's seen speakers speak, with the clips that each needs; and why none can."""
    seen, whole = shot.seen, VOICE_LEAD + shot.seconds + VOICE_TAIL
    if not seen:
        return {}, ""
    ways: set[Route] = {"lips"} if len(seen) == 1 else set()
    if len(seen) == shot.people == 1 and shot.close and shot.still and not shot.has_clip:
        ways.add("talking")  # nothing but a face that speaks: no clip is needed before
    if len(seen) == shot.people == 2 and not shot.has_clip:
        ways.add("pair")
    wanted = [one for one in allowed if one.route in ways]
    counted = {one.model.id: _parts(shot, one, whole, longest_clip) for one in wanted}
    found = {model_id: parts for model_id, parts in counted.items() if parts}
    if found or not allowed:
        return found, NOT_ASKED
    if wanted and whole > LONGEST_PICTURE:
        return {}, _TOO_LONG
    return {}, f"{len(seen)} people speak in one picture" if len(seen) > 1 else "none of the allowed models can show it"


def _parts(shot: SpeakingShot, one: SpeechModel, whole: float, longest_clip: float) -> int:
    """The number of clips in which the model can show these lines; 0: it cannot."""
    most = min(one.most, LONGEST_PICTURE)
    if one.route == "lips" and not shot.has_clip and whole > min(most, longest_clip):
        words = [Caption(VOICE_LEAD + one.start, VOICE_LEAD + one.end, one.text) for one in shot.words]
        return len(part_ends(words, whole, min(most, longest_clip), one.least))
    return int(one.least <= whole <= most)


def _tracks(shot: SpeakingShot) -> tuple[tuple[int, ...], ...]:
    """The lines of each mouth, the left one first."""
    seen = sorted(shot.seen, key=lambda one: one.side == "right")
    return tuple(tuple(at for at, line in enumerate(shot.lines) if _says(line, one)) for one in seen)


def _says(line: SeenLine, seen: SeenLine) -> bool:
    return line.view == "mouth" and line.speaker == seen.speaker


def speech_body(one: SpeechModel, sent: SpeechFiles, *, prompt: str = "", resolution: str = RESOLUTION) -> ModelBody:
    """The body of a model that makes people speak, of its files by their roles; a picture's words where it takes any.

    Raises:
        BadRequest: as `wzrd.models.bodies.make_body`.
    """
    given = dict(zip(one.tracks, sent.tracks, strict=True)) if one.tracks else {}
    roles: dict[str, Any] = {} if one.tracks else {"audio": sent.tracks[0]}
    if one.route == "lips":
        return make_body(one.model, given, roles={**roles, "video": sent.video})
    return make_body(one.model, given, roles={**roles, "image": sent.image, "prompt": prompt, "resolution": resolution})


def speech_cost(one: SpeechModel, *, resolution: str = RESOLUTION, book: PriceBook = SHIPPED) -> Cost:
    """Price in money of one shot of which is only known that its lines outlast no picture."""
    sent = SpeechFiles(VOICES[: len(one.tracks) or 1], CLIP, STILL)
    body = speech_body(one, sent, prompt=PROMPT, resolution=resolution).inputs

    def lasting(seconds: float) -> Cost:
        lengths: Mapping[str, float] = dict.fromkeys((CLIP, *VOICES), seconds)
        return price_inputs(one.model.provider, one.model.endpoint_id, body, lengths, book=book)

    shortest, longest = lasting(SHORTEST_LOOK), lasting(LONGEST_PICTURE)
    if shortest.most is None or longest.most is None or shortest.most == longest.most:
        return longest
    return Cost(shortest.least, longest.most, longest.reason or UNSPOKEN)
