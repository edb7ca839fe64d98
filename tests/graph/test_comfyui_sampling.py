"""Sampling as published workflows of ComfyUI's do it: shared by models, scheduled apart, by pictures."""

from typing import Any

import pytest

from tests.graph.comfyui_workflows import node, sampled, shown, told, wired
from wzrd.graph.comfyui.reading import read_comfyui
from wzrd.graph.file_format import BadGraphFile


def advanced(latent: str, *, first: bool, **more: Any) -> dict[str, Any]:
    """One half of a sampling that two models share."""
    half = {"start_at_step": 0, "end_at_step": 10} if first else {"start_at_step": 10, "end_at_step": 10_000}
    noise = {"add_noise": "enable", "return_with_leftover_noise": "enable"} if first else {"add_noise": "disable"}
    inputs = {"noise_seed": 7, "steps": 20, "cfg": 3.5, "positive": ["6", 0], "negative": ["7", 0], **half, **noise}
    return node("KSamplerAdvanced", **{**inputs, "latent_image": [latent, 0], **more})


@pytest.mark.parametrize("canvas", ["EmptyLatentImage", "EmptyHunyuanLatentVideo"])
def test_a_sampling_that_two_models_share_is_paid_once(canvas: str) -> None:
    """A base and its refiner, high noise and low: what goes on without new noise is the same picture or clip."""
    size = {"width": 832, "height": 480, "batch_size": 1, **({"length": 81} if "Video" in canvas else {})}
    read = read_comfyui(
        sampled(**{
            "3": advanced("5", first=True),
            "5": node(canvas, **size),
            "8": node("VAEDecode", samples=["30", 0]),
            "9": node("SaveAnimatedWEBP", images=["8", 0], filename_prefix="x", fps=16),
            "30": advanced("3", first=False),
        })
    )  # fmt: skip
    [made] = [one for one in read.file.nodes if one.kind in {"Image", "Video"}]
    assert (made.kind, made.params["num_inference_steps"]) == ("Video" if "Video" in canvas else "Image", 20)
    assert wired(read) == {(made.id, "output-9", "input")}
    assert "it does the last steps of the sampler before it" in told(read)["30"]


def test_a_sampler_that_begins_late_keeps_something_of_the_picture() -> None:
    """With new noise it is another generation over the one before."""
    read = read_comfyui(
        sampled(**{
            "8": node("VAEDecode", samples=["30", 0]),
            "30": advanced("3", first=False, add_noise="enable", start_at_step=15),
        })
    )  # fmt: skip
    assert shown(read)["image-30"][1]["strength"] == 0.25
    assert ("image-3", "image-30", "reference") in wired(read)


def test_a_schedule_of_its_own_and_a_seed_of_nobody() -> None:
    """SDXL Turbo and LTXV as their authors publish them; a seed from a node that nobody knows is told."""
    read = read_comfyui(
        sampled(**{
            "3": node("SamplerCustom", add_noise=True, noise_seed=["40", 0], cfg="1.5", positive=["6", 0],
                      negative=["7", 0], sampler=["14", 0], sigmas=["22", 0], latent_image=["5", 0]),
            "5": node("EmptyLatentImage", width="512", height=" 768 ", batch_size="1"),
            "14": node("KSamplerSelect", sampler_name="euler"),
            "22": node("SDTurboScheduler", steps="2", denoise=1),
            "40": node("SeedPicker", low=5, high=9),
        })
    )  # fmt: skip
    params = shown(read)["image-3"][1]
    assert (params["image_size"], params["num_inference_steps"]) == ({"width": 512, "height": 768}, 2)
    assert (params["guidance_scale"], "seed" in params) == (1.5, False)
    assert told(read)["3"] == "its noise_seed is left out: node 40 (SeedPicker) was not understood"


@pytest.mark.parametrize(
    ("theirs", "texts", "prompt", "left_out"),
    [
        ("CLIPTextEncodeSDXL", {"text_g": "a lighthouse", "text_l": "a lighthouse"}, "a lighthouse", ""),
        ("CLIPTextEncodeSDXL", {"text_g": "a lighthouse", "text_l": "film still"}, "a lighthouse", "its text_l is"),
        ("CLIPTextEncodeSD3", {"t5xxl": "", "clip_g": "a lamp", "clip_l": "a lamp"}, "a lamp", ""),
        ("CLIPTextEncodeFlux", {"clip_l": "lamp", "t5xxl": "a lamp", "guidance": 3}, "a lamp", "its clip_l is"),
    ],
)
def test_a_prompt_for_each_encoder(theirs: str, texts: dict[str, Any], prompt: str, left_out: str) -> None:
    """Here there is one; what is left out is told."""
    read = read_comfyui(sampled(**{"6": node(theirs, **texts)}))
    assert shown(read)["image-3"][1]["prompt"] == prompt
    assert told(read).get("6", "").startswith(left_out) or not left_out
    assert ("6" in told(read)) == bool(left_out)


