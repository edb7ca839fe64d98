"""Clips as ComfyUI and its extensions LTXVideo and WanVideoWrapper put them together."""

from dataclasses import replace

from wzrd.graph.comfyui.sampling import (
    MOST_FRAMES,
    MOST_STEPS,
    canvas_of,
    empty_latent,
    sampled,
    sides_of,
)
from wzrd.graph.comfyui.values import (
    Conditioning,
    Guider,
    Handler,
    Latent,
    NodeTranslation,
    Schedule,
    UnreadableNode,
)


def image_to_video(image: str, *others: str) -> Handler:
    """Nodes that hand conditioning and an empty clip to a sampler, and take a first picture; others are left out."""

    def handle(scene: NodeTranslation) -> list[object]:
        [latent] = empty_latent(scene)
        positive = scene.get("positive", Conditioning)
        if scene.inputs.get(image) is not None:
            positive = replace(positive, images=(*positive.images, scene.made(image, "image")))
        for other in others:
            if scene.inputs.get(other) is not None:
                scene.remark(f"its {other} is left out: clips here begin with a picture")
        return [positive, scene.get("negative", Conditioning), latent]

    return handle


def first_picture(scene: NodeTranslation) -> list[object]:
    """An empty clip that a picture may begin; the conditioning goes its own way."""
    if scene.inputs.get("start_image") is None:
        return empty_latent(scene)
    return [replace(canvas_of(scene), made=scene.made("start_image", "image"), masked=True)]


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


def wan_texts(scene: NodeTranslation) -> list[object]:
    """WanVideoWrapper's prompts, both in one."""
    return [Guider(Conditioning(scene.text("positive_prompt", "")), Conditioning(scene.text("negative_prompt", "")))]


def wan_canvas(scene: NodeTranslation) -> list[object]:
    """WanVideoWrapper's empty clip, which may begin with a picture."""
    frames = scene.whole("num_frames", 81, least=1, most=MOST_FRAMES)
    begins = scene.made("start_image", "image") if scene.inputs.get("start_image") is not None else None
    if scene.inputs.get("end_image") is not None:
        scene.remark("its end_image is left out: clips here begin with a picture")
    return [Latent(*sides_of(scene), frames=frames, made=begins, masked=begins is not None)]


def wan_sample(scene: NodeTranslation) -> list[object]:
    """WanVideoWrapper's sampler."""
    guider = replace(scene.get("text_embeds", Guider), scale=scene.number("cfg", 6.0, least=0))
    before = scene.inputs.get("samples")
    latent = before if isinstance(before, Latent) and before.sampled else scene.get("image_embeds", Latent)
    steps = scene.whole("steps", 30, least=1, most=MOST_STEPS)
    made = sampled(scene, latent, guider, Schedule(steps), scene.seed("seed"))
    return [made, made]
