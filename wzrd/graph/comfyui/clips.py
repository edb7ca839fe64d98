"""Clips as ComfyUI and its extensions LTXVideo and WanVideoWrapper put them together."""

from dataclasses import replace

from wzrd.graph.comfyui.sampling import (
    MOST_FRAMES,
    MOST_STEPS,
    as_one,
    sides_of,
)
from wzrd.graph.comfyui.values import (
    Conditioning,
    Latent,
    NodeTranslation,
    Schedule,
    UnreadableNode,
)


def svd(scene: NodeTranslation) -> list[object]:
    """A picture that is set in motion, without words."""
    picture = scene.made("init_image", "image")
    frames = scene.whole("video_frames", 14, least=1, most=MOST_FRAMES)
    return [Conditioning(images=(picture,)), Conditioning(), Latent(*sides_of(scene), frames=frames)]


def in_place(scene: NodeTranslation) -> list[object]:
    """A picture put at the beginning of a clip that is empty; of one that was sampled it is the same picture again."""
    latent = scene.get("latent", Latent)
    if scene.inputs.get("bypass") is True or latent.sampled:
        return [latent]
    return [replace(latent, made=scene.made("image", "image"), masked=True)]


def guided(scene: NodeTranslation) -> list[object]:
    """A picture that a clip goes by: here it begins with it."""
    positive, latent = scene.get("positive", Conditioning), scene.get("latent", Latent)
    if not latent.sampled:
        positive = replace(positive, images=(*positive.images, scene.made("image", "image")))
    return [positive, scene.get("negative", Conditioning), latent]


def sigmas(scene: NodeTranslation) -> list[object]:
    """A schedule that is written out, from the noise that it begins with to none."""
    try:
        levels = [float(one) for one in scene.words("sigmas").split(",") if one.strip()]
    except ValueError:
        levels = []
    if not 2 <= len(levels) <= MOST_STEPS:
        raise UnreadableNode(f"its input 'sigmas' is no list of 2 to {MOST_STEPS:,} numbers")
    return [Schedule(len(levels) - 1, min(1.0, max(0.0, levels[0])))]


def empty_sound(scene: NodeTranslation) -> list[object]:
    """A sound of so many seconds."""
    return [Latent(seconds=scene.number("seconds", 120, least=0.5, most=600))]


def song(scene: NodeTranslation) -> list[object]:
    """Words that say how a song is to be, and those that are sung."""
    return [Conditioning(as_one(scene, [scene.text(name, "") for name in ("tags", "lyrics")], "\n\n"))]