def test_a_picture_to_go_by_and_one_that_is_set_in_motion() -> None:
    """An edit's picture is its reference; a picture without words becomes a clip."""
    edit = sampled(**{
        "1": node("LoadImage", image="lamp.png"),
        "2": node("FluxKontextImageScale", image=["1", 0]),
        "10": node("VAEEncode", pixels=["2", 0]),
        "11": node("ReferenceLatent", conditioning=["6", 0], latent=["10", 0]),
        "3": node("KSampler", seed=1, steps=4, cfg=1, positive=["11", 0], negative=["7", 0], latent_image=["10", 0]),
    })  # fmt: skip
    assert ("upload-1", "image-3", "reference") in wired(read_comfyui(edit))
    motion = sampled(**{
        "1": node("LoadImage", image="lamp.png"),
        "4": node("ImageOnlyCheckpointLoader", ckpt_name="svd.safetensors"),
        "5": node("SVD_img2vid_Conditioning", init_image=["1", 0], width=1024, height=576, video_frames=25, fps=6),
        "3": node("KSampler", seed=1, steps=20, cfg=2.5, positive=["5", 0], negative=["5", 1], latent_image=["5", 2]),
    })  # fmt: skip
    read = read_comfyui(motion)
    assert (shown(read)["video-3"][0], shown(read)["video-3"][1]["num_frames"]) == ("Video", 25)
    assert ("upload-1", "video-3", "image") in wired(read)


def test_pictures_that_a_text_encoder_sees() -> None:
    """An instruction and its pictures are one node; a second encoder without words is what is not to be shown."""
    read = read_comfyui(
        sampled(**{
            "1": node("LoadImage", image="lamp.png"),
            "2": node("LoadImage", image="coat.png"),
            "6": node("TextEncodeQwenImageEditPlus", prompt="she wears it", image1=["1", 0], image2=["2", 0]),
            "7": node("TextEncodeQwenImageEdit", prompt="", image=["1", 0]),
            "5": node("VAEEncode", pixels=["1", 0]),
        })
    )  # fmt: skip
    kind, params = shown(read)["image-3"]
    assert (kind, params["prompt"], "negative_prompt" in params) == ("Image", "she wears it", False)
    assert wired(read) >= {("upload-1", "image-3", "reference"), ("upload-2", "image-3", "reference")}


@pytest.mark.parametrize("has_picture", [True, False])
def test_an_empty_clip_that_a_picture_may_begin(has_picture: bool) -> None:
    """Its first picture is an input; how many frames a second are meant is said by who joins them."""
    start = {"start_image": ["1", 0]} if has_picture else {}
    read = read_comfyui(
        sampled(**{
            "1": node("LoadImage", image="first.png"),
            "5": node("Wan22ImageToVideoLatent", width=1280, height=704, length=121, batch_size=1, **start),
            "8": node("VAEDecode", samples=["3", 0]),
            "9": node("CreateVideo", images=["8", 0], fps=24.0),
            "10": node("SaveVideo", video=["9", 0]),
        })
    )  # fmt: skip
    kind, params = shown(read)["video-3"]
    assert (kind, params["num_frames"], params["fps"]) == ("Video", 121, 24.0)
    assert (("upload-1", "video-3", "image") in wired(read)) is has_picture


def test_a_size_that_an_unknown_node_makes() -> None:
    """It is left to the model, and told."""
    read = read_comfyui(sampled(**{"5": node("EmptyLatentImage", width=["40", 0], height=["40", 1])}))
    assert "image_size" not in shown(read)["image-3"][1]
    assert told(read)["5"].startswith("its size is left out: it refers to node 40")


def test_why_nothing_is_left() -> None:
    """A template that was not filled in: the value is named, and where it stands."""
    loras = {str(number): node("LoraLoader", model=["4", 0], clip=["4", 1]) for number in range(10, 13)}
    with pytest.raises(BadGraphFile, match=r"node 5 \(EmptyLatentImage\): its input 'width' is no number.* but '%W%'"):
        read_comfyui(sampled(**loras, **{"5": node("EmptyLatentImage", width="%W%", height=64)}))


def test_a_file_that_is_used_by_nothing_need_not_be_there() -> None:
    """A control picture is left out with what it controls, and told."""
    read = read_comfyui(
        sampled(**{
            "3": node("KSampler", seed=1, steps=4, positive=["13", 0], negative=["7", 0], latent_image=["5", 0]),
            "11": node("ControlNetLoader", control_net_name="depth.safetensors"),
            "12": node("LoadImage", image="depth.png"),
            "13": node("ControlNetApply", conditioning=["6", 0], control_net=["11", 0], image=["12", 0]),
        })
    )  # fmt: skip
    assert [one.id for one in read.file.nodes] == ["image-3", "output-9"]
    assert told(read)["12"] == "nothing that is imported uses it"


