"""The camera: a lens and a place in the world, from a shot's size, angle and side. Real optics."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files

from wzrd.animatic.panels.brief.values import ROOFED, SEATED, Figure, PanelBrief
from wzrd.animatic.panels.canvas import Point
from wzrd.animatic.panels.poses import LYING, spot_of
from wzrd.domain.film import Frame

World = tuple[float, float, float]
NEAR = 0.35  # metres; what is nearer is cut off
_DULL = frozenset({
    "fence", "path", "rock", "bush", "guy_wires", "strip", "bin", "puddle", "rug", "column", "pole", "hut",
})  # fmt: skip
_GATE = 20.25  # millimetres: the height of a 16:9 picture on full-frame 35 mm

_RAW = json.loads(files("wzrd.animatic.panels").joinpath("framing.json").read_bytes())
_FRAMING: Mapping[str, tuple[float, float]] = _RAW["framing"]
"""Metres of height that are seen at the subject, and how far down the picture the eyes lie (0 to 1), by the size."""
_VISTAS: Mapping[str, tuple[float, float]] = _RAW["vistas"]
"""Framing of extreme wide shots, for places that are tall."""
_WALLED = ROOFED - {"cave", "booth"}
_SMALL = 0.3  # metres; nobody steps back for a mouse
_NARROW = 3.0  # metres: a set so narrow is seen from nearer
_CABIN_PITCH = 6.0  # degrees: in a car nobody looks from the roof
_PITCH = {"low": 11.0, "high": -17.0, "overhead": -44.0}


@dataclass(frozen=True, slots=True)
class Camera:
    """Where a point of the world falls in the picture. Angles in radians, `focal` in pixels."""

    eye: World
    yaw: float
    pitch: float
    focal: float
    middle: Point
    distance: float  # metres from the subject
    roll: float = 0.0

    def seen(self, point: World) -> World:
        """The point from the camera: right, up, ahead."""
        x, y, z = point[0] - self.eye[0], point[1] - self.eye[1], point[2] - self.eye[2]
        cosine, sine = math.cos(self.yaw), math.sin(self.yaw)
        right, ahead = x * cosine - z * sine, x * sine + z * cosine
        cosine, sine = math.cos(self.pitch), math.sin(self.pitch)
        return right, y * cosine - ahead * sine, y * sine + ahead * cosine

    def project(self, seen: World) -> Point:
        """Where a point from the camera falls; it must lie ahead."""
        return self.middle[0] + self.focal * seen[0] / seen[2], self.middle[1] - self.focal * seen[1] / seen[2]

    def picture(self, point: World) -> tuple[float, float, float]:
        """Where a point of the world falls, and pixels a metre there (0 when it lies behind)."""
        seen = self.seen(point)
        if seen[2] < NEAR:
            return 0.0, 0.0, 0.0
        return *self.project(seen), self.focal / seen[2]


def camera_of(brief: PanelBrief, frame: Frame) -> Camera:
    """The camera of a panel whose picture area is `frame`."""
    height, eyes = _framing(brief, frame.width / frame.height)
    aim = _aim(brief)
    lens = _lens(brief)
    distance = max(1.0, height * lens / _GATE)
    if brief.stage.shell in _WALLED:
        distance = min(distance, 8.5)
    pitch = math.radians(_pitch(brief))
    around = math.radians(brief.azimuth)
    flat = distance * math.cos(pitch)
    up = max(0.25, aim[1] - distance * math.sin(pitch) + _lift(brief))
    eye = (aim[0] + flat * math.sin(around), up, aim[2] - flat * math.cos(around))
    focal = frame.height * distance / height
    camera = Camera(eye, -around, pitch, focal, (frame.width / 2, frame.height / 2), distance, _roll(brief))
    x, y, _ = camera.picture(aim)
    shift = (frame.width * _across(brief) - x, frame.height * eyes - y)
    middle = (frame.width / 2 + shift[0], frame.height / 2 + shift[1])
    return replace(camera, middle=middle)


def faces_of(brief: PanelBrief, frame: Frame) -> list[tuple[float, float]]:
    """Where the faces of a picture's people are, from left to right, as shares of its width and height."""
    camera = camera_of(brief, frame)
    found: list[tuple[float, float]] = []
    for figure in brief.figures if brief.stage.shell != "card" and not brief.thing else ():
        x, y, scale = camera.picture(_head_of(figure))
        if scale and 0 <= x <= frame.width and 0 <= y <= frame.height:
            found.append((x / frame.width, y / frame.height))
    return sorted(found)


def _pitch(brief: PanelBrief) -> float:
    """Upward tilt of the camera, in degrees: less in a close-up; a high wide shot keeps its horizon."""
    share = {"close_up": 0.6, "extreme_close_up": 0.6, "extreme_wide": 0.7, "wide": 0.75}.get(brief.size, 1.0)
    pitch = _PITCH.get(brief.angle, 0.0) * (1.0 if brief.angle == "overhead" else share)
    return max(-_CABIN_PITCH, min(_CABIN_PITCH, pitch)) if brief.stage.shell in SEATED else pitch


