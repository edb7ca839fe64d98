"""A storyboard panel as a PNG: picture on top, opaque slate strip below. Ink and wash by Pillow alone.

The world (a set of parts in metres) is seen through a real lens; people and things are drawn over it; then light and
weather. Everything drawn follows from the brief, so the same brief gives the same bytes.
"""

from io import BytesIO

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from wzrd.animatic.panels.brief.values import PanelBrief
from wzrd.animatic.panels.picture import draw_picture
from wzrd.animatic.panels.slate import draw_slate, slate_height
from wzrd.animatic.panels.viewpoint import faces_of
from wzrd.domain.film import Frame

DRAWING = "ink-9"
"""The version of the drawing. It enters cache keys, and is raised when pictures change."""
SLATE_KEY, FACES_KEY = "wzrd:slate", "wzrd:faces"
_LARGER = 1.25


def panel_size(frame: Frame) -> Frame:
    """The size of what `draw_panel` makes for a house frame: a quarter larger, so that a camera move has room."""
    return Frame(2 * round(frame.width * _LARGER / 2), 2 * round(frame.height * _LARGER / 2))


def draw_panel(brief: PanelBrief, frame: Frame) -> bytes:
    """The panel of a brief as an RGB PNG of `panel_size(frame)`.

    Its text chunk `wzrd:slate` is the strip's height; `wzrd:faces` tells where faces are, "X,Y X,Y" from left to right
    as shares of the picture above the strip.
    """
    size = panel_size(frame)
    strip = slate_height(size)
    picture = Frame(size.width, size.height - strip)
    sheet = Image.new("RGB", (size.width, size.height))
    sheet.paste(draw_picture(brief, picture), (0, 0))
    sheet.paste(draw_slate(brief, size.width, strip), (0, size.height - strip))
    facts = PngInfo()
    facts.add_text(SLATE_KEY, str(strip))
    if faces := faces_of(brief, picture):
        facts.add_text(FACES_KEY, " ".join(f"{across:.3f},{down:.3f}" for across, down in faces))
    data = BytesIO()
    sheet.save(data, "PNG", compress_level=1, pnginfo=facts)
    return data.getvalue()
