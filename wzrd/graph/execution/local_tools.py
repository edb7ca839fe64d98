"""What runs each local tool of `wzrd.graph.tools`: Pillow in a thread, ffmpeg as a program. They know files alone."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from PIL import Image

from wzrd.assets.made_sets import MadeFile
from wzrd.domain.errors import BadRequest
from wzrd.media import audio_edits, clip_edits, clip_looks, image_colors, image_edits
from wzrd.media.clip_output import Clip, Edit, edit_clip, edit_of, open_clip, write_clip
from wzrd.media.frames import Grid, Spread, draw_grid, single, spread, take_frames, take_grid_frames
from wzrd.media.probe import Facts, probe
from wzrd.media.transitions import stitch
from wzrd.media.watermarks import Mark, draw_mark, marked
from wzrd.media.waveforms import read_peaks
from wzrd.threads import in_thread

VERSION = "local-tools-1"
"""Enters cache keys: changed whenever one of the tools would make other bytes."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a tool works on: files for each of its inputs, in order, and its parameters as they are meant."""

    files: Sequence[Sequence[Path]]
    values: Mapping[str, Any]

    @property
    def file(self) -> Path:
        """The first file of the first input."""
        return self.files[0][0]


MakeOne: TypeAlias = Callable[[Order, Path], Awaitable[Mapping[str, Any]]]
"""Writes one file; returns what is told of it (`width`, `height`, `duration`)."""
MakeSeveral: TypeAlias = Callable[[Order, Path], Awaitable[Sequence[MadeFile]]]
"""Writes files into a folder."""
MakeData: TypeAlias = Callable[[Order], Awaitable[Mapping[str, Any]]]
"""Makes data, and no file."""


def _picture(change: Callable[[Image.Image, Mapping[str, Any]], Image.Image]) -> MakeOne:
    async def make(order: Order, out: Path) -> Mapping[str, Any]:
        width, height = await in_thread(
            image_edits.edit_picture, order.file, out, lambda image: change(image, order.values)
        )
        return {"width": width, "height": height}

    return make


def _clip(edit: Callable[[Clip, Mapping[str, Any]], Edit]) -> MakeOne:
    async def make(order: Order, out: Path) -> Mapping[str, Any]:
        return _told(await edit_clip(order.file, out, lambda clip: edit(clip, order.values)))

    return make


def _sound(filters: Callable[[audio_edits.Sound, Mapping[str, Any]], str]) -> MakeOne:
    async def make(order: Order, out: Path) -> Mapping[str, Any]:
        sound = await audio_edits.open_sound(order.file)
        return _told(await audio_edits.edit_sound(sound, out, filters(sound, order.values)))

    return make


def _look(filters: Callable[[Mapping[str, Any]], str]) -> MakeOne:
    return _clip(lambda clip, values: edit_of(clip, filters(values)))


def _told(facts: Facts) -> dict[str, Any]:
    told = {"duration": round(facts.seconds, 3)}
    if facts.frames:
        told |= {"width": facts.width, "height": facts.height, "frames": facts.frames, "fps": float(facts.fps)}
    return told


def _share(values: Mapping[str, Any]) -> float:
    """The amount, told in per cent, as 0 to 1."""
    return float(values["amount"]) / 100


def _mark(values: Mapping[str, Any]) -> Mark:
    return Mark(values["text"], values["position"], values["opacity"], values["size"], values["color"])


def _mark_picture(order: Order) -> Image.Image | None:
    return image_edits.read_picture(order.files[1][0]) if order.files[1] else None


async def _mark_image(order: Order, out: Path) -> Mapping[str, Any]:
    def change(image: Image.Image) -> Image.Image:
        return marked(image, _mark(order.values), _mark_picture(order))

    width, height = await in_thread(image_edits.edit_picture, order.file, out, change)
    return {"width": width, "height": height}


async def _mark_clip(order: Order, out: Path) -> Mapping[str, Any]:
    clip, layer = await open_clip(order.file), out.with_name("mark.png")

    def draw() -> None:
        size = (clip.size.width, clip.size.height)
        draw_mark(size, _mark(order.values), _mark_picture(order)).save(layer, "PNG")

    await in_thread(draw)
    return _told(await write_clip(clip_edits.watermark(clip, layer), out))


def _effect(clip: Clip, values: Mapping[str, Any]) -> Edit:
    amount = _share(values)
    match values["effect"]:
        case "glow":
            filters = clip_looks.glow(amount, clip.size.width * 0.02)
        case "chromatic":
            filters = clip_looks.chromatic(amount, clip.size.width)
        case "fade":
            half = clip.seconds * amount / 2
            return _fade(clip, {"fadeIn": half, "fadeOut": half, "color": "#000000"})
        case "vignette" | "sepia" as name:
            filters = clip_looks.color_filter(name, amount)
        case "black-and-white":
            filters = clip_looks.grayscale(amount)
        case _:
            filters = clip_looks.grain(amount)
    return edit_of(clip, filters)


