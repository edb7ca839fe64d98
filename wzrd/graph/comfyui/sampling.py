"""Sampling by hand as ComfyUI's nodes do it: checkpoints, conditioning, latents, samplers, decoders."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from wzrd.graph.comfyui.media import join
from wzrd.graph.comfyui.values import (
    CheckpointName,
    Conditioning,
    Guider,
    Handler,
    Latent,
    Made,
    Missing,
    Motion,
    NodeTranslation,
    Noise,
    Schedule,
    UnreadableNode,
    check_length,
)

MOST_PIXELS, MOST_FRAMES, MOST_STEPS, MOST_COUNT = 16_384, 100_000, 1_000, 100
_GOES_ON = "it does the last steps of the sampler before it: one node here does all of them, by its prompt"
SAMPLED_FROM = 0.999
"""A sampler that draws over less than this share keeps something of the picture before it."""


def checkpoint(scene: NodeTranslation) -> list[object]:
    """Models of theirs are files; ours are the catalog's."""
    names = (scene.inputs.get(name) for name in ("ckpt_name", "unet_name", "model_name"))
    name = next((name for name in names if isinstance(name, str)), "")
    scene.remark(f"{name[:80]!r} is not run here: give the nodes it made a `model` of the catalog, or take the default")
    return [CheckpointName(name)]


def motion(scene: NodeTranslation) -> list[object]:
    """AnimateDiff: a checkpoint that moves."""
    scene.remark("its motion model is not run here: the pictures of the batch are one clip, by a model of the catalog")
    return [Motion()]


def encode(name: str, *others: str) -> Handler:
    """A text that a sampler is to show; of several for several encoders the first that says something."""

    def handle(scene: NodeTranslation) -> list[object]:
        texts = {one: scene.text(one, "") for one in (name, *others) if one in scene.inputs or one == name}
        words = {one: text if isinstance(text, str) else text.text for one, text in texts.items()}
        chosen = next((one for one in texts if words[one].strip() or not isinstance(texts[one], str)), name)
        for one in texts:
            if words[one].strip() not in {"", words[chosen].strip()}:
                scene.remark(f"its {one} is left out: models here take one prompt, and {chosen} is it")
        return [Conditioning(texts[chosen], guidance=_maybe(scene, "guidance"))]

    return handle


def encode_pictures(*names: str) -> Handler:
    """A text that says what is to become of pictures."""

    def handle(scene: NodeTranslation) -> list[object]:
        pictures = [scene.made(name, "image") for name in names if scene.inputs.get(name) is not None]
        return [Conditioning(scene.text("prompt", ""), tuple(pictures))]

    return handle


def referring(scene: NodeTranslation) -> list[object]:
    """A picture that a sampler is to go by, beside the words."""
    conditioning, latent = scene.get("conditioning", Conditioning), scene.get("latent", Latent)
    if latent.made is None:
        raise UnreadableNode("nothing is in its latent")
    return [replace(conditioning, images=(*conditioning.images, latent.made))]


def _maybe(scene: NodeTranslation, name: str) -> float | None:
    return scene.number(name) if isinstance(scene.inputs.get(name), int | float) else None


def guidance(scene: NodeTranslation) -> list[object]:
    """Conditioning with a `guidance`: how closely a sampler follows."""
    return [replace(scene.get("conditioning", Conditioning), guidance=scene.number("guidance"))]


def joined(first: str, second: str) -> Handler:
    """Two conditionings as one."""

    def handle(scene: NodeTranslation) -> list[object]:
        left, right = (scene.get(name, Conditioning) for name in (first, second))
        text = as_one(scene, (left.text, right.text), ", ")
        return [Conditioning(text, tuple(dict.fromkeys(left.images + right.images)), left.guidance)]

    return handle


def as_one(scene: NodeTranslation, texts: Sequence[str | Made], separator: str) -> str | Made:
    """Texts as one text; what is yet to be written is joined when it is."""
    given = [text for text in texts if text]
    if len(given) == 1:
        return given[0]
    if any(isinstance(text, Made) and not text.text for text in given):
        return join(scene, given, separator)
    words = separator.join(text.text if isinstance(text, Made) else text for text in given)
    check_length(len(words))
    return words


def empty_latent(scene: NodeTranslation) -> list[object]:
    """A canvas of a node's size and count; with a length, a clip of so many frames."""
    frames = _known(scene, "length", MOST_FRAMES) if "length" in scene.inputs else None
    count = _known(scene, "batch_size", MOST_COUNT) if "batch_size" in scene.inputs else 1
    return [Latent(*sides_of(scene), count=count, frames=frames)]


def _known(scene: NodeTranslation, name: str, most: int) -> int:
    """A number of pictures; one that an unknown node makes is left to the model, as 0, and told."""
    if isinstance(given := scene.find(name, float), Missing | Made):
        scene.remark(f"its {name} is left out: {given.reason if isinstance(given, Missing) else 'it is no number'}")
        return 0
    return scene.whole(name, least=1, most=most)


def sides_of(scene: NodeTranslation) -> tuple[int | None, int | None]:
    """Width and height; a size that an unknown node makes is left to the model, and told."""
    for name in ("width", "height"):
        if isinstance(given := scene.find(name, float), Missing | Made):
            why = given.reason if isinstance(given, Missing) else "it is another picture's"
            scene.remark(f"its size is left out: {why}")
            return None, None
    width, height = (scene.whole(name, 512, least=16, most=MOST_PIXELS) for name in ("width", "height"))
    return width, height


def encode_image(scene: NodeTranslation) -> list[object]:
    """A picture as what a sampler begins with."""
    return [Latent(made=scene.made("pixels", "image", "video"))]


