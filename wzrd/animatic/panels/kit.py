"""Parts of sets that are drawn from data: kit.json spells each as lines of a few shapes in metres.

A line holds shapes with ` | ` between them. Before a shape may stand `*N,dx,dy,dz` (repeat, moved each time) and
`+x,y,z` or `+x,y,z,turn` (drawn there); a first line `@ W H D` gives the size that the
others are drawn in, so that a part of another width, height or depth is stretched.
`b x y z w h d TONE` a box on its bottom's middle; `q x0 y0 x1 y1 TONE [OUT]` an upright rectangle in the part's plane;
`f x,y x,y … TONE [OUT]` any shape in it; `o x y rx ry TONE [OUT]` an ellipse in it; `t x0 z0 x1 z1 y TONE` a level one;
`F x,y,z … TONE` a face in space; `l x,y,z … WIDTH TONE` a line; cut-outs that face the camera: `S x,y … TONE` a shape,
`O x y rx ry TONE` a round one, `m x,y … WIDTH TONE` a stem. `b-`, `q-` and so on have no ink line. TONE: a wash 0 to 1,
`a` accent, `s` second, `l` lamp, `p` paper, `g` glass, `u` water, `i` ink, `n` a window of the hour (lit at night);
`k` the sky's foot; `a.3` is 0.3 lighter, `a-.3` darker, `p/2:.3` with so much of a wash (or of another) in it;
`~.4:.6` some wash of these, each place its own, `w.3` white in snow; `#8a5e3a` a colour of its own, `_` the ink.
x right, y up, z into the part.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import files

from wzrd.animatic.panels.brief.values import Colour, Part
from wzrd.animatic.panels.canvas import corners, ellipse, mix, xy, xyz
from wzrd.animatic.panels.view import Draw, Tone, View, at
from wzrd.animatic.panels.viewpoint import World

_ORDER = {"b": "xyzxyz", "q": "xyxy", "o": "xyxy", "t": "xzxzy", "O": "xyxy"}
"""Axes of the numbers that a shape begins with; the others begin with points."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a part: its shape, its words, how often and how far apart it stands."""

    shape: str
    words: tuple[str, ...]
    ink: bool = True
    count: int = 1
    step: World = (0.0, 0.0, 0.0)
    place: tuple[float, ...] = ()


def _read(text: str) -> _Line:
    words = text.split()
    count, step, place = 1, (0.0, 0.0, 0.0), ()
    if words[0].startswith("*"):
        often, dx, dy, dz = words.pop(0)[1:].split(",")
        count, step = int(often), (float(dx), float(dy), float(dz))
    if words[0].startswith("+"):
        place = tuple(map(float, words.pop(0)[1:].split(",")))
    return _Line(words[0][0], tuple(words[1:]), words[0][1:] != "-", count, step, place)


def _tone(view: View, part: Part, word: str) -> Tone:
    """A wash, or a colour of the scene."""
    if word[0] in "0123456789.-":
        return float(word)
    if word[0] == "#":
        return int(word[1:3], 16), int(word[3:5], 16), int(word[5:7], 16)
    if word[0] == "~":
        low, _, high = word[1:].partition(":")
        return float(low) + (float(high) - float(low)) * view.unit("tone", round(part.x, 2), round(part.z, 2))
    if word[0] == "w":
        return 0.92 if "snow" in view.brief.air.weather else _tone(view, part, word[1:])
    return _colour(view, part, word)


def _colour(view: View, part: Part, word: str) -> Tone:
    palette = view.palette
    if "/" in word:
        first, _, rest = word.partition("/")
        second, _, share = rest.partition(":")
        return mix(
            view.colour(_tone(view, part, first)),
            palette.ramp[int(second)] if second.isdigit() else view.colour(_tone(view, part, second)),
            float(share),
        )
    if word == "n":
        dark = view.brief.air.time in {"night", "dusk"}
        return palette.lamp if dark else mix(palette.sky[1], palette.ramp[1], 0.55)
    plain: Colour = {
        "a": palette.accent, "s": palette.second, "l": palette.lamp, "p": palette.paper, "i": palette.ramp[0],
        "g": mix(palette.sky[0], palette.sky[1], 0.6), "u": palette.sky[0], "k": palette.sky[1],
    }[word[0]]  # fmt: skip
    share = float(word[1:] or 0)
    return mix(plain, (255, 255, 255) if share > 0 else palette.ramp[0], abs(share)) if share else plain


