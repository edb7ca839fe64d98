"""Runs the tools that work on clips: the ffmpeg program, and Pillow in a thread for what is drawn."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from wzrd.assets.made_sets import MadeFile
from wzrd.graph.execution.local import request
from wzrd.media import clip_edits, clip_looks, pieces
from wzrd.media.audio_edits import fades, open_sound
from wzrd.media.clip_output import Clip, Edit, edit_clip, edit_of, open_clip, write_clip
from wzrd.media.frames import Grid, Spread, draw_grid, single, spread, take_frames, take_grid_frames
from wzrd.media.probe import probe
from wzrd.media.transitions import plan_joining, write_joined
from wzrd.media.watermarks import draw_mark
from wzrd.threads import in_thread


def _clip(edit: Callable[[Clip, Mapping[str, Any]], Edit]) -> request.MakeOne:
    async def make(order: request.ToolRequest, out: Path) -> Mapping[str, Any]:
        return request.describe(await edit_clip(order.file, out, lambda clip: edit(clip, order.values), order.report))

    return make


def _look(filters: Callable[[Mapping[str, Any]], str]) -> request.MakeOne:
    return _clip(lambda clip, values: edit_of(clip, filters(values)))


async def _reverse(order: request.ToolRequest, out: Path) -> Mapping[str, Any]:
    clip = await open_clip(order.file)
    sound = pieces.reverse_sound(clip) if clip.facts.audio and order.values["keepAudio"] else ""
    return request.describe(await pieces.write_pieces(clip, pieces.reverse_pieces(clip), sound, out, order.report))


async def _boomerang(order: request.ToolRequest, out: Path) -> Mapping[str, Any]:
    clip, loops = await open_clip(order.file), order.values["loops"]
    sound = pieces.boomerang_sound(clip, loops) if clip.facts.audio and order.values["keepAudio"] else ""
    return request.describe(
        await pieces.write_pieces(clip, pieces.boomerang_pieces(clip, loops), sound, out, order.report)
    )


async def _mark_clip(order: request.ToolRequest, out: Path) -> Mapping[str, Any]:
    clip, layer = await open_clip(order.file), out.with_name("mark.png")

    def draw() -> None:
        size = (clip.size.width, clip.size.height)
        draw_mark(size, request.mark_of(order.values), request.mark_picture(order)).save(layer, "PNG")

    await in_thread(draw)
    return request.describe(await write_clip(clip_edits.watermark(clip, layer), out, order.report))


def _effect(clip: Clip, values: Mapping[str, Any]) -> Edit:
    amount = request.share(values)
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
    return edit_of(clip, shown, fades(*seconds, clip.seconds))


async def _extract_frames(order: request.ToolRequest, folder: Path) -> Sequence[MadeFile]:
    clip, values = await open_clip(order.file), order.values
    numbers = spread(clip, Spread(values["fps"], values["every"], values["count"]))
    files = await take_frames(clip, numbers, folder, picture_format=values["format"])
    size = {"width": clip.size.width, "height": clip.size.height}
    return [
        MadeFile(file, {**size, "time": round(number / float(clip.rate), 3)})
        for file, number in zip(files, numbers, strict=True)
    ]


async def _extract_frame(order: request.ToolRequest, out: Path) -> Mapping[str, Any]:
    clip, values = await open_clip(order.file), order.values
    number = single(clip, values["position"], values["at"])
    [file] = await take_frames(clip, [number], out.parent, picture_format=values["format"])
    await asyncio.to_thread(file.replace, out)
    return {"width": clip.size.width, "height": clip.size.height, "time": round(number / float(clip.rate), 3)}


async def _frame_grid(order: request.ToolRequest, out: Path) -> Mapping[str, Any]:
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


async def _split(order: request.ToolRequest, folder: Path) -> Sequence[MadeFile]:
    clip, values = await open_clip(order.file), order.values
    made: list[MadeFile] = []
    parts = clip_edits.parts(clip, values["segmentSeconds"], values["parts"])
    for number, (first, frames) in enumerate(parts):
        out = folder / f"part-{number:03d}.mp4"
        facts = await write_clip(clip_edits.cut(clip, first, frames), out)
        made.append(MadeFile(out, {**request.describe(facts), "time": round(first / float(clip.rate), 3)}))
        order.report(len(made) / len(parts))
    return made


async def _stitch(order: request.ToolRequest, out: Path) -> Mapping[str, Any]:
    clips, values = [await open_clip(path) for path in order.files[0]], order.values
    wanted = partial(plan_joining, transition=values["transition"], seconds=values["transitionSeconds"])
    joining = wanted(clips, direction=values["direction"], width=values["width"], height=values["height"])
    return request.describe(await write_joined(joining, out, order.report))


async def _lay_sound(order: request.ToolRequest, out: Path) -> Mapping[str, Any]:
    clip, sound = await open_clip(order.file), await open_sound(order.files[1][0])
    return request.describe(
        await write_clip(clip_edits.with_sound(clip, sound.path, mix=order.values["mode"] == "mix"), out, order.report)
    )


async def _blend(order: request.ToolRequest, out: Path) -> Mapping[str, Any]:
    clips = [await open_clip(path) for path in order.files[0]]
    return request.describe(
        await write_clip(clip_edits.blend(clips, order.values["mode"], order.values["opacity"]), out, order.report)
    )


async def _metadata(order: request.ToolRequest, _folder: Path) -> Mapping[str, Any]:
    facts = await in_thread(probe, order.file)
    members = {"codec": facts.codec, "pixelFormat": facts.pix_fmt, "hasAudio": facts.audio, "rotated": facts.rotated}
    return {**request.describe(facts), **members}


def _scaled_clip(clip: Clip, values: Mapping[str, Any]) -> Edit:
    if values["width"] is None and values["height"] is None:
        values = {**values, "width": 1920, "height": 1080}  # what the studio's node means by nothing
    return clip_edits.scale(clip, *request.wanted_size("video.scale", values))


CLIPS: Mapping[str, request.MakeOne] = {
    "video.extract-frame": _extract_frame,
    "video.frame-grid": _frame_grid,
    "video.trim": _clip(lambda clip, v: clip_edits.trim(clip, v["start"], v["end"], v["seconds"])),
    "video.reverse": _reverse,
    "video.boomerang": _boomerang,
    "video.speed": _clip(lambda clip, v: clip_edits.speed(clip, v["speed"], keep=v["keepAudio"])),
    "video.slow": _clip(lambda clip, v: clip_edits.speed(clip, v["speed"], keep=v["keepAudio"])),
    "video.stitch": _stitch,
    "video.concat": _stitch,
    "video.merge-audio-video": _lay_sound,
    "video.blend": _blend,
    "video.scale": _clip(_scaled_clip),
    "video.watermark": _mark_clip,
    "video.color-grade": _look(lambda v: clip_looks.grade(**request.grading(v))),
    "video.color-filter": _look(lambda v: clip_looks.color_filter(v["filter"], request.share(v))),
    "video.effect": _clip(_effect),
    "video.long-exposure": _clip(lambda clip, v: clip_edits.long_exposure(clip, v["blendFrames"])),
    "video.glow": _clip(
        lambda clip, v: edit_of(clip, clip_looks.glow(request.share(v), clip.size.width * v["radius"] / 100))
    ),
    "video.grain": _look(lambda v: clip_looks.grain(request.share(v))),
    "video.vignette": _look(lambda v: clip_looks.vignette(request.share(v))),
    "video.sepia": _look(lambda v: clip_looks.sepia(request.share(v))),
    "video.black-and-white": _look(lambda v: clip_looks.grayscale(request.share(v))),
    "video.fade": _clip(_fade),
}
CLIP_LISTS: Mapping[str, request.MakeSeveral] = {"video.extract-frames": _extract_frames, "video.split": _split}
CLIP_DATA: Mapping[str, request.MakeData] = {"video.metadata": _metadata}
