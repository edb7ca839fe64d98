"""Camera moves over a still: which part of the picture is in frame at each moment. Pure arithmetic.

A picture is a unit square here; a view is a window of the frame's shape in it, placed by the share of the room left to
it (0 left or top, 1 right or bottom), so no view can leave the picture.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from wzrd.domain.film import FPS
from wzrd.domain.shots import Move
from wzrd.language.shots.set_ups import Crop

SETTLED = 12.0
"""Seconds after which a move has arrived: a longer shot holds its last frame, as an operator would."""
RAMP = 1.2
"""Seconds in which a move gathers speed and comes to rest."""
SWAY = ((0.19, 0.50), (0.43, 0.27), (0.81, 0.15), (1.37, 0.08))
"""A hand's unrest: Hz and share of each wave. Nothing faster, so that it wanders and does not shake."""


@dataclass(frozen=True, slots=True)
class CameraWindow:
    """Window that the camera sees at a moment: `size` is its side, `across` and `down` place it.

    `focus` is 0 when the near is sharp, 1 when the far is; only a rack focus uses it.
    """

    size: float = 1.0
    across: float = 0.5
    down: float = 0.5
    focus: float = 0.0

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the window in the unit square."""
        left, top = self.across * (1 - self.size), self.down * (1 - self.size)
        return left, top, left + self.size, top + self.size


_NEAR, _HEADROOM = 0.46, 0.36
"""The side of a punch-in, and where in it the eyes are."""
_PLACES: Mapping[Crop, tuple[float, float]] = {"middle": (0.5, 0.42), "left": (0.39, 0.42), "right": (0.61, 0.42)}
"""Where somebody's eyes are taken to be in a picture that does not tell."""


def within(crop: Crop, seen: CameraWindow, faces: Sequence[tuple[float, float]] = ()) -> CameraWindow:
    """A view of the whole picture as one of that part of it: the face on that side, or all of them in the middle."""
    if not crop:
        return seen
    across, down = _PLACES[crop]
    if faces:
        chosen = faces if crop == "middle" else faces[:1] if crop == "left" else faces[-1:]
        across, down = (sum(face[axis] for face in chosen) / len(chosen) for axis in (0, 1))
    left = min(1 - _NEAR, max(0.0, across - _NEAR / 2))
    top = min(1 - _NEAR, max(0.0, down - _NEAR * _HEADROOM))
    size = _NEAR * seen.size
    left, top = left + seen.box[0] * _NEAR, top + seen.box[1] * _NEAR
    return CameraWindow(size, left / (1 - size), top / (1 - size), seen.focus)


@dataclass(frozen=True, slots=True)
class MoveMoment:
    """Where a shot is: `t` seconds of `seconds`, and how far its move has come (0 to 1)."""

    t: float
    seconds: float
    done: float
    seed: int = 0

    @property
    def moving(self) -> float:
        """Seconds that the move takes."""
        return min(self.seconds, SETTLED)


def view(move: Move, frame: int, frames: int, seed: int = 0, fps: float = FPS) -> CameraWindow:
    """The view of frame number `frame` of `frames`, `fps` of them a second.

    `seed` tells the unrest of one hand from another's.
    """
    seconds = (frames - 1) / fps
    moving = min(seconds, SETTLED)
    done = ease(frame / fps / moving, moving) if moving else 0.0
    return MOVES[move](MoveMoment(frame / fps, seconds, done, seed))


def ease(share: float, seconds: float) -> float:
    """The way covered after `share` of a move of `seconds`: smooth start, constant speed, smooth end.

    The speed rises and falls as 3x² - 2x³, so that neither speed nor acceleration ever jumps.
    """
    ramp = min(0.4, RAMP / seconds)
    share = min(1.0, max(0.0, share))
    if share > 0.5:
        return 1.0 - ease(1.0 - share, seconds) if share < 1 else 1.0
    started = min(share, ramp) / ramp
    way = ramp * (started**3 - started**4 / 2) + max(0.0, share - ramp)
    return way / (1.0 - ramp)


def _still(_: MoveMoment) -> CameraWindow:
    return CameraWindow()


