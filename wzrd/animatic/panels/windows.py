"""Windows, doors and what shines through glass."""

import math

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import corners, ellipse, mix
from wzrd.animatic.panels.view import Draw, Tone, View, at, named


def pane(view: View) -> Tone:
    """Colour that shines through glass: the sky of the hour."""
    top, low = view.palette.sky
    return mix(top, low, 0.6)


def _window(view: View, part: Part) -> None:
    w, h = (part.width or 1.2) / 2, part.height or 1.3
    if part.kind == "arch":
        arch = [(w * math.cos(a), h * 0.72 + h * 0.28 * math.sin(a)) for a in (0.5, 1.1, 1.57, 2.04, 2.64)]
        outline = [(-w, 0.0), (w, 0.0), (w, h * 0.72), *arch, (-w, h * 0.72)]
        view.flat(part, [(x * 1.12, y * 1.03 - 0.04) for x, y in outline], 0.5, out=0.01)
        view.flat(part, outline, pane(view), out=0.02)
    elif part.kind == "round":
        view.flat(part, ellipse(0, h / 2, h * 0.62, h * 0.62), 0.3, out=0.01)
        view.flat(part, ellipse(0, h / 2, h * 0.5, h * 0.5), pane(view), out=0.02)
    else:
        view.quad(part, -w - 0.08, -0.08, w + 0.08, h + 0.08, 0.78, out=0.02)
        view.quad(part, -w, 0, w, h, pane(view), out=0.03)
    _outside(view, part, w, h)
    _bars(view, part, w, h)
    if part.kind == "curtains" or (part.kind == "" and part.width < 1.6):
        for side in (-1, 1):
            cloth = [
                (w + 0.3, h + 0.14), (w * 0.45, h + 0.14), (w * 0.72, h * 0.45), (w + 0.04, -0.25), (w + 0.32, -0.25),
            ]  # fmt: skip
            view.flat(part, [(side * x, y) for x, y in cloth], view.cloth(view.palette.second), out=0.08)
    if part.kind not in {"bars", "round", "arch"}:
        view.quad(part, -w - 0.14, -0.15, w + 0.14, -0.08, 0.72, out=0.1)


def _outside(view: View, part: Part, w: float, h: float) -> None:
    dark = view.brief.air.time == "night"
    base = 0.16 if dark else 0.62
    if part.kind == "round" or part.height < 0.8:
        return
    for step in range(5):
        left = -w + step * w * 0.4
        tall = h * (0.14 + 0.26 * view.unit("roof", part.x, step))
        view.quad(part, left, 0, min(w, left + w * 0.38), tall, base + 0.05 * (step % 2), out=0.035, ink=False)
        if dark and view.unit("lit", part.x, step) > 0.5:
            pane = corners(left + w * 0.1, tall * 0.5, left + w * 0.2, tall * 0.7)
            view.flat(part, pane, view.palette.lamp, out=0.036, ink=False)
    weather = view.brief.air.weather
    if "snow" in weather or "rain" in weather or "storm" in weather:
        for step in range(26):
            x, y = -w + 2 * w * view.unit("drop", part.x, step), h * view.unit("fall", part.x, step)
            if "snow" in weather:
                view.flat(part, ellipse(x, min(h - 0.03, y + 0.02), 0.018, 0.018, steps=6), 0.97, out=0.04, ink=False)
            else:
                view.path([at(part, x, y, -0.04), at(part, x - 0.03, max(0.02, y - 0.16), -0.04)], 0.9, 0.6)


def _bars(view: View, part: Part, w: float, h: float) -> None:
    if part.kind == "blinds":
        for step in range(int(h / 0.09)):
            view.quad(part, -w, h - step * 0.09 - 0.05, w, h - step * 0.09, 0.72, out=0.05, ink=False)
        view.quad(part, -w, h - 0.05, w, h + 0.05, 0.5, out=0.06)
        return
    count = {"grid": 4, "bars": 5, "street": 0, "passing": 0}.get(part.kind, 1)
    for step in range(1, count + 1):
        x = -w + 2 * w * step / (count + 1)
        view.quad(part, x - 0.025, 0, x + 0.025, h, 0.25 if part.kind in {"bars", "grid"} else 0.74, out=0.05)
    if part.kind in {"", "grid", "arch"}:
        view.quad(part, -w, h * 0.52, w, h * 0.52 + 0.05, 0.74 if part.kind != "grid" else 0.25, out=0.05)


def _windows(view: View, part: Part) -> None:
    count = max(1, int(part.width / 1.3))
    for step in range(count):
        x = -part.width / 2 + (step + 0.5) * part.width / count
        wide = part.width / count - 0.2
        _window(view, Part("window", *at(part, x, 0, 0), part.turn, wide, part.height, 0, "street", on_wall=True))


def _rose(view: View, part: Part) -> None:
    view.flat(part, ellipse(0, 0, 1.25, 1.25), 0.22, out=0.02)
    for step in range(8):
        angle = step * math.tau / 8
        colour = (view.palette.accent, view.palette.second, view.palette.lamp)[step % 3]
        petal = ellipse(0.72 * math.cos(angle), 0.72 * math.sin(angle), 0.36, 0.22, math.degrees(angle))
        view.flat(part, petal, mix(colour, (255, 255, 255), 0.3), out=0.03)
    view.flat(part, ellipse(0, 0, 0.32, 0.32), mix(view.palette.lamp, (255, 255, 255), 0.4), out=0.04)


def _viewport(view: View, part: Part) -> None:
    w, h = (part.width or 3) / 2, part.height or 1.3
    right = [(w - 0.3, 0), (w, 0.25), (w, h - 0.25), (w - 0.3, h)]
    shape = [(-w, 0.25), (-w + 0.3, 0), *right, (-w + 0.3, h), (-w, h - 0.25)]
    view.flat(part, [(x * 1.08, y * 1.16 - h * 0.08) for x, y in shape], 0.3, out=0.02)
    view.flat(part, shape, (8, 10, 22), out=0.03)
    for step in range(44):
        x, y = -w * 0.93 + 1.86 * w * view.unit("star", step), h * (0.06 + 0.88 * view.unit("height", step))
        view.flat(part, ellipse(x, y, 0.012, 0.012, steps=6), 0.97, out=0.04, ink=False)
    planet = [(x, y) for x, y in ellipse(w * 0.35, 0.1, 0.7, 0.7) if y > 0.02]
    view.flat(part, planet, mix(view.palette.second, (255, 255, 255), 0.1), out=0.04)


def _windscreen(view: View, part: Part) -> None:
    _window(view, Part("window", part.x, 0.8, part.z, part.turn, 2.0, 1.05, 0, "street", on_wall=True))


WINDOWS: dict[str, Draw] = named(_window, _windows, _rose, _viewport, _windscreen)