_MASKED = "its mask is left out: the whole picture is drawn over, by the prompt"


def inpainted(scene: NodeTranslation) -> list[object]:
    """A picture of which a sampler is to draw a part anew."""
    scene.remark(_MASKED)
    return [Latent(made=scene.made("pixels", "image"), masked=True)]


def masked_latent(scene: NodeTranslation) -> list[object]:
    """Latent that a sampler begins with, of which it is to draw a part anew."""
    scene.remark(_MASKED)
    return [replace(scene.get("samples", Latent), masked=True, sampled=False)]


def inpainting(scene: NodeTranslation) -> list[object]:
    """Latent of a picture to draw anew, with its conditioning, for models that were made for it."""
    [latent] = inpainted(scene)
    return [scene.get("positive", Conditioning), scene.get("negative", Conditioning), latent]


def scaled_latent(scene: NodeTranslation) -> list[object]:
    """A canvas of another size."""
    latent = scene.get("samples", Latent)
    if "scale_by" in scene.inputs:
        factor = scene.number("scale_by", least=0.01, most=64)
        sides = (latent.width and round(latent.width * factor), latent.height and round(latent.height * factor))
    else:
        sides = tuple(scene.whole(name, most=MOST_PIXELS) or None for name in ("width", "height"))
    return [replace(latent, width=sides[0], height=sides[1], sampled=False, scaled=latent.made is not None)]


def _begins(scene: NodeTranslation) -> Latent:
    """Latent that a sampler begins with; under a motion model a batch is a clip of so many frames."""
    latent = scene.get("latent_image", Latent)
    if isinstance(scene.find("model", Motion), Motion) and latent.frames is None:
        return replace(latent, frames=latent.count, count=1)
    return latent


def sample(scene: NodeTranslation) -> list[object]:
    """A sampler, whether it takes everything itself or its guider, schedule and noise are parts of their own."""
    latent = _begins(scene)
    if latent.sampled and scene.inputs.get("add_noise") == "disable":
        scene.remark(_GOES_ON)
        return [latent]
    made = sampled(scene, latent, _guider(scene), _schedule(scene), _seed(scene))
    return [made, made]


def _seed(scene: NodeTranslation) -> int | None:
    if "noise" in scene.inputs:
        return scene.get("noise", Noise).seed
    return scene.seed("noise_seed" if "noise_seed" in scene.inputs else "seed")


def _guider(scene: NodeTranslation) -> Guider:
    if "guider" in scene.inputs:
        return scene.get("guider", Guider)
    positive, negative = (scene.get(name, Conditioning) for name in ("positive", "negative"))
    return Guider(positive, negative, scene.number("cfg", 7.0, least=0))


def _schedule(scene: NodeTranslation) -> Schedule:
    if "sigmas" in scene.inputs:
        return scene.get("sigmas", Schedule)
    steps = scene.whole("steps", 20, least=1, most=MOST_STEPS)
    left = max(0, steps - scene.whole("start_at_step", 0)) / steps
    return Schedule(steps, min(scene.number("denoise", 1.0, least=0, most=1), left))


def sampled(scene: NodeTranslation, latent: Latent, guider: Guider, schedule: Schedule, seed: int | None) -> Latent:
    """The one node here that all of a sampler's nodes are."""
    if latent.sampled and latent.frames is not None:
        scene.remark(_GOES_ON)
        return latent
    positive, negative = guider.positive, guider.negative.words.strip()
    texts = [("prompt", positive.text)] if isinstance(positive.text, Made) else []
    words = positive.text if isinstance(positive.text, str) and positive.text else None
    if latent.seconds is not None:
        sound = {"prompt": words, "duration": latent.seconds}
        made = scene.add("Audio", "audio", sound, action="audio.music", label="Sound", takes=texts)
        return replace(latent, made=made, sampled=True)
    before = [latent.made] if latent.made and (latent.masked or schedule.denoise < SAMPLED_FROM) else []
    is_clip = latent.frames is not None or (latent.made is not None and latent.made.data_type == "video")
    size = {"width": latent.width, "height": latent.height} if latent.width and latent.height else None
    params: dict[str, Any] = {
        "prompt": words,
        "negative_prompt": negative or None,
        "image_size": size,
        "num_images": latent.count if latent.count > 1 and not is_clip else None,
        "num_frames": latent.frames or None,
        "num_inference_steps": schedule.steps,
        "guidance_scale": positive.guidance if positive.guidance is not None else guider.scale,
        "seed": seed,
        "strength": schedule.denoise if before and schedule.denoise < SAMPLED_FROM else None,
    }
    pictures = [("image" if is_clip else "reference", made) for made in dict.fromkeys((*before, *positive.images))]
    kind, label = ("Video", "Clip") if is_clip else ("Image", "Picture")
    made = scene.add(kind, kind.lower(), params, label=label, takes=[*texts, *pictures])
    return Latent(latent.width, latent.height, latent.count, latent.frames, made, sampled=True)


def decode(scene: NodeTranslation) -> list[object]:
    """The picture that was sampled, and enlarged since."""
    latent = scene.get("samples" if "samples" in scene.inputs else "latents", Latent)
    if latent.made is None:
        raise UnreadableNode("nothing was sampled")
    if not latent.scaled:
        return [latent.made]
    if not (latent.width and latent.height) or latent.made.data_type != "image":
        scene.remark("what it decodes was scaled: it goes on in its own size")
        return [latent.made]
    size = {"width": latent.width, "height": latent.height, "mode": "stretch"}
    takes = [("image", latent.made)]
    return [scene.add("Transform", "image", size, action="image.scale", label="Scale", takes=takes)]
