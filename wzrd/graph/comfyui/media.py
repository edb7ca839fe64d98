"""ComfyUI's nodes for texts, files, pictures, clips and sounds that have an equal here."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from wzrd.graph.comfyui.values import (
    CheckpointName,
    Handler,
    Made,
    Missing,
    NodeTranslation,
    UnreadableNode,
    check_length,
)

MOST_PIXELS, MOST_RATE = 16_384, 240


def literal(name: str) -> Handler:
    """A value that is written in a node; a text becomes a Text node."""

    def handle(scene: NodeTranslation) -> list[object]:
        value = scene.inputs.get(name)
        if isinstance(value, int | float | bool):
            return [value]
        return [_text(scene, name)]

    return handle


def _text(scene: NodeTranslation, name: str) -> Made:
    value = scene.text(name)
    if isinstance(value, Made):
        return value
    return scene.add("Text", "text", {"text": value}, action="text.enter", label="Text", text=value)


def concatenate(*names: str, delimiter: str) -> Handler:
    """Texts joined by a delimiter."""

    def handle(scene: NodeTranslation) -> list[object]:
        given = [scene.text(name) for name in names if scene.inputs.get(name) not in (None, "")]
        return [join(scene, given, scene.words(delimiter, ""))]

    return handle


def join(scene: NodeTranslation, texts: Sequence[str | Made], separator: str) -> Made:
    """Texts as one, by a node that joins them."""
    whole = separator.join(text.text if isinstance(text, Made) else text for text in texts)
    check_length(len(whole))
    parts = [text if isinstance(text, Made) else _written(scene, text) for text in texts]
    takes = [(f"text_{number}", part) for number, part in enumerate(parts, 1)]
    params = {"separator": separator}
    return scene.add("Text", "text", params, action="text.concat", label="Join", text=whole, takes=takes)


def _written(scene: NodeTranslation, text: str) -> Made:
    return replace(scene, title="").add("Text", "text", {"text": text}, action="text.enter", label="Text", text=text)


def replace_text(scene: NodeTranslation) -> list[object]:
    """A text in which every find is replaced."""
    find, new, source = scene.words("find"), scene.words("replace"), scene.text("string")
    before = source if isinstance(source, Made) else _written(scene, source)
    check_length(len(before.text) + before.text.count(find) * len(new) if find else 0)
    text = before.text.replace(find, new) if find else before.text
    params = {"find": find, "replace": new}
    takes = [("text", before)]
    return [scene.add("Text", "text", params, action="text.find-replace", label="Replace", text=text, takes=takes)]


def upload(name: str, media: str) -> Handler:
    """A file of theirs, to be uploaded here."""

    def handle(scene: NodeTranslation) -> list[object]:
        file = scene.words(name).removesuffix(" [input]").removesuffix(" [output]").removesuffix(" [temp]")
        made = scene.add("Upload", media, {"file": file}, action=f"{media}.upload", label=file)
        missing = Missing("masks, and what else a file is taken apart into, have no equal here")
        return [made, missing, missing, missing]

    return handle


UPSCALER = "fal-ai/clarity-upscaler"
"""The catalog's model that does what ComfyUI's upscaling models do."""
_FACTOR = re.compile(r"(?<!\d)([24])x|x([24])(?!\d)", re.IGNORECASE)


def upscaler(scene: NodeTranslation) -> list[object]:
    """A file of a model that enlarges."""
    return [CheckpointName(scene.words("model_name", ""))]


def enlarged(scene: NodeTranslation) -> list[object]:
    """A picture that a model enlarges, as often as the name of theirs says."""
    name, picture = scene.get("upscale_model", CheckpointName).name, scene.made("image", "image")
    scene.remark(f"{name[:80]!r} is not run here: {UPSCALER} enlarges instead, and is paid")
    factor = _FACTOR.search(name)
    params = {"model": UPSCALER, "prompt": "the same picture, sharp and detailed"}
    scale = {"scale": int(factor[1] or factor[2])} if factor else {}
    return [scene.add("Image", "image", {**params, **scale}, label="Enlarge", takes=[("reference", picture)])]


def mask(_: NodeTranslation) -> list[object]:
    """Where a picture is to be drawn over."""
    raise UnreadableNode("masks have no equal here: the whole picture is drawn over instead")


_CLIPS = {"image": ("video",), "audio": ()}
"""Beside pictures, a clip's frames are pictures there."""


def tool(
    action: str, label: str, values: Callable[[NodeTranslation], Mapping[str, Any]], media: str = "image"
) -> Handler:
    """A picture, clip or sound through one of the local tools."""

    def handle(scene: NodeTranslation) -> list[object]:
        source = scene.made("audio" if media == "audio" else "image", media, *_CLIPS[media])
        if source.data_type != media:
            scene.remark(f"it is left out: here it is for pictures, and the {source.data_type} goes on as it came")
            return [source]
        try:
            params = values(scene)
        except UnreadableNode as unreadable:
            scene.remark(f"it is left out, and the {media} goes on as it came: {unreadable}")
            return [source]
        return [scene.add("Transform", media, params, action=action, label=label, takes=[(media, source)])]

    return handle


def _sides(scene: NodeTranslation, width: str = "width", height: str = "height") -> dict[str, Any]:
    return {
        "width": scene.whole(width, 0, most=MOST_PIXELS) or None,
        "height": scene.whole(height, 0, most=MOST_PIXELS) or None,
    }


def scale(scene: NodeTranslation) -> Mapping[str, Any]:
    """Another size: the edges cut off, or out of shape."""
    return {**_sides(scene), "mode": "crop" if scene.inputs.get("crop") == "center" else "stretch"}


