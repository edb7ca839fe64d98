"""The few colours of a scene: the hour gives the values, the place's kind the hue, its name the turn."""

import colorsys
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from wzrd.animatic.panels.brief.values import Colour, Palette
from wzrd.animatic.seeded import seeded

# Time of day: values and saturations of the five washes, hue of the shadows, hue of the light (None: the place's own).
_Wash = tuple[tuple[float, ...], tuple[float, ...], int, int | None]
_DATA: Mapping[str, Any] = json.loads(files("wzrd.animatic.panels.brief").joinpath("palette.json").read_bytes())
_TIMES: Mapping[str, _Wash] = _DATA["times"]
_SKIES: Mapping[str, tuple[tuple[int, float, float], tuple[int, float, float]]] = _DATA["skies"]
"""Top and horizon of the sky: hue, saturation, value."""
_COATS = (
    (44, 0.62, 0.80), (168, 0.46, 0.50), (210, 0.10, 0.52), (6, 0.62, 0.66), (228, 0.46, 0.46), (96, 0.34, 0.50),
    (26, 0.62, 0.74), (282, 0.34, 0.50), (204, 0.50, 0.64), (334, 0.46, 0.62), (28, 0.30, 0.46), (220, 0.22, 0.28),
)  # fmt: skip
_WORN = {
    "red": (4, 0.74, 0.72), "blue": (214, 0.58, 0.60), "green": (128, 0.44, 0.52), "yellow": (46, 0.70, 0.88),
    "orange": (24, 0.76, 0.86), "pink": (338, 0.36, 0.88), "purple": (276, 0.44, 0.52), "black": (230, 0.14, 0.20),
    "white": (44, 0.06, 0.93), "grey": (214, 0.08, 0.54), "brown": (28, 0.44, 0.46),
}  # fmt: skip
_GREEN = 112
_ACCENTS = (8, 38, _GREEN, 176, 196, 216, 276, 346)
_NAMED = {"red": 4, "blue": 214, "green": 128, "yellow": 48, "gold": 42, "orange": 24, "pink": 338, "purple": 276}
_GREY = re.compile(r"black[\s-]*and[\s-]*white|monochrome|\bb\s?&\s?w\b|\bnoir\b|greyscale|grayscale")


def palette_of(*, place: str, hue: int, time: str, inside: bool, weather: tuple[str, ...], style: str) -> Palette:
    """The colours of a scene. `place` is its name, `style` the project's: black and white keeps one accent."""
    values, saturations, shadow, light = _TIMES[f"{time}_{'int' if inside else 'ext'}"]
    hue = (hue + seeded.number("hue", place) % 45 - 22) % 360
    light = hue if light is None else _between(light, hue, 0.25)
    dull = 0.62 if {"rain", "storm", "fog", "snow", "cloud"} & set(weather) and not inside else 1.0
    grey = bool(_GREY.search(style.casefold()))
    dull *= 0.14 if grey else 1.0
    night = time == "night"
    hues = [_between(shadow, light, part) for part in ((0.1, 0.3, 0.55, 0.7, 1) if night else (0.1, 0.88, 1, 1, 1))]
    ramp = tuple(_rgb(h, s * dull, v) for h, s, v in zip(hues, saturations, values, strict=True))
    accent, second = _accents(place, hue, style, grey)
    top, low = (_sky(end, hue, dull, weather) for end in _SKIES[time])
    warm = 40 if (light > 180 and light < 320) or night else 48
    lamp = _rgb(warm, 0.10 if grey else 0.46, 1.0)
    return Palette(
        ramp=(ramp[0], ramp[1], ramp[2], ramp[3], ramp[4]),
        accent=accent,
        second=second,
        lamp=lamp,
        sky=(top, low),
        skin=_rgb(26, 0.05 if grey else 0.34, 0.94),
        paper=_rgb(hue, 0.02 if grey else 0.05, 0.96),
    )


def coat_of(name: str, style: str = "", place: int | None = None, colour: str = "") -> Colour:
    """The colour that somebody always wears; in black and white, its grey.

    `place` is their place in the cast, `colour` the colour that the script gives them.
    """
    chosen = seeded.number("coat", name) if place is None else place
    hue, saturation, value = _WORN.get(colour) or _COATS[chosen % len(_COATS)]
    if _GREY.search(style.casefold()):
        return _rgb(hue, 0.04, (0.26, 0.66, 0.42, 0.8, 0.54)[chosen % 5])
    return _rgb(hue, saturation, value)


def _accents(place: str, hue: int, style: str, grey: bool) -> tuple[Colour, Colour]:
    words = re.findall(r"[a-z]+", style.casefold())
    named = next((_NAMED[word] for word in words if word in _NAMED), None) if grey else None
    far = [one for one in _ACCENTS if 70 < (one - hue) % 360 < 290]
    first = seeded.pick(far, "accent", place) if named is None else named
    rest = [one for one in far if 40 < (one - first) % 360 < 320] or far
    second = seeded.pick(rest, "second", place)
    loud = first == _GREEN and named is None  # full green shouts in any room
    return _rgb(first, 0.46 if loud else 0.70, 0.58 if loud else 0.80), _rgb(second, 0.05 if grey else 0.40, 0.62)


def _sky(end: tuple[int, float, float], hue: int, dull: float, weather: tuple[str, ...]) -> Colour:
    base, saturation, value = end
    heavy = 0.80 if {"storm", "rain", "cloud"} & set(weather) else 1.0
    sandy = "dust" in weather or "heat" in weather
    if sandy:
        return _rgb(42, min(0.2, saturation) * dull, value * heavy)
    return _rgb(_between(base, hue, 0.12), saturation * dull, value * heavy)


def _between(first: int, second: int, part: float) -> int:
    """A hue on the shorter way round the circle."""
    way = (second - first + 180) % 360 - 180
    return round(first + way * part) % 360


def _rgb(hue: int, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 360 / 360, min(1, saturation), min(1, value))
    return round(red * 255), round(green * 255), round(blue * 255)
