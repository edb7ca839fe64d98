"""Pictures out of a clip: single frames, evenly spread ones, and a contact sheet of them."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from wzrd.domain.errors import BadRequest
from wzrd.media.clip_output import Clip, picture
from wzrd.media.ffmpeg import MediaFailed, foreign_input, local, run_ffmpeg
from wzrd.media.fonts import load
from wzrd.media.image_edits import read_picture
from wzrd.media.limits import check_pixels

MOST_FRAMES = 200
"""Pictures that are taken out of one clip at most: each becomes a file in the store."""
_JPEG = ("-q:v", "2", "-huffman", "optimal")
_FROM_BT709 = "scale=in_color_matrix=bt709:out_range={},format={}"


@dataclass(frozen=True, slots=True)
class Spread:
    """Which frames are wanted: `count` evenly spread ones, else one `every` so many seconds, else `fps` a second."""

    fps: float = 1.0
    every: float | None = None
    count: int | None = None


def spread(clip: Clip, wanted: Spread) -> list[int]:
    """The numbers of the frames, from 0.

    Raises:
        BadRequest: they are more than 200.
    """
    total = clip.frames(clip.seconds)
    if wanted.count is not None:
        return middles(total, wanted.count)
    step = max(1.0, float(clip.rate) * (wanted.every if wanted.every is not None else 1 / wanted.fps))
    count = math.ceil(total / step - 1e-6)
    if count > MOST_FRAMES:
        message = f"that is {count:,} pictures of a clip of {clip.seconds:.1f} s; {MOST_FRAMES} at most"
        raise BadRequest(f"{message}: ask for fewer with `every` or `count`")
    return sorted({min(total - 1, round(number * step)) for number in range(count)})


def middles(total: int, count: int) -> list[int]:
    """So many frames, each in the middle of its share of the clip; a short clip has fewer."""
    count = min(count, total)
    return [(2 * number + 1) * total // (2 * count) for number in range(count)]


def single(clip: Clip, position: str, at: float | None) -> int:
    """The number of the frame at a time, else of the `first`, `middle` or `last` one.

    Raises:
        BadRequest: the clip is shorter.
    """
    total = clip.frames(clip.seconds)
    if at is None:
        return {"first": 0, "middle": total // 2}.get(position, total - 1)
    if at > clip.seconds:
        raise BadRequest(f"at is {at:g} s, and the clip lasts {clip.seconds:.2f} s")
    return min(total - 1, math.floor(at * float(clip.rate) + 1e-6))


async def take_frames(
    clip: Clip, numbers: Sequence[int], folder: Path, *, picture_format: str = "png", width: int | None = None
) -> list[Path]:
    """Write the frames of these numbers (rising) into `folder`, and return their files in order.

    Raises:
        MediaFailed: ffmpeg failed, or found fewer.
    """
    chosen = "+".join(f"eq(n,{number})" for number in numbers)
    narrow = f",scale={width}:-2:flags=lanczos" if width else ""
    form = _FROM_BT709.format("pc", "yuvj420p") if picture_format == "jpg" else _FROM_BT709.format("pc", "rgb24")
    graph = f"{picture(clip)},select='{chosen}'{narrow},{form}[v]"
    codec = ("-c:v", "mjpeg", *_JPEG) if picture_format == "jpg" else ("-c:v", "png", "-pred", "mixed")
    await run_ffmpeg(
        *("-v", "error", *foreign_input(clip.path), "-filter_complex", graph, "-map", "[v]"),
        *("-fps_mode", "passthrough", "-frames:v", str(len(numbers)), *codec, "-threads", "1"),
        *("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-f", "image2"),
        *("-start_number", "0", "-y", local(folder / f"frame-%05d.{picture_format}")),
    )
    files = [folder / f"frame-{number:05d}.{picture_format}" for number in range(len(numbers))]
    there = await asyncio.to_thread(lambda: [file for file in files if file.exists()])
    if len(there) < len(files):
        raise MediaFailed(f"the clip has only {len(there)} of the {len(files)} frames that are wanted")
    return there


@dataclass(frozen=True, slots=True)
class Grid:
    """A contact sheet: pictures of `thumb` pixels' width in rows and columns, `gap` pixels between and around them."""

    rows: int = 3
    columns: int = 3
    gap: int = 8
    thumb: int = 320
    background: str = "#000000"
    timecodes: bool = False


async def take_grid_frames(clip: Clip, grid: Grid, folder: Path) -> tuple[list[Path], list[float]]:
    """The pictures of a contact sheet, evenly spread over the clip, and the second of each.

    Raises:
        MediaRefused: the sheet would have too many pixels.
        MediaFailed: as `take_frames`.
    """
    height = max(1, round(grid.thumb * clip.size.height / clip.size.width))
    check_pixels("the frame grid", *_sheet(grid, (grid.thumb, height)))
    numbers = middles(clip.frames(clip.seconds), grid.rows * grid.columns)
    files = await take_frames(clip, numbers, folder, width=grid.thumb)
    return files, [number / float(clip.rate) for number in numbers]


def draw_grid(grid: Grid, files: Sequence[Path], times: Sequence[float]) -> Image.Image:
    """The contact sheet of these pictures, all of one size. Blocking."""
    pictures = [read_picture(file) for file in files]
    across, down = pictures[0].size
    sheet = Image.new("RGB", _sheet(grid, (across, down)), grid.background)
    for number, (image, time) in enumerate(zip(pictures, times, strict=True)):
        row, column = divmod(number, grid.columns)
        corner = (grid.gap + column * (across + grid.gap), grid.gap + row * (down + grid.gap))
        sheet.paste(_timed(image, time) if grid.timecodes else image, corner)
    return sheet


def _sheet(grid: Grid, thumb: tuple[int, int]) -> tuple[int, int]:
    return (grid.columns * (thumb[0] + grid.gap) + grid.gap, grid.rows * (thumb[1] + grid.gap) + grid.gap)


def _timed(image: Image.Image, time: float) -> Image.Image:
    """With its time in the lower left corner, on a dark plate."""
    height = max(9, min(image.height / 10, image.width / 14))
    font, pad, words = load(height, 600), round(height / 3), f"{int(time // 60)}:{time % 60:05.2f}"
    plate = Image.new("RGBA", image.size)
    box = (pad, image.height - round(height * 1.7) - pad, 3 * pad + round(font.getlength(words)), image.height - pad)
    draw = ImageDraw.Draw(plate)
    draw.rounded_rectangle(box, pad, fill=(0, 0, 0, 150))
    draw.text(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), words, font=font, fill="white", anchor="mm")
    return Image.alpha_composite(image.convert("RGBA"), plate).convert("RGB")
