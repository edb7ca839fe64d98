"""The strip under the picture: scene, shot, size, lens, move and its sign, heading, who speaks. It never moves."""

import math

from PIL import Image, ImageDraw

from wzrd.animatic.panels.brief.values import Colour, PanelBrief
from wzrd.animatic.panels.canvas import Canvas, Point, ellipse, mix
from wzrd.domain.film import Frame
from wzrd.media.fonts import fitted, load, printable

_SHARE = 0.094  # of the short side


def slate_height(size: Frame) -> int:
    """The strip's height in pixels, even."""
    return max(24, 2 * round(_SHARE * min(size.height, size.width) / 2))


def draw_slate(brief: PanelBrief, width: int, height: int) -> Image.Image:
    """The strip: dark card, white letters, the scene's accent as its mark."""
    card: Colour = (20, 20, 23)
    image = Image.new("RGB", (width, height), card)
    draw = ImageDraw.Draw(image)
    accent = mix(brief.palette.accent, (255, 255, 255), 0.12)
    draw.rectangle((0, 0, width, max(1, height // 28)), fill=accent)
    middle, edge = height / 2 + 1, height * 0.34
    text = brief.slate
    narrow = width < height * 11
    number = f"{printable(text.scene, 8)}.{printable(text.shot, 8)}" if narrow else printable(text.scene, 8)
    x = _boxed(draw, edge, middle, number, height, accent)
    if not narrow:
        x = _labelled(draw, x, middle, "SHOT", printable(text.shot, 8), height)
    x = _labelled(draw, x, middle, "SIZE", printable(text.size, 18), height)
    if not narrow:
        x = _labelled(draw, x, middle, "LENS", printable(text.lens, 12), height)
    right = _move(image, width - edge, middle, text.move, "" if narrow else printable(text.move_name, 24), height)
    _words(draw, x, right - height * 0.3, middle, brief, height)
    return image


def _boxed(draw: ImageDraw.ImageDraw, x: float, middle: float, text: str, height: int, colour: Colour) -> float:
    font = load(height * 0.5, 700)
    width = font.getlength(text)
    pad = height * 0.16
    box = (x, middle - height * 0.33, x + width + 2 * pad, middle + height * 0.33)
    draw.rounded_rectangle(box, height * 0.08, fill=colour)
    ink = (255, 255, 255) if sum(colour) < 430 else (16, 16, 18)
    draw.text((x + pad, middle), text, font=font, fill=ink, anchor="lm")
    return x + width + 2 * pad + height * 0.32


def _labelled(draw: ImageDraw.ImageDraw, x: float, middle: float, label: str, text: str, height: int) -> float:
    small, large = load(height * 0.17, 600), load(height * 0.36, 600)
    draw.text((x, middle - height * 0.24), label, font=small, fill=(132, 132, 140), anchor="lm")
    draw.text((x, middle + height * 0.12), text, font=large, fill=(242, 241, 238), anchor="lm")
    return x + max(small.getlength(label), large.getlength(text)) + height * 0.38


def _words(draw: ImageDraw.ImageDraw, left: float, right: float, middle: float, brief: PanelBrief, height: int) -> None:
    """Heading and speaker, in the room that is left."""
    if right - left < height:
        return
    bar = (left - height * 0.14, middle - height * 0.3, left - height * 0.14, middle + height * 0.3)
    draw.line(bar, fill=(64, 64, 70), width=max(1, height // 60))
    heading, speaker = printable(brief.slate.heading, 120), printable(brief.slate.speaker, 60)
    font, plain = load(height * 0.24, 600, heading), load(height * 0.22, 400, speaker)
    first = middle - height * 0.15 if speaker else middle
    shown = fitted(heading, font, right - left)
    draw.text((left + height * 0.08, first), shown, font=font, fill=(214, 213, 210), anchor="lm")
    if speaker:
        y, mark = middle + height * 0.19, height * 0.07
        dot = (left + height * 0.08, y - mark, left + height * 0.08 + 2 * mark, y + mark)
        draw.ellipse(dot, fill=mix(brief.palette.accent, (255, 255, 255), 0.25))
        shown = fitted(speaker, plain, right - left - height * 0.3)
        draw.text((left + height * 0.3, y), shown, font=plain, fill=(164, 163, 160), anchor="lm")


def _move(image: Image.Image, right: float, middle: float, move: str, name: str, height: int) -> float:
    """The move's sign at the right end, its name before it; returns where they begin."""
    size = height * 0.66
    draw = ImageDraw.Draw(image)
    tile = Image.new("RGB", (round(size) * 4, round(size) * 4), (38, 38, 43))
    _sign(Canvas(tile, 4 * round(size) / 100), move)
    image.paste(tile.reduce(4), (round(right - size), round(middle - size / 2)))
    small, large = load(height * 0.17, 600), load(height * 0.27, 500)
    end = right - size - height * 0.16
    if not name:
        return end
    wide = max(large.getlength(name), small.getlength("MOVE"))
    draw.text((end - wide, middle - height * 0.24), "MOVE", font=small, fill=(132, 132, 140), anchor="lm")
    draw.text((end - wide, middle + height * 0.12), name, font=large, fill=(242, 241, 238), anchor="lm")
    return end - wide


_WHITE: Colour = (240, 239, 236)
_DIM: Colour = (112, 112, 120)
_WAYS: dict[str, tuple[float, float]] = {
    "pan_left": (-1, 0), "pan_right": (1, 0), "tilt_up": (0, -1), "tilt_down": (0, 1), "truck_left": (-1, 0),
        "truck_right": (1, 0),
    "crane_up": (0, -1), "crane_down": (0, 1),
}  # fmt: skip


def _sign(canvas: Canvas, move: str) -> None:
    """The sign in a tile of 100 x 100: a frame, and arrows as storyboards have them."""
    frame = [(16.0, 28.0), (84.0, 28.0), (84.0, 72.0), (16.0, 72.0)]
    if move in _WAYS:
        x, y = _WAYS[move]
        canvas.line([*frame, frame[0], frame[1]], _DIM, 4)
        bent = move.startswith(("pan", "tilt"))
        _arrow(canvas, (50 - x * 26, 50 - y * 26), (50 + x * 34, 50 + y * 34), 9 if bent else 0)
        if not bent:
            ends = [(50 - x * 26 - y * 12, 50 - y * 26 - x * 12), (50 - x * 26 + y * 12, 50 - y * 26 + x * 12)]
            canvas.line(ends, _WHITE, 5)
    elif move in {"dolly_in", "dolly_out"}:
        _push(canvas, inwards=move == "dolly_in")
    elif move == "handheld":
        wave = [(14.0 + k * 2.4, 50 + 14 * math.sin(k * 0.62) * (1 if k % 9 else 0.4)) for k in range(31)]
        canvas.line([*frame, frame[0], frame[1]], _DIM, 4)
        canvas.line(wave, _WHITE, 5)
    elif move == "tracking":
        canvas.line([(14, 68), (86, 68)], _DIM, 4)
        canvas.line([(14, 78), (86, 78)], _DIM, 4)
        _arrow(canvas, (18, 42), (84, 42), 0)
    elif move == "rack_focus":
        ring = ellipse(36, 50, 20, 20)
        canvas.line([*ring, ring[0], ring[1]], _DIM, 4)
        ring = ellipse(64, 50, 20, 20)
        canvas.line([*ring, ring[0], ring[1]], _WHITE, 5)
    else:
        canvas.line([*frame, frame[0], frame[1]], _WHITE, 5)
        canvas.disc(50, 50, 4, _WHITE)


def _push(canvas: Canvas, *, inwards: bool) -> None:
    outer, inner = ((12.0, 20.0), (88.0, 80.0)), ((36.0, 39.0), (64.0, 61.0))
    for (left, top), (right, bottom) in (outer, inner):
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        bright = (left == 36.0) == inwards
        canvas.line([*corners, corners[0], corners[1]], _WHITE if bright else _DIM, 4)
    for x in (-1, 1):
        for y in (-1, 1):
            far, near = (50 + x * 34, 50 + y * 26), (50 + x * 18, 50 + y * 14)
            start, end = (far, near) if inwards else (near, far)
            _arrow(canvas, start, end, 0, 7)


def _arrow(canvas: Canvas, start: Point, end: Point, bend: float, head: float = 13) -> None:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy) or 1
    ux, uy = dx / length, dy / length
    base = (end[0] - ux * head, end[1] - uy * head)
    bends = [(k / 8, bend * math.sin(math.pi * k / 8)) for k in range(9)]
    way = (base[0] - start[0], base[1] - start[1])
    points = [(start[0] + way[0] * part + uy * out, start[1] + way[1] * part - ux * out) for part, out in bends]
    canvas.line(points, _WHITE, 6 if head > 8 else 4)
    side = head * 0.72
    canvas.fill([end, (base[0] - uy * side, base[1] + ux * side), (base[0] + uy * side, base[1] - ux * side)], _WHITE)