def _travel(moment: MoveMoment, speed: float, farthest: float) -> float:
    """Distance to travel, in frames: as far as a calm speed takes a short shot, at most `farthest`."""
    return min(farthest, speed * moment.moving)


def _pan(moment: MoveMoment, *, back: bool) -> CameraWindow:
    size = 1 / (1 + _travel(moment, 0.034, 0.17))
    return CameraWindow(size, across=1 - moment.done if back else moment.done)


def _tilt(moment: MoveMoment, *, back: bool) -> CameraWindow:
    size = 1 / (1 + _travel(moment, 0.034, 0.17))
    return CameraWindow(size, down=1 - moment.done if back else moment.done)


def _dolly(moment: MoveMoment, *, back: bool) -> CameraWindow:
    """The size changes by equal factors in equal times: that is what walking up to something looks like."""
    near = 1 / (1 + _travel(moment, 0.036, 0.2))
    return CameraWindow(near ** (1 - moment.done if back else moment.done), down=0.45)


def _truck(moment: MoveMoment, *, back: bool) -> CameraWindow:
    """Sideways on rails: farther and quicker than a pan turns, and drawing nearer on the way."""
    travel = _travel(moment, 0.042, 0.21)
    size = 1 / (1 + travel * (0.85 + 0.15 * moment.done))
    return CameraWindow(size, across=1 - moment.done if back else moment.done, down=0.48)


def _crane(moment: MoveMoment, *, back: bool) -> CameraWindow:
    """Up reveals: it rises and sees more; down comes to the ground and to somebody."""
    risen = 1 - moment.done if back else moment.done
    travel = _travel(moment, 0.042, 0.21)
    return CameraWindow(1 / (1 + travel * (1 - 0.3 * risen)), down=1 - risen)


def _tracking(moment: MoveMoment) -> CameraWindow:
    """Beside somebody who walks: a steady way along, a little nearer at the end, and the operator's steps."""
    travel = _travel(moment, 0.034, 0.17)
    steps = 0.012 * _wander(moment.t, moment.seed)
    return CameraWindow(1 / (1.02 + travel * (0.9 + 0.25 * moment.done)), 0.04 + 0.92 * moment.done, 0.5 + steps * 4)


def _handheld(moment: MoveMoment) -> CameraWindow:
    """A window with a little room, wandering in it; there is no start and no end to it."""
    return CameraWindow(
        1 / 1.06, 0.5 + 0.42 * _wander(moment.t, moment.seed), 0.5 + 0.42 * _wander(moment.t + 50, moment.seed + 1)
    )


def _rack_focus(moment: MoveMoment) -> CameraWindow:
    """The focus comes forward in the middle, in a second and a half, and rests on the figure; the lens breathes."""
    takes = min(1.5, 0.5 * moment.seconds)
    begun = (moment.t - (moment.seconds - takes) / 2) / takes if takes else 0.0
    focus = 1.0 - ease(begun, takes) if takes else 0.0
    return CameraWindow(1.03 ** (focus - 1), focus=focus)


def _wander(t: float, seed: int) -> float:
    """Smooth unrest between -1 and 1."""
    phases = (((seed + 1) * (wave + 3) * 0.618034) % 1 for wave in range(len(SWAY)))
    waves = zip(SWAY, phases, strict=True)
    return sum(share * math.sin(math.tau * (hertz * t + phase)) for (hertz, share), phase in waves)


MOVES: dict[Move, Callable[[MoveMoment], CameraWindow]] = {
    "static": _still,
    "pan_left": lambda moment: _pan(moment, back=True),
    "pan_right": lambda moment: _pan(moment, back=False),
    "tilt_up": lambda moment: _tilt(moment, back=True),
    "tilt_down": lambda moment: _tilt(moment, back=False),
    "dolly_in": lambda moment: _dolly(moment, back=False),
    "dolly_out": lambda moment: _dolly(moment, back=True),
    "truck_left": lambda moment: _truck(moment, back=True),
    "truck_right": lambda moment: _truck(moment, back=False),
    "crane_up": lambda moment: _crane(moment, back=False),
    "crane_down": lambda moment: _crane(moment, back=True),
    "handheld": _handheld,
    "tracking": _tracking,
    "rack_focus": _rack_focus,
}