def _fade(clip: Clip, values: Mapping[str, Any]) -> Edit:
    seconds = (values["fadeIn"], values["fadeOut"])
    shown = clip_looks.fade(*seconds, clip.seconds, clip.rate, values["color"])
    return edit_of(clip, shown, audio_edits.fades(*seconds, clip.seconds))


async def _duplicate(order: Order, folder: Path) -> Sequence[MadeFile]:
    """A list of copies is one file, as often as it is wanted."""
    copies, layout = order.values["copies"], order.values["layout"]

    def change(image: Image.Image) -> Image.Image:
        return image if layout == "list" else image_edits.tile(image, copies, layout)

    out = folder / "copy.png"
    width, height = await in_thread(image_edits.edit_picture, order.file, out, change)
    return [MadeFile(out, {"width": width, "height": height})] * (copies if layout == "list" else 1)


async def _extract_frames(order: Order, folder: Path) -> Sequence[MadeFile]:
    clip, values = await open_clip(order.file), order.values
    numbers = spread(clip, Spread(values["fps"], values["every"], values["count"]))
    files = await take_frames(clip, numbers, folder, picture_format=values["format"])
    size = {"width": clip.size.width, "height": clip.size.height}
    return [
        MadeFile(file, {**size, "time": round(number / float(clip.rate), 3)})
        for file, number in zip(files, numbers, strict=True)
    ]


async def _extract_frame(order: Order, out: Path) -> Mapping[str, Any]:
    clip, values = await open_clip(order.file), order.values
    number = single(clip, values["position"], values["at"])
    [file] = await take_frames(clip, [number], out.parent, picture_format=values["format"])
    await asyncio.to_thread(file.replace, out)
    return {"width": clip.size.width, "height": clip.size.height, "time": round(number / float(clip.rate), 3)}


async def _frame_grid(order: Order, out: Path) -> Mapping[str, Any]:
    clip, values = await open_clip(order.file), order.values
    names = ("rows", "columns", "gap", "thumbWidth", "backgroundColor", "timecodes")
    grid = Grid(*(values[name] for name in names))
    files, times = await take_grid_frames(clip, grid, out.parent)

    def draw() -> tuple[int, int]:
        sheet = draw_grid(grid, files, times)
        sheet.save(out, "PNG", compress_level=4)
        return sheet.size

    width, height = await in_thread(draw)
    return {"width": width, "height": height, "frames": len(files)}


async def _split(order: Order, folder: Path) -> Sequence[MadeFile]:
    clip, values = await open_clip(order.file), order.values
    made: list[MadeFile] = []
    for number, (first, frames) in enumerate(clip_edits.parts(clip, values["segmentSeconds"], values["parts"])):
        out = folder / f"part-{number:03d}.mp4"
        facts = await write_clip(clip_edits.cut(clip, first, frames), out)
        made.append(MadeFile(out, {**_told(facts), "time": round(first / float(clip.rate), 3)}))
    return made


async def _stitch(order: Order, out: Path) -> Mapping[str, Any]:
    clips, values = [await open_clip(path) for path in order.files[0]], order.values
    joined = partial(stitch, transition=values["transition"], seconds=values["transitionSeconds"])
    edit = joined(clips, direction=values["direction"], width=values["width"], height=values["height"])
    return _told(await write_clip(edit, out))


async def _lay_sound(order: Order, out: Path) -> Mapping[str, Any]:
    clip, sound = await open_clip(order.file), await audio_edits.open_sound(order.files[1][0])
    return _told(await write_clip(clip_edits.with_sound(clip, sound.path, mix=order.values["mode"] == "mix"), out))


async def _blend(order: Order, out: Path) -> Mapping[str, Any]:
    clips = [await open_clip(path) for path in order.files[0]]
    return _told(await write_clip(clip_edits.blend(clips, order.values["mode"], order.values["opacity"]), out))


async def _merge(order: Order, out: Path) -> Mapping[str, Any]:
    sounds = [await audio_edits.open_sound(path) for path in order.files[0]]
    mode, crossfade = order.values["mode"], order.values["crossfade"]
    return _told(await audio_edits.merge(sounds, out, mode=mode, crossfade=crossfade))


async def _normalise(order: Order, out: Path) -> Mapping[str, Any]:
    sound, values = await audio_edits.open_sound(order.file), order.values
    return _told(await audio_edits.normalise(sound, out, lufs=values["integratedLufs"], peak=values["truePeak"]))


async def _metadata(order: Order) -> Mapping[str, Any]:
    facts = await in_thread(probe, order.file)
    told = {"codec": facts.codec, "pixelFormat": facts.pix_fmt, "hasAudio": facts.audio, "rotated": facts.rotated}
    return {**_told(facts), **told}


async def _waveform(order: Order) -> Mapping[str, Any]:
    sound = await audio_edits.open_sound(order.file)
    peaks = await read_peaks(sound.path, sound.seconds, order.values["resolution"])
    return {"peaks": peaks, "resolution": len(peaks), "duration": round(sound.seconds, 3)}


def _scaled_picture(image: Image.Image, values: Mapping[str, Any]) -> Image.Image:
    _needs_size("image.scale", values)
    return image_edits.resize(image, values["width"], values["height"], values["mode"], values["backgroundColor"])