def _shape(view: View, part: Part, line: _Line, words: Sequence[str]) -> None:
    """One shape of a part."""
    kind, ink = line.shape, line.ink
    points = " ".join(word for word in words if "," in word)
    numbers = [float(word) for word in words[: len(_ORDER.get(kind, ""))]]
    tone, *rest = words[len(numbers) or points.count(" ") + 1 :]
    if kind == "b":
        x, y, z, w, h, d = numbers
        colour = _tone(view, part, tone)
        plain, dyed = (0.3, colour) if isinstance(colour, tuple) else (colour, None)
        view.box(part, (w, h, d), plain, corner=(x, y, z), colour=dyed, ink=ink)
    elif kind in "lm":  # the width stands first
        stroke = None if rest[0] == "_" else _tone(view, part, rest[0])
        if kind == "l":
            view.path([at(part, *point) for point in xyz(points)], stroke, float(tone))
        else:
            view.stem(part, xy(points), stroke, float(tone))
    elif kind in "tF":
        spots = [(x, numbers[4], z) for x, z in corners(*numbers[:4])] if kind == "t" else xyz(points)
        view.face([at(part, *spot) for spot in spots], _tone(view, part, tone), ink=ink)
    else:
        flat = corners(*numbers) if kind == "q" else ellipse(*numbers, steps=20) if kind in "oO" else xy(points)
        if kind in "SO":
            view.shape(part, flat, _tone(view, part, tone), ink=ink)
        else:
            view.flat(part, flat, _tone(view, part, tone), out=float(rest[0]) if rest else 0.0, ink=ink)


def _draw(lines: Sequence[_Line], size: World, view: View, part: Part) -> None:
    """The lines of a part, in order; a repeated one from its far end, so that what is near covers what is far."""
    sides = (part.width, part.height, part.depth)
    scale = tuple(said / usual if said and usual else 1.0 for said, usual in zip(sides, size, strict=True))
    stretched = scale != (1.0, 1.0, 1.0)
    for line in lines:
        words = _stretched(line, scale) if stretched else line.words
        start = _placed(part, line.place, scale)
        places = [_moved(start, part, [one * step * by for one, by in zip(line.step, scale, strict=True)])
                  for step in range(line.count)]  # fmt: skip
        if line.count > 1:
            places.sort(key=lambda one: -view.camera.seen((one.x, one.y, one.z))[2])
        for one in places:
            _shape(view, one, line, words)


def _stretched(line: _Line, scale: Sequence[float]) -> tuple[str, ...]:
    """A line's words for a part of another size."""
    by = dict(zip("xyz", scale, strict=True))
    axes = _ORDER.get(line.shape)
    if axes:
        numbers = [str(float(word) * by[axis]) for word, axis in zip(line.words, axes, strict=False)]
        return (*numbers, *line.words[len(axes) :])
    return tuple(
        ",".join(str(float(one) * by[axis]) for one, axis in zip(word.split(","), "xyz", strict=False))
        if "," in word
        else word
        for word in line.words
    )


def _placed(part: Part, place: Sequence[float], scale: Sequence[float]) -> Part:
    """The part as it stands somewhere in its own axes, and turned."""
    if not place:
        return part
    x, y, z = at(part, *(one * by for one, by in zip(place[:3], scale, strict=True)))
    return replace(part, x=x, y=y, z=z, turn=part.turn + sum(place[3:]))


def _moved(start: Part, part: Part, step: Sequence[float]) -> Part:
    """A place of a part, so far away in the part's own axes."""
    if not any(step):
        return start
    x, y, z = at(part, step[0], step[1], step[2])
    return replace(start, x=start.x + x - part.x, y=start.y + y - part.y, z=start.z + z - part.z)


def _part(lines: Sequence[str]) -> Draw:
    size = (0.0, 0.0, 0.0)
    if lines[0].startswith("@"):
        numbers = [*map(float, lines[0].split()[1:]), 0.0, 0.0, 0.0]
        size, lines = (numbers[0], numbers[1], numbers[2]), lines[1:]
    return partial(_draw, [_read(text) for line in lines for text in line.split(" | ")], size)


def _load() -> dict[str, Draw]:
    raw: dict[str, list[str]] = json.loads(files("wzrd.animatic.panels").joinpath("kit.json").read_bytes())
    return {name: _part(lines) for name, lines in raw.items()}


KIT: dict[str, Draw] = _load()
