"""Things one can hold or see large: a hand and an insert show the same letter.

things.json spells most of them as shapes in a square of -1 to 1, y down, divided by `|`; `f-` and so on have no ink
line. `f x,y … TONE` a shape, `s` a smooth one; `o x,y rx,ry TONE [TURN]` an oval, `r x,y rx,ry WIDTH TONE` its line;
`l x,y … WIDTH TONE` a line, `L` a smooth one; `b x,y … WIDTH TONE` a brush stroke, `B` a smooth one; `w ROWS LEFT
RIGHT TOP STEP LEAN` writing; `S TOP` steam. TONE: `a` accent, `s` second, `p` paper, `l` lamp, `n` skin, `h` and `k`
sky above and below, `i` ink, `1` to `4` washes, `=.5` any wash, `#8a5e3a` a colour in the scene's light, `!ffffff` in
its own; behind it `-.3` darker, `+.3` lighter, `/p:.3` with so much of another in it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from wzrd.animatic.panels.brief.values import Colour
from wzrd.animatic.panels.canvas import Canvas, Point, ellipse, mix, spline, wash, xy
from wzrd.animatic.panels.pencil import Pencil, draw_steam
from wzrd.animatic.panels.sketches import SKETCHES
from wzrd.animatic.panels.view import View

_SPELLED: Mapping[str, Sequence[str]] = json.loads(files("wzrd.animatic.panels").joinpath("things.json").read_bytes())
THINGS = SKETCHES.keys() | _SPELLED.keys()
"""Every thing that can be drawn."""
_BASE = r"[#!][0-9a-f]{6}|=[\d.]+|[a-z1-4]"
_TONE, _MIXED = re.compile(_BASE), re.compile(rf"([-+])([\d.]+)|/({_BASE}):([\d.]+)")
_WHITE: Colour = (255, 255, 255)


def draw_thing(canvas: Canvas, thing: str, middle: Point, size: float, view: View, *, flip: int = 1) -> None:
    """A thing with its middle at `middle`, half its size `size` pixels; an unknown one is a covered shape."""
    pencil = Pencil(canvas, middle, size, view, flip)
    if thing in SKETCHES:
        SKETCHES[thing](pencil)
        return
    for shape, words in _read(thing if thing in _SPELLED else "object"):
        _draw(pencil, shape, words)


@cache
def _read(thing: str) -> Sequence[tuple[str, tuple[str, ...]]]:
    """The shapes of a thing, each with its words."""
    shapes = " | ".join(_SPELLED[thing]).split(" | ")
    return [(words[0], tuple(words[1:])) for words in map(str.split, shapes)]


def _tone(p: Pencil, word: str) -> Colour:
    base = _TONE.match(word)
    assert base is not None  # things.json is drawn whole by a test
    colour = _base(p, base[0])
    for sign, part, other, share in _MIXED.findall(word[base.end() :]):
        second = _base(p, other) if other else _WHITE if sign == "+" else p.view.palette.ramp[0]
        colour = mix(colour, second, float(part or share))
    return colour


def _base(p: Pencil, word: str) -> Colour:
    palette = p.view.palette
    if word[0] in "#!":
        own = int(word[1:3], 16), int(word[3:5], 16), int(word[5:7], 16)
        return p.tint(own) if word[0] == "#" else own
    if word[0] == "=":
        return wash(palette, float(word[1:]))
    if word.isdigit():
        return palette.ramp[int(word)]
    return {
        "a": palette.accent, "s": palette.second, "p": palette.paper, "l": palette.lamp, "n": palette.skin,
        "h": palette.sky[0], "k": palette.sky[1], "i": palette.ramp[0],
    }[word]  # fmt: skip


def _draw(p: Pencil, shape: str, words: Sequence[str]) -> None:
    """One shape of a thing."""
    kind, ink = shape[0], len(shape) == 1
    if kind in "fsc":
        p.fill(_curve(kind, words[:-1]), _tone(p, words[-1]), ink=ink)
    elif kind in "lL":
        p.draw(_curve(kind, words[:-2]), _tone(p, words[-1]), float(words[-2]))
    elif kind in "bB":
        p.canvas.stroke(p.at(_curve(kind, words[:-2])), _tone(p, words[-1]), p.size * float(words[-2]))
    elif kind == "w":
        p.lines(int(words[0]), *map(float, words[1:]))
    elif kind == "S":
        draw_steam(p, float(words[0]))
    else:
        (x, y), (across, down) = xy(" ".join(words[:2]))
        if kind == "o":
            p.oval(x, y, across, down, _tone(p, words[2]), ink=ink, turn=float(words[3]) if len(words) > 3 else 0)
        else:
            ring = ellipse(x, y, across, down)
            p.draw([*ring, ring[0]], _tone(p, words[3]), float(words[2]))


def _curve(kind: str, words: Sequence[str]) -> Sequence[Point]:
    """The corners of a shape or line, smooth where its kind is."""
    points = xy(" ".join(words))
    return spline(points, steps=5) if kind == "s" else spline(points, closed=False) if kind in "cLB" else points