def _framing(brief: PanelBrief, ratio: float) -> tuple[float, float]:
    height, eyes = _FRAMING.get(brief.size, _FRAMING["medium"])
    if brief.size == "extreme_wide" and brief.stage.shell in _WALLED:
        height, eyes = min(4.9, brief.stage.height * 1.42), 0.56
    elif brief.size == "extreme_wide":
        height, eyes = _VISTAS.get(brief.stage.kind, (height, eyes))
    if brief.stage.shell in SEATED and brief.size in {"extreme_wide", "wide", "full", "medium"}:
        height, eyes = 1.3, 0.40
    if brief.stage.shell in _WALLED - SEATED and brief.stage.width < _NARROW and brief.size in {"extreme_wide", "wide"}:
        height, eyes = min(height, max(2.3, brief.stage.height * 1.04)), 0.3
    if (not brief.figures and brief.size == "wide") or (_aloft(brief) and brief.size in {"wide", "full"}):
        eyes = {"high": 0.66, "low": 0.74}.get(brief.angle, 0.52)
    child = len(brief.figures) == 1 and brief.figures[0].look.height < 1.4
    if child and brief.size not in {"extreme_wide", "wide"}:
        height *= 0.8 if brief.figures[0].look.shape != "animal" else max(0.34, brief.figures[0].look.height * 0.7)
    height = max(height, _height_needed(brief, eyes, ratio))
    if brief.over is not None:
        height = max(height, 0.62)
    if not brief.figures and brief.size in {"medium", "medium_close_up", "close_up", "extreme_close_up"}:
        height, eyes = {"medium": 2.0, "medium_close_up": 1.5}.get(brief.size, 1.2), 0.5
    return max(height, 0.34 / ratio if brief.size == "close_up" else 0.0), eyes


def _aloft(brief: PanelBrief) -> bool:
    """True if the picture is of flying birds alone."""
    return bool(brief.figures) and all(figure.pose == "fly" for figure in brief.figures)


def _lens(brief: PanelBrief) -> float:
    widest = {"extreme_wide": (14, 28), "wide": (18, 35), "full": (24, 50)}.get(brief.size, (28, 135))
    return min(widest[1], max(widest[0], brief.lens_mm))


def _head_of(figure: Figure) -> World:
    """Where somebody's eyes are."""
    if figure.look.shape == "animal":
        return figure.x, figure.look.height * 0.935, figure.z
    x, y, z = spot_of(figure, "head")
    return x, max(0.3, y), z


def _needed(brief: PanelBrief) -> list[World]:
    """Points that a picture of several people must hold: heads, hands that touch, the thing between, lying bodies."""
    found: list[World] = []
    for figure in brief.figures:
        found += [spot for spot in (_head_of(figure), *figure.hands, figure.thing_at) if spot is not None]
        hands = zip(("hand", "hand2"), figure.hands, strict=True)
        found += [spot_of(figure, hand) for hand, target in hands if target]
        found += [spot_of(figure, joint) for joint in ("pelvis", "knee2")] if figure.pose in LYING else []
    if any(figure.pose == "heave" for figure in brief.figures):
        found += [(part.x, 0.5, part.z) for part in brief.near]
    return found


def _height_needed(brief: PanelBrief, eyes: float, ratio: float) -> float:
    """Metres of height that hold all of the people's business: several, or what a single one holds."""
    if _is_shared(brief):
        tall = [_head_of(one)[1] for one in brief.figures if one.look.height > _SMALL] or [_SMALL]
        needed = _needed(brief)
        across = max(abs(x) for x, _, _ in needed) * 2 + 0.62
        low = (max(tall) - min(y for _, y, _ in needed) + 0.12) / (1 - eyes)
        return max((max(tall) - min(tall)) * 1.7 + 0.62, across / ratio, low)
    if not brief.figures or brief.figures[0].speaks:
        return 0.0
    if not brief.figures[0].thing and brief.figures[0].pose not in {"strike", "wave", "jump"}:
        return 0.0
    head = _head_of(brief.figures[0])[1]
    hand = max(spot_of(brief.figures[0], name)[1] for name in ("hand", "hand2"))
    return max((head - hand + 0.14) / (1 - eyes), (hand - head + 0.2) / eyes)


def _is_shared(brief: PanelBrief) -> bool:
    """True if the picture is of more than one: people, or somebody with both hands on a thing."""
    return len(brief.figures) > 1 or any(any(figure.hands) for figure in brief.figures)


def _aim(brief: PanelBrief) -> World:
    """The point that the camera frames by: the subject's eyes, the middle of a pair, a piece of the set."""
    close = brief.size not in {"extreme_wide", "wide", "full"}
    if _aloft(brief) and not close:
        return 0.0, 1.5, 0.0
    if brief.figures and not _is_shared(brief):
        return _head_of(brief.figures[0])
    if brief.figures:
        return 0.0, max(_head_of(figure)[1] for figure in brief.figures), 0.0
    if close:
        parts = [
            part for part in brief.stage.parts if abs(part.x) < 4 and 0.5 < part.z < 6 and part.name not in _DULL
        ] or [None]
        part = parts[brief.seed % len(parts)]
        if part is not None:
            return part.x, part.y + 0.3 if part.y else 1.0, part.z - 0.6
    return 0.0, 1.4, 1.5 if brief.air.inside else 0.9


def _lift(brief: PanelBrief) -> float:
    """A wide shot is taken from a little above or below the eyes, as its angle says."""
    if brief.size in {"extreme_wide", "wide", "full"}:
        return {"low": -0.75, "high": 1.0}.get(brief.angle, 0.0)
    return 0.0


def _across(brief: PanelBrief) -> float:
    """Subject's place across the picture, 0 to 1: they look into the room before them."""
    if brief.over is not None:
        return 0.39 if brief.figures[0].facing > 0 else 0.61
    if _is_shared(brief) or not brief.figures or brief.size == "extreme_close_up":
        return 0.5
    room = {"close_up": 0.07, "medium_close_up": 0.10, "medium": 0.12}.get(brief.size, 0.14)
    return 0.5 - room if brief.figures[0].facing > 0 else 0.5 + room


def _roll(brief: PanelBrief) -> float:
    return (9.0 if brief.seed % 2 else -9.0) if brief.angle == "dutch" else 0.0