def pad(scene: NodeTranslation) -> Mapping[str, Any]:
    """Another size, with bars around."""
    color = {"white": "#ffffff", "black": "#000000"}.get(scene.words("padding_color", "black"), "#000000")
    return {**_sides(scene, "target_width", "target_height"), "mode": "pad", "backgroundColor": color}


_MODES = {
    "stretch": "stretch", "crop": "crop", "fill / crop": "crop",
    "pad": "pad", "pad_edge": "pad", "pad_edge_pixel": "pad",
}  # fmt: skip
OWN_SIZE = "it is left out: the picture goes on in its own size"


def resized(scene: NodeTranslation) -> list[object]:
    """Another size as KJNodes and Essentials spell it. What depends on the picture's own size is left out, and told."""
    picture, mode = scene.made("image", "image", "video"), _mode(scene)
    sides = {name: size for name, size in _sides(scene).items() if size}
    if (
        picture.data_type == "video"
        or mode is None
        or len(sides) < 2
        or scene.inputs.get("condition", "always") != "always"
    ):
        scene.remark(OWN_SIZE)
        unknown = Missing("its size depends on the picture")
        return [picture, unknown, unknown, unknown]
    params = {**sides, "mode": mode, **({"backgroundColor": _color(scene)} if mode == "pad" else {})}
    takes = [("image", picture)]
    made = scene.add("Transform", "image", params, action="image.scale", label="Scale", takes=takes)
    return [made, sides["width"], sides["height"], Missing("masks have no equal here")]


def _mode(scene: NodeTranslation) -> str | None:
    """Way in which the picture is fitted; None where its own shape decides."""
    how = scene.inputs.get("keep_proportion", scene.inputs.get("method", "stretch"))
    if isinstance(how, bool):  # the first release of KJNodes
        return None if how else "crop" if scene.inputs.get("crop") == "center" else "stretch"
    return _MODES.get(how) if isinstance(how, str) else None


def _color(scene: NodeTranslation) -> str:
    """`255, 0, 0` as a color here; black where it is none."""
    parts = scene.words("pad_color", "").split(",")
    numbers = [int(part) for part in parts if part.strip().isdecimal() and int(part) < 256]
    return f"#{bytes(numbers).hex()}" if len(numbers) == len(parts) == 3 else "#000000"


def rotation(scene: NodeTranslation) -> Mapping[str, Any]:
    """A turn by quarters, clockwise."""
    angle = {"none": 0, "90 degrees": 90, "180 degrees": 180, "270 degrees": 270}.get(scene.words("rotation", "none"))
    if angle is None:
        raise UnreadableNode("its rotation is none of 90, 180 and 270 degrees")
    return {"angle": angle}


def flip(scene: NodeTranslation) -> Mapping[str, Any]:
    """A mirror: about the x axis it is upside down."""
    method = scene.words("flip_method", "")
    if not method.startswith(("x-axis", "y-axis")):
        raise UnreadableNode("its flip_method names no axis")
    return {"axis": "vertical" if method.startswith("x") else "horizontal"}


def combine_video(scene: NodeTranslation) -> list[object]:
    """Frames, and a sound under them. Only a clip's frames are a clip here."""
    clip = scene.made("images", "video")
    _keep_rate(scene, clip)
    if scene.inputs.get("pingpong") is True:
        takes = [("video", clip)]
        clip = scene.add("Transform", "video", {}, action="video.boomerang", label="To and fro", takes=takes)
    if scene.inputs.get("audio") is None:
        return [clip]
    try:
        sound = scene.made("audio", "audio")
    except UnreadableNode as unreadable:
        scene.remark(f"its sound is left out: {unreadable}")
        return [clip]
    takes = [("video", clip), ("audio", sound)]
    merged = scene.add("Transform", "video", {}, action="video.merge-audio-video", label="Lay sound", takes=takes)
    return [merged]


def _keep_rate(scene: NodeTranslation, made: Made) -> None:
    """Say of a number of frames how many a second are meant: only both together are a length."""
    params = scene.translation.nodes[made.node].params
    rate = scene.inputs.get("fps", scene.inputs.get("frame_rate"))
    if "num_frames" in params and type(rate) in {int, float} and 1 <= rate <= MOST_RATE:
        params.setdefault("fps", rate)


def combine_and_save(scene: NodeTranslation) -> list[object]:
    """A clip of frames and sound, which also ends the graph."""
    [clip] = combine_video(scene)
    assert isinstance(clip, Made)
    save(scene, clip)
    return [clip]


def output(*names: str) -> Handler:
    """An end: what arrives under the first of these names."""

    def handle(scene: NodeTranslation) -> list[object]:
        name = next((one for one in names if one in scene.inputs), names[0])
        written = scene.inputs.get(name)
        if name in {"source", "text"} and isinstance(written, str | int | float):
            scene.remark("it is left out: it shows what is written")
            return [written]
        made = scene.made(name, "image", "video", "audio", "text")
        _keep_rate(scene, made)
        save(scene, made)
        return [made]

    return handle


def save(scene: NodeTranslation, made: Made) -> None:
    """An end of the graph."""
    prefix = scene.inputs.get("filename_prefix")
    label = prefix.rpartition("/")[2] if isinstance(prefix, str) else ""
    takes = [("input", made)]
    scene.add("Output", made.data_type, {}, action="output.materialize", label=label or "Output", takes=takes)


def reroute(scene: NodeTranslation) -> list[object]:
    """A knee of a line."""
    return [next(iter(scene.inputs.values()), Missing("nothing leads to it"))]
