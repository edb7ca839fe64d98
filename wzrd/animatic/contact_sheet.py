"""The contact sheet: every panel of a film on one page, scene by scene, with captions. Bounded in size."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw

from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.fonts import fitted, load, printable, wrapped
from wzrd.media.pictures import open_picture

WIDEST, TALLEST = 4000, 12_000
"""Pixels that a sheet may have at most."""
SHEET = "sheet-3"
"""The layout's version; it enters cache keys, and is raised when sheets change."""
_COLUMNS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 26)
_THUMB = 480  # pixels: the width of a thumbnail where there is room
_PAPER, _INK, _GREY, _RULE, _EMPTY = (250, 249, 246), (24, 24, 27), (112, 112, 118), (206, 204, 198), (232, 230, 224)


@dataclass(frozen=True, slots=True)
class SheetPanel:
    """One cell: a picture (PNG bytes, a file, or None while it is not drawn), its scene's heading, caption and note."""

    picture: bytes | Path | None
    scene: str
    caption: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Grid:
    """The measures of a sheet, in pixels."""

    columns: int
    thumb: int
    height: int
    gap: int
    margin: int
    text: float
    lines: int

    @property
    def width(self) -> int:
        return 2 * self.margin + self.columns * self.thumb + (self.columns - 1) * self.gap

    @property
    def cell(self) -> int:
        """A row's height: picture, caption, note."""
        return self.height + round(self.text * (1.35 * self.lines + 2.6))

    @property
    def heading(self) -> int:
        return round(self.text * 3.6)

    @property
    def title(self) -> int:
        return round(self.text * 6.4)


@dataclass(frozen=True, slots=True)
class _CellRun:
    """Cells of one scene that stand beside each other: `count` from its `first` on, in the row from `column` on."""

    scene: int
    first: int
    count: int
    column: int


def draw_sheet(title: str, panels: Sequence[SheetPanel], *, subtitle: str = "") -> bytes:
    """The sheet as an RGB PNG of at most 4000 x 12000 pixels: thumbnails shrink as panels get many. Blocking.

    Panels of one scene that follow each other stand under one heading; short scenes share a row. A picture that
    cannot be read is drawn as an empty frame, as is one that does not exist yet. What does not fit on the largest
    sheet is counted at its foot.
    """
    scenes = [(heading, list(cells)) for heading, cells in groupby(panels, key=lambda panel: panel.scene)]
    grid = _grid([len(cells) for _, cells in scenes], _ratio(panels))
    height = min(TALLEST, _height(grid, [len(cells) for _, cells in scenes]))
    image = Image.new("RGB", (grid.width, height), _PAPER)
    draw = ImageDraw.Draw(image)
    y = _title(draw, grid, title, subtitle, len(panels), len(scenes))
    left_out = 0
    for row in _rows(grid.columns, [len(cells) for _, cells in scenes]):
        if left_out or y + _row_height(grid, row) > height:
            left_out += sum(run.count for run in row)
            continue
        top = y + _heading_height(grid, row)
        for run in row:
            heading, cells = scenes[run.scene]
            if not run.first:
                _heading(draw, grid, y, heading, run, len(cells))
            _cells(image, draw, grid, top, cells[run.first : run.first + run.count], run.column)
        y += _row_height(grid, row)
    if left_out:
        foot = (grid.margin, height - grid.text * 1.6)
        draw.text(foot, f"and {left_out} more", font=load(grid.text, 500), fill=_GREY)
    data = BytesIO()
    image.save(data, "PNG", compress_level=3)
    return data.getvalue()


def _ratio(panels: Sequence[SheetPanel]) -> float:
    """Height over width of the first picture that can be read; 16:9 where there is none."""
    for panel in panels:
        if panel.picture is None:
            continue
        picture = _read(panel.picture)
        if picture is not None:
            return min(3.0, max(0.2, picture.height / picture.width))
    return 9 / 16


def _grid(counts: Sequence[int], ratio: float) -> _Grid:
    """The most generous grid that fits: few columns for few panels, thumbnails as wide as the sheet allows.

    A sheet that is not much taller than wide is preferred, as long as its thumbnails keep their full size.
    """
    least = min(4 if ratio < 1 else 5, max(1, sum(counts)))
    grids = [_without_gaps(_measured(columns, ratio), counts) for columns in _COLUMNS if columns >= least]
    full = [grid for grid in grids if grid.thumb == grids[0].thumb]
    handy = (grid for grid in full if _height(grid, counts) <= max(TALLEST * 0.45, grid.width * 1.7))
    whole = (grid for grid in grids if _height(grid, counts) <= TALLEST)
    return next(handy, None) or next(whole, grids[-1])


def _without_gaps(grid: _Grid, counts: Sequence[int]) -> _Grid:
    """The fewest columns that need no more rows: six panels a scene stand better in threes than in fours."""
    columns = grid.columns
    while columns > 3 and len(_rows(columns - 1, counts)) == len(_rows(columns, counts)):
        columns -= 1
    return replace(grid, columns=columns)


def _rows(columns: int, counts: Sequence[int]) -> list[list[_CellRun]]:
    """The rows of a sheet: scenes one after the other, beside the one before where a whole scene has room."""
    rows: list[list[_CellRun]] = []
    column = columns
    for scene, count in enumerate(counts):
        if column + count > columns:
            column = columns
        first = 0
        while first < count:
            if column == columns:
                rows.append([])
                column = 0
            run = _CellRun(scene, first, min(count - first, columns - column), column)
            rows[-1].append(run)
            first, column = first + run.count, column + run.count
    return rows


