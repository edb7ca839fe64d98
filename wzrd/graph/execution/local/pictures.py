"""Runs the tools that work on pictures: Pillow, in a thread."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from wzrd.assets.made_sets import MadeFile
from wzrd.graph.execution.local import request
from wzrd.media import image_colors, image_edits
from wzrd.media.watermarks import marked
from wzrd.threads import in_thread


async def _edit(
    order: request.ToolRequest, out: Path, change: Callable[[Image.Image], Image.Image]
) -> Mapping[str, Any]:
    width, height = await in_thread(image_edits.edit_picture, order.file, out, change)
    return {"width": width, "height": height}


def _picture(change: Callable[[Image.Image, Mapping[str, Any]], Image.Image]) -> request.MakeOne:
    return lambda order, out: _edit(order, out, lambda image: change(image, order.values))


async def _mark_image(order: request.ToolRequest, out: Path) -> Mapping[str, Any]:
    return await _edit(
        order, out, lambda image: marked(image, request.mark_of(order.values), request.mark_picture(order))
    )


async def _duplicate(order: request.ToolRequest, folder: Path) -> Sequence[MadeFile]:
    """A list of copies is one file, as often as it is wanted."""
    copies, layout = order.values["copies"], order.values["layout"]

    def change(image: Image.Image) -> Image.Image:
        return image if layout == "list" else image_edits.tile(image, copies, layout)

    out = folder / "copy.png"
    return [MadeFile(out, await _edit(order, out, change))] * (copies if layout == "list" else 1)


PICTURES: Mapping[str, request.MakeOne] = {
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
    "image.scale": _picture(lambda image, v: image_edits.resize(image, *request.wanted_size("image.scale", v))),
    "image.blur": _picture(lambda image, v: image_edits.blur(image, v["mode"], v["amount"], v["angle"])),
    "image.color-grade": _picture(lambda image, v: image_colors.grade(image, **request.grading(v))),
    "image.color-filter": _picture(lambda image, v: image_colors.color_filter(image, v["filter"], request.share(v))),
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
    "image.sketch": _picture(lambda image, v: image_colors.sketch(image, request.share(v))),
    "image.watermark": _mark_image,
}
PICTURE_LISTS: Mapping[str, request.MakeSeveral] = {"image.duplicate": _duplicate}