def _scaled_clip(clip: Clip, values: Mapping[str, Any]) -> Edit:
    _needs_size("video.scale", values)
    return clip_edits.scale(clip, values["width"], values["height"], values["mode"], values["backgroundColor"])


def _needs_size(owner: str, values: Mapping[str, Any]) -> None:
    if values["width"] is None and values["height"] is None:
        raise BadRequest(f"{owner}: width or height is needed")


_GRADE = ("brightness", "contrast", "saturation", "temperature")


def _grade(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(values[name]) for name in _GRADE}


ONE: Mapping[str, MakeOne] = {
    "image.rotate": _picture(
        lambda image, v: image_edits.rotate(
            image, v["angle"], expand=v["expandCanvas"], background=v["backgroundColor"]
        )
    ),
    "image.flip": _picture(lambda image, v: image_edits.flip(image, v["axis"])),
    "image.crop": _picture(
        lambda image, v: image_edits.crop(
            image, x=v["x"], y=v["y"], width=v["width"], height=v["height"], ratio=v["aspectRatio"]
        )
    ),
    "image.change-aspect-ratio": _picture(
        lambda image, v: image_edits.reshape(image, v["aspectRatio"], v["mode"], v["backgroundColor"])
    ),
    "image.scale": _picture(_scaled_picture),
    "image.blur": _picture(lambda image, v: image_edits.blur(image, v["mode"], v["amount"], v["angle"])),
    "image.color-grade": _picture(lambda image, v: image_colors.grade(image, **_grade(v))),
    "image.color-filter": _picture(lambda image, v: image_colors.color_filter(image, v["filter"], _share(v))),
    "image.color-tint": _picture(lambda image, v: image_colors.tint(image, v["tintColor"], v["amount"])),
    "image.color-key": _picture(
        lambda image, v: image_colors.color_key(
            image,
            v["targetColor"],
            tolerance=v["tolerance"],
            softness=v["edgeSoftness"],
            mode=v["mode"],
            replacement=v["replacementColor"],
            inverted=v["invertSelection"],
        )
    ),
    "image.sketch": _picture(lambda image, v: image_colors.sketch(image, _share(v))),
    "image.watermark": _mark_image,
    "video.extract-frame": _extract_frame,
    "video.frame-grid": _frame_grid,
    "video.trim": _clip(lambda clip, v: clip_edits.trim(clip, v["start"], v["end"], v["seconds"])),
    "video.reverse": _clip(lambda clip, v: clip_edits.reverse(clip, keep=v["keepAudio"])),
    "video.boomerang": _clip(lambda clip, v: clip_edits.boomerang(clip, v["loops"], keep=v["keepAudio"])),
    "video.speed": _clip(lambda clip, v: clip_edits.speed(clip, v["speed"], keep=v["keepAudio"])),
    "video.slow": _clip(lambda clip, v: clip_edits.speed(clip, v["speed"], keep=v["keepAudio"])),
    "video.stitch": _stitch,
    "video.concat": _stitch,
    "video.merge-audio-video": _lay_sound,
    "video.blend": _blend,
    "video.scale": _clip(_scaled_clip),
    "video.watermark": _mark_clip,
    "video.color-grade": _look(lambda v: clip_looks.grade(**_grade(v))),
    "video.color-filter": _look(lambda v: clip_looks.color_filter(v["filter"], _share(v))),
    "video.effect": _clip(_effect),
    "video.long-exposure": _clip(lambda clip, v: clip_edits.long_exposure(clip, v["blendFrames"])),
    "video.glow": _clip(lambda clip, v: edit_of(clip, clip_looks.glow(_share(v), clip.size.width * v["radius"] / 100))),
    "video.grain": _look(lambda v: clip_looks.grain(_share(v))),
    "video.vignette": _look(lambda v: clip_looks.vignette(_share(v))),
    "video.sepia": _look(lambda v: clip_looks.sepia(_share(v))),
    "video.black-and-white": _look(lambda v: clip_looks.grayscale(_share(v))),
    "video.fade": _clip(_fade),
    "audio.merge": _merge,
    "audio.trim": _sound(lambda sound, v: audio_edits.trim(sound, v["start"], v["end"], v["seconds"])),
    "audio.gain": _sound(lambda _, v: audio_edits.gain(v["gain"])),
    "audio.manipulate": _sound(lambda _, v: audio_edits.manipulate(v["volume"], v["tempo"], v["pitch"])),
    "audio.loudness-normalize": _normalise,
    "audio.compressor": _sound(
        lambda _, v: audio_edits.compress(v["threshold"], v["ratio"], v["attackMs"], v["releaseMs"])
    ),
    "audio.fade": _sound(lambda sound, v: audio_edits.fade(sound, v["fadeIn"], v["fadeOut"])),
}
"""Tools that make one file."""
SEVERAL: Mapping[str, MakeSeveral] = {
    "image.duplicate": _duplicate,
    "video.extract-frames": _extract_frames,
    "video.split": _split,
}
"""Tools that make a list of files."""
DATA: Mapping[str, MakeData] = {"video.metadata": _metadata, "audio.waveform": _waveform}
"""Tools that make no file."""
