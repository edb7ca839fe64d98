"""Pictures that are no place: a screen that fills the frame, a title card, black; and titles over any picture."""

from collections.abc import Sequence

from PIL import Image, ImageDraw

from wzrd.animatic.panels.canvas import ellipse, mix, placed, wash
from wzrd.animatic.panels.view import View
from wzrd.domain.shots import MOST_TITLES
from wzrd.media.fonts import fitted, load, printable, wrapped

_CORNER = 0.045  # of the height: how round a screen's corners are
_TITLE_SIZE, _MOST_ROWS = 0.05, 3  # of the height; rows of a title


def card(view: View) -> None:
    """The ground of a card: black, a card's dark paper, or the glow of a screen."""
    image = view.canvas.image
    kind = view.brief.stage.kind
    if kind in {"black", "title"}:
        black = mix(view.palette.ramp[0], (0, 0, 0), 0.72 if kind == "black" else 0.4)
        image.paste(black, (0, 0, image.width, image.height))
        return
    bright, dark = mix(view.palette.second, (255, 255, 255), 0.55), wash(view.palette, 0.36)
    bands = 28
    for step in range(bands):
        y = image.height * step // bands
        image.paste(mix(bright, dark, step / bands), (0, y, image.width, image.height))
    width, height = view.frame.width, view.frame.height
    view.canvas.fill(ellipse(width * 0.7, height * 0.36, height * 0.3, height * 0.3, steps=40), mix(bright, dark, 0.25))
    hills = placed("0,.7 .2,.58 .5,.68 .78,.56 0,.66", 0, 0, width, height)
    hills = [(-20, hills[0][1]), *hills[1:4], (width + 20, hills[4][1])]
    view.canvas.fill([*hills, (width + 20, height + 20), (-20, height + 20)], dark)


def card_frame(view: View, picture: Image.Image) -> None:
    """Draws the layer before a card's picture: a screen's lines and rim, a title's rules and words."""
    draw = ImageDraw.Draw(picture)
    width, height = picture.size
    if view.brief.stage.kind == "screen":
        _screen(view, draw, width, height)
    elif view.brief.stage.kind == "title":
        _title(view, draw, width, height)


def _screen(view: View, draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    line = mix(view.palette.ramp[0], view.palette.ramp[1], 0.5)
    for y in range(0, height, max(4, height // 90)):
        draw.line((0, y, width, y), fill=line, width=1)
    rim = round(height * _CORNER)
    dark = mix(view.palette.ramp[0], (0, 0, 0), 0.55)
    radius = round(height * 0.12)
    whole, inner = (-radius, -radius, width + radius, height + radius), (rim, rim, width - rim, height - rim)
    draw.rounded_rectangle(whole, radius * 2, outline=dark, width=radius + rim)
    draw.rounded_rectangle(inner, radius, outline=mix(dark, view.palette.ramp[3], 0.3), width=3)
    mark = round(height * 0.022)
    draw.ellipse((rim * 2.6, rim * 2.4, rim * 2.6 + mark, rim * 2.4 + mark), fill=view.palette.accent)


def _title(view: View, draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    paper = mix(view.palette.paper, view.palette.ramp[0], 0.06)
    words = printable(_words_of(view), 80).upper()
    font = load(height * 0.075, 600, words)
    text = fitted(words, font, width * 0.8)
    draw.text((width / 2, height / 2), text, font=font, fill=paper, anchor="mm")
    for y in (height * 0.37, height * 0.63):
        draw.line((width * 0.36, y, width * 0.64, y), fill=view.palette.accent, width=max(2, height // 200))


def draw_titles(picture: Image.Image, titles: Sequence[str]) -> None:
    """Draws words on the screen over a picture's lower third, within what every camera move leaves in frame."""
    if not titles:
        return
    draw = ImageDraw.Draw(picture, "RGBA")
    size = picture.height * _TITLE_SIZE
    shown = [printable(text) for text in titles[-MOST_TITLES:]]
    font = load(size, 600, " ".join(shown))
    rows = [row for text in shown for row in wrapped(text, font, picture.width * 0.56, _MOST_ROWS)]
    top = picture.height * 0.8 - len(rows) * size * 1.3
    wide = max(map(font.getlength, rows), default=0) / 2 + size
    middle = picture.width / 2
    draw.rounded_rectangle(
        (middle - wide, top - size * 0.45, middle + wide, picture.height * 0.8 + size * 0.15),
        size * 0.4,
        fill=(12, 12, 14, 190),
    )
    for at, row in enumerate(rows):
        draw.text((middle, top + (at + 0.4) * size * 1.3), row, font=font, fill=(244, 243, 240), anchor="mm")


def _words_of(view: View) -> str:
    """Words on a title card: those that its place has in the film, else the scene's heading."""
    said = next((part.kind for part in view.brief.stage.parts if part.name == "card_text"), "")
    return said or view.brief.slate.heading