def test_a_model_that_enlarges() -> None:
    """The catalog's stands for the file of theirs, as often as its name says, and that is told."""
    for name, scale in (("4x-UltraSharp.pth", 4), ("RealESRGAN_x2plus.pth", 2), ("sharp.pth", None)):
        read = read_comfyui(
            sampled(**{
                "10": node("UpscaleModelLoader", model_name=name),
                "11": node("ImageUpscaleWithModel", upscale_model=["10", 0], image=["8", 0]),
                "9": node("SaveImage", images=["11", 0]),
            })
        )  # fmt: skip
        kind, params = shown(read)["image-11"]
        assert (kind, params["model"], params.get("scale")) == ("Image", "fal-ai/clarity-upscaler", scale)
        assert ("image-3", "image-11", "reference") in wired(read)
        assert "not run here: fal-ai/clarity-upscaler enlarges instead, and is paid" in told(read)["11"]


def test_a_picture_that_is_enlarged_and_not_drawn_over() -> None:
    """A picture that no second sampler goes over is scaled by a tool of this machine."""
    larger = node("LatentUpscale", samples=["3", 0], upscale_method="bilinear", width=2048, height=1152, crop="none")
    read = read_comfyui(sampled(**{"10": larger, "8": node("VAEDecode", samples=["10", 0])}))
    size = {"width": 2048, "height": 1152, "mode": "stretch"}
    assert shown(read)["transform-8"] == ("image.scale", size)
    assert ("image-3", "transform-8", "image") in wired(read)
    assert set(told(read)) == {"4"}


@pytest.mark.parametrize("way", ["VAEEncodeForInpaint", "SetLatentNoiseMask", "InpaintModelConditioning"])
def test_a_part_of_a_picture_is_drawn_anew(way: str) -> None:
    """The picture stays what the sampler goes by, though it may draw over all of it; that the mask is gone is told."""
    picture = {"10": node("LoadImage", image="room.png"), "12": node("LoadImageMask", image="mask.png", channel="red")}
    ways = {
        "VAEEncodeForInpaint": {"5": node(way, pixels=["10", 0], mask=["10", 1], grow_mask_by=6)},
        "SetLatentNoiseMask": {
            "11": node("VAEEncode", pixels=["10", 0]),
            "5": node(way, samples=["11", 0], mask=["12", 0]),
        },
        "InpaintModelConditioning": {
            "5": node(way, positive=["6", 0], negative=["7", 0], pixels=["10", 0], mask=["12", 0])
        },
    }
    output = 2 if way == "InpaintModelConditioning" else 0
    sampler = node("KSampler", seed=1, steps=20, cfg=8, denoise=1, positive=["6", 0], negative=["7", 0],
                   latent_image=["5", output])  # fmt: skip
    read = read_comfyui(sampled(**{**picture, **ways[way], "3": sampler}))
    assert ("upload-10", "image-3", "reference") in wired(read)
    assert "strength" not in shown(read)["image-3"][1]
    assert "its mask is left out" in told(read)["5"]
    assert "masks have no equal here" in told(read)["12"]


def test_a_control_picture_is_told_as_not_understood() -> None:
    """The sampler goes on by its words."""
    control = node("ControlNetApplyAdvanced", positive=["6", 0], negative=["7", 0], control_net=["10", 0],
                   image=["11", 0], strength=1)  # fmt: skip
    files = {"10": node("ControlNetLoader", control_net_name="canny"), "11": node("LoadImage", image="lines.png")}
    sampler = node("KSampler", seed=1, steps=20, cfg=8, denoise=1, positive=["12", 0], negative=["12", 1],
                   latent_image=["5", 0])  # fmt: skip
    read = read_comfyui(sampled(**{**files, "12": control, "3": sampler}))
    assert shown(read)["image-3"][1]["prompt"] == "a lighthouse at night"
    assert told(read)["12"].endswith("(models here take no control picture): the conditioning goes on as it came")
    assert "no node here is its equal" in told(read)["10"]


def test_a_batch_under_a_motion_model_is_one_clip() -> None:
    """AnimateDiff's sixteen pictures are its frames, however its model is handed on."""
    sampler = node("KSampler", seed=1, steps=20, cfg=8, denoise=1, model=["11", 0], positive=["6", 0],
                   negative=["7", 0], latent_image=["5", 0])  # fmt: skip
    read = read_comfyui(
        sampled(**{
            "3": sampler,
            "5": node("EmptyLatentImage", width=512, height=512, batch_size=16),
            "9": node("VHS_VideoCombine", images=["8", 0], frame_rate=8, filename_prefix="walk"),
            "10": node("ADE_AnimateDiffLoaderGen1", model=["4", 0], model_name="mm_sd_v15_v2.ckpt"),
            "11": node("LoraLoaderModelOnly", model=["10", 0], lora_name="x"),
        })
    )  # fmt: skip
    kind, params = shown(read)["video-3"]
    assert (kind, params["num_frames"], "num_images" in params) == ("Video", 16, False)
    assert ("video-3", "output-9", "input") in wired(read)
    assert "its motion model is not run here" in told(read)["10"]
