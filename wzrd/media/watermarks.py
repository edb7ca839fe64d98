"""A mark on pictures and clips: words in Inter, or a picture, drawn once as a clear layer."""

from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

from wzrd.domain.errors import BadRequest
from wzrd.media.fonts import STAND_IN, load, printable, wrapped

_TEXT_HEIGHT, _PICTURE_WIDTH = 0.05, 0.18
_MARGIN = 0.03
_LINES = 4
_SMALLEST = 9.0


@dataclass(frozen=True, slots=True)
class Mark:
    """Watermark on a picture. `size` is its width in per cent of the picture's (0: as fits)."""

    text: str = ""
    position: str = "bottom-right"
    opacity: float = 0.75
    size: float = 0.0
    color: str = "#ffffff"


def draw_mark(size: tuple[int, int], mark: Mark, picture: Image.Image | None = None) -> Image.Image:
    """A clear RGBA layer of that size with the mark: the picture, and the words below it. Blocking.

    Raises:
        BadRequest: there is neither a picture nor a word that can be shown.
    """
    words = printable(mark.text)
    if picture is None and not words.replace(STAND_IN, "").strip():
        message = f"none of the letters of {mark.text[:60]!r} can be drawn" if mark.text.strip() else "text is empty"
        raise BadRequest(f"a watermark needs a picture or words: {message}")
    parts = [] if picture is None else [_scaled(picture, size, mark.size)]
    if words:
        parts.append(_written(words, size, mark))
    block = _stacked(parts, round(_MARGIN * min(size) / 2), mark.position)
    if block.width > size[0] or block.height > size[1]:
        block.thumbnail(size, Image.Resampling.LANCZOS)
    layer = Image.new("RGBA", size)
    layer.paste(block, _place(size, block.size, mark.position))
    layer.putalpha(layer.getchannel("A").point([round(at * mark.opacity) for at in range(256)]))
    return layer


def marked(image: Image.Image, mark: Mark, picture: Image.Image | None = None) -> Image.Image:
    """The picture with the mark on it.

    Raises:
        BadRequest: as `draw_mark`.
    """
    made = Image.alpha_composite(image.convert("RGBA"), draw_mark(image.size, mark, picture))
    return made if image.mode == "RGBA" else made.convert("RGB")


def _scaled(picture: Image.Image, size: tuple[int, int], percent: float) -> Image.Image:
    share = percent / 100 if percent else _PICTURE_WIDTH
    width = max(1, min(round(size[0] * share), size[0]))
    height = max(1, round(picture.height * width / picture.width))
    scaled = picture.convert("RGBA").resize((width, min(height, 4 * size[1])), Image.Resampling.LANCZOS)
    if not percent and scaled.height > size[1] / 3:
        scaled.thumbnail((size[0], max(1, size[1] // 3)), Image.Resampling.LANCZOS)
    return scaled


def _written(words: str, size: tuple[int, int], mark: Mark) -> Image.Image:
    """The words with a soft shadow and a thin edge, so that they are read on white and on black."""
    room = size[0] * (1 - 2 * _MARGIN)
    height = max(_SMALLEST, _TEXT_HEIGHT * min(size[1], 1.2 * size[0]))
    if mark.size:
        height *= size[0] * mark.size / 100 / max(1.0, load(height, 600, words).getlength(words))
        height = max(_SMALLEST, min(height, size[1] / 2))
    font, stroke = load(height, 600, words), max(1, round(height / 22))
    lines = wrapped(words, font, room, _LINES) or [words]
    across = max(font.getlength(line) for line in lines)
    pad, step = stroke + round(height / 4), round(height * 1.25)
    box = (round(across) + 2 * pad, step * len(lines) + 2 * pad)
    edge = "#000000" if sum(bytes.fromhex(mark.color[1:])) > 300 else "#ffffff"
    shadow, text = Image.new("RGBA", box, f"{edge}00"), Image.new("RGBA", box, f"{mark.color}00")
    for layer, ink, width in ((shadow, f"{edge}b0", stroke), (text, mark.color, 0)):
        for number, line in enumerate(lines):
            left = _left(mark.position, box[0] - 2 * pad, font.getlength(line)) + pad
            ImageDraw.Draw(layer).text((left, pad + number * step), line, font=font, fill=ink, stroke_width=width)
    shadow = shadow.filter(ImageFilter.GaussianBlur(max(0.6, height / 18)))
    return Image.alpha_composite(shadow, text)


def _left(position: str, room: float, width: float) -> float:
    """Where something of a width begins in a room, so that it stands on the side that the position names."""
    if position.endswith("right"):
        return room - width
    return 0 if position.endswith("left") else (room - width) / 2


def _stacked(parts: list[Image.Image], gap: int, position: str) -> Image.Image:
    width, height = max(part.width for part in parts), sum(part.height for part in parts) + gap * (len(parts) - 1)
    block, top = Image.new("RGBA", (width, height)), 0
    for part in parts:
        block.alpha_composite(part, (round(_left(position, width, part.width)), top))
        top += part.height + gap
    return block


def _place(size: tuple[int, int], block: tuple[int, int], position: str) -> tuple[int, int]:
    margin = round(_MARGIN * min(size))
    room = (size[0] - block[0], size[1] - block[1])
    left = margin if position.endswith("left") else room[0] - margin if position.endswith("right") else room[0] // 2
    top = margin if position.startswith("top") else room[1] - margin if position.startswith("bottom") else room[1] // 2
    return max(0, min(left, room[0])), max(0, min(top, room[1]))