def _heading_height(grid: _Grid, row: Sequence[_CellRun]) -> int:
    return grid.heading if any(not run.first for run in row) else 0


def _row_height(grid: _Grid, row: Sequence[_CellRun]) -> int:
    return _heading_height(grid, row) + grid.cell + grid.gap


def _measured(columns: int, ratio: float) -> _Grid:
    wanted = 960 if columns == 1 else 720 if columns == 2 else _THUMB
    gap = max(8, min(28, 3600 // (columns * 28)))
    margin = 56 if columns < 8 else 40
    thumb = min(wanted, (WIDEST - 2 * margin - (columns - 1) * gap) // columns)
    thumb = round(thumb * (0.6 if ratio > 1 else 1.0))
    text = max(9.0, min(20.0, thumb / 26))
    return _Grid(columns, thumb, round(thumb * ratio), gap, margin, text, 3 if thumb >= 220 else 2)


def _height(grid: _Grid, counts: Sequence[int]) -> int:
    rows = sum(_row_height(grid, row) for row in _rows(grid.columns, counts))
    return grid.title + rows + grid.margin + round(2 * grid.text)


@dataclass(frozen=True, slots=True)
class _Type:
    """Type style of a piece of text: size, weight and colour."""

    size: float
    weight: int
    colour: tuple[int, int, int]

    def write(self, draw: ImageDraw.ImageDraw, corner: tuple[float, float], text: str, room: float) -> None:
        """A printable text, cut to its room, on the line that Inter would stand on there."""
        font = load(self.size, self.weight, text)
        baseline = corner[1] + load(self.size, self.weight).getmetrics()[0]
        draw.text((corner[0], baseline), fitted(text, font, room), font=font, fill=self.colour, anchor="ls")


def _title(draw: ImageDraw.ImageDraw, grid: _Grid, title: str, subtitle: str, panels: int, scenes: int) -> int:
    room = grid.width - 2 * grid.margin
    top = grid.margin * 0.7
    large, plain = _Type(min(grid.text * 2.5, room / 12), 700, _INK), _Type(min(grid.text * 1.1, room / 26), 400, _GREY)
    large.write(draw, (grid.margin, top), printable(title, 200) or "Storyboard", room)
    counted = f"{panels} panel{'' if panels == 1 else 's'} \u00b7 {scenes} scene{'' if scenes == 1 else 's'}"
    message = " \u00b7 ".join(part for part in (printable(subtitle, 200), counted) if part)
    plain.write(draw, (grid.margin, top + grid.text * 3.3), message, room)
    return grid.title + round(grid.margin * 0.3)


def _heading(draw: ImageDraw.ImageDraw, grid: _Grid, y: int, heading: str, run: _CellRun, count: int) -> None:
    """A scene's heading over its first row."""
    left = grid.margin + run.column * (grid.thumb + grid.gap)
    right = left + run.count * (grid.thumb + grid.gap) - grid.gap
    draw.line((left, y, right, y), fill=_INK, width=2)
    small = load(grid.text, 400)
    message = f"{count} shot{'' if count == 1 else 's'}"
    room = right - left - small.getlength(message) - 2 * grid.text
    _Type(grid.text * 1.25, 650, _INK).write(draw, (left, y + grid.text * 0.9), printable(heading, 160), room)
    draw.text((right, y + grid.text * 1.05), message, font=small, fill=_GREY, anchor="ra")


def _cells(
    image: Image.Image, draw: ImageDraw.ImageDraw, grid: _Grid, y: int, cells: Sequence[SheetPanel], column: int
) -> None:
    """Cells of a scene beside each other, from a column on."""
    for at, cell in enumerate(cells, column):
        _cell(image, draw, grid, (grid.margin + at * (grid.thumb + grid.gap), y), cell)


def _cell(
    image: Image.Image, draw: ImageDraw.ImageDraw, grid: _Grid, corner: tuple[int, int], cell: SheetPanel
) -> None:
    x, y = corner
    frame = (x - 1, y - 1, x + grid.thumb, y + grid.height)
    picture = None if cell.picture is None else _read(cell.picture)
    if picture is None:
        font = load(grid.text, 500)
        draw.rectangle(frame, fill=_EMPTY, outline=_RULE, width=1)
        draw.text((x + grid.thumb / 2, y + grid.height / 2), "not drawn yet", font=font, fill=_GREY, anchor="mm")
    else:
        picture.thumbnail((grid.thumb, grid.height), Image.Resampling.LANCZOS, reducing_gap=2.0)
        spare = (grid.thumb - picture.width) // 2, (grid.height - picture.height) // 2
        draw.rectangle(frame, fill=_INK, outline=_INK, width=1)
        image.paste(picture, (x + spare[0], y + spare[1]))
    caption, plain = printable(cell.caption, 300), _Type(grid.text, 450, _INK)
    below = y + grid.height + grid.text * 0.55
    for line in wrapped(caption, load(grid.text, 450, caption), grid.thumb, grid.lines):
        plain.write(draw, (x, below), line, grid.thumb)
        below += grid.text * 1.35
    small = _Type(grid.text * 0.86, 400, _GREY)
    small.write(draw, (x, below + grid.text * 0.1), printable(cell.note, 120), grid.thumb)


def _read(source: bytes | Path) -> Image.Image | None:
    """A picture in RGB, or None where there is none that can be read, or one too large to be."""
    try:
        with open_picture(source) as picture:
            return picture.convert("RGB")
    except (MediaFailed, OSError, SyntaxError, ValueError):
        return None
