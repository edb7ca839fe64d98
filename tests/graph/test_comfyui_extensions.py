"""ComfyUI's nodes that choose and calculate, clips of its extensions, and filters that nobody here knows."""

from typing import Any

import pytest

from tests.graph.comfyui_workflows import node, sampled, shown, told, wired
from wzrd.graph.comfyui.reading import read_comfyui

LTX = {
    "1": node("LTXVGemmaEnhancePrompt", prompt=["2", 0], clip=["4", 1]),
    "2": node("PrimitiveStringMultiline", value="rain on a tin roof"),
    "3": node("CLIPTextEncode", text=["1", 0], clip=["4", 1]),
    "4": node("CheckpointLoaderSimple", ckpt_name="ltx.safetensors"),
    "5": node("CLIPTextEncode", text="blurry", clip=["4", 1]),
    "6": node("EmptyLTXVLatentVideo", width=768, height=512, length=["7", 1], batch_size=1),
    "7": node("ComfyMathExpression", expression="a * 24 + 1", **{"values.a": ["8", 0]}),
    "8": node("mxSlider", Xi=4, Xf=4.5, isfloatX=0),
    "9": node("LoadImage", image="roof.png"),
    "10": node("LTXVImgToVideoInplace", latent=["6", 0], image=["9", 0], vae=["4", 2], strength=1, bypass=False),
    "11": node("LTXVConcatAVLatent", video_latent=["10", 0], audio_latent=["99", 0]),
    "12": node("ManualSigmas", sigmas="1.0, 0.9, 0.7, 0.0"),
    "13": node("RandomNoise", noise_seed="randomize"),
    "14": node("CFGGuider", model=["4", 0], positive=["3", 0], negative=["5", 0], cfg=3),
    "15": node("SamplerCustomAdvanced", noise=["13", 0], guider=["14", 0], sigmas=["12", 0], latent_image=["11", 0]),
    "16": node("LTXVSeparateAVLatent", av_latent=["15", 0]),
    "17": node("LTXVLatentUpsampler", samples=["16", 0], vae=["4", 2]),
    "18": node("LTXVImgToVideoInplace", latent=["17", 0], image=["9", 0], vae=["4", 2], strength=1, bypass=False),
    "19": node("SamplerCustomAdvanced", noise=["13", 0], guider=["14", 0], sigmas=["12", 0], latent_image=["18", 0]),
    "20": node("LTXVSpatioTemporalTiledVAEDecode", latents=["19", 0], vae=["4", 2]),
    "21": node("FilmGrain", images=["20", 0], strength=0.2),
    "22": node("CreateVideo", images=["21", 0], fps=24),
    "23": node("SaveVideo", video=["22", 0], filename_prefix="roof"),
}
WAN = {
    "1": node("WanVideoTextEncode", positive_prompt="an old man takes off his hat", negative_prompt="bad"),
    "2": node("WanVideoEmptyEmbeds", width=832, height=480, num_frames=81),
    "3": node("WanVideoSampler", text_embeds=["1", 0], image_embeds=["2", 0], steps=10, cfg=6, shift=5, seed=123),
    "4": node("WanVideoDecode", samples=["3", 0]),
    "5": node("VHS_VideoCombine", images=["4", 0], frame_rate=16),
}


def test_a_clip_of_two_samplers_is_one_node() -> None:
    """LTX draws small, enlarges and draws on: here that is one model, which is paid once."""
    read = read_comfyui(LTX)
    kind, params = shown(read)["video-15"]
    assert kind == "Video"
    wanted = {"num_frames": 97, "negative_prompt": "blurry", "num_inference_steps": 3, "fps": 24}
    assert {name: params.get(name) for name in wanted} == wanted
    assert "seed" not in params
    assert {("upload-9", "video-15", "image"), ("text-2", "video-15", "prompt")} <= wired(read)
    assert [name for name, (kind, _) in shown(read).items() if kind == "Video"] == ["video-15"]
    assert "does the last steps" in told(read)["19"]
    assert told(read)["21"] == "no node here is its equal: the video goes on as it came"


@pytest.mark.parametrize("picture", [False, True])
def test_the_wan_wrappers_nodes(picture: bool) -> None:
    """Its own kinds of prompt, canvas and sampler; a first picture is taken along."""
    first = {"6": node("LoadImage", image="hat.png")}
    begins = {"2": node("WanVideoImageToVideoEncode", **WAN["2"]["inputs"], start_image=["6", 0])}
    read = read_comfyui(WAN | first | begins if picture else WAN)
    [(name, params)] = [(name, params) for name, (kind, params) in shown(read).items() if kind == "Video"]
    wanted = {"prompt": "an old man takes off his hat", "negative_prompt": "bad", "num_frames": 81, "seed": 123}
    assert {key: params.get(key) for key in wanted} == wanted
    assert (("upload-6", name, "image") in wired(read)) is picture


@pytest.mark.parametrize(
    ("chosen", "seed"),
    [
        (node("ComfySwitchNode", switch=True, on_true=5, on_false=6), 5),
        (node("LazySwitchKJ", switch=["41", 0], on_true=5, on_false=6), 6),
        (node("BooleanSwitchNode", state=False, on_true=5, on_false=6), 6),
        (node("ComfySwitchNode", switch=["99", 0], on_true=5, on_false=6), None),
        (node("Any Switch (rgthree)", any_01=["99", 0], any_02=7), 7),
        (node("CustomCombo", choice="12"), 12),
        (node("MathExpression|pysssss", expression="max(a, 3) * 2 - 1", a=4), 7),
        (node("MathExpression|pysssss", expression="-(7 // 2) % 5"), 2),
        (node("KSampler seed", seed="randomize"), None),
    ],
)
def test_what_is_chosen_or_calculated(chosen: dict[str, Any], seed: int | None) -> None:
    """It arrives where it is used; what cannot be known is left out of a seed, and told."""
    given = {**sampled()["3"]["inputs"], "seed": ["40", 0]}
    read = read_comfyui(
        sampled(**{"3": node("KSampler", **given), "40": chosen, "41": node("PrimitiveBoolean", value=False)})
    )
    assert shown(read)["image-3"][1].get("seed") == seed


@pytest.mark.parametrize(
    "expression",
    ["9**9**9", "__import__('os')", "a.b", "1/0", "(" * 150, "x" * 300, "1e300*1e300", "min()", "[1][0]",
     "1 if 1 else 2", "lambda: 1", "not 1", "~1", "", "'5'", "1e999", "f(1)", "-" * 199],
)  # fmt: skip
def test_an_expression_that_is_no_sum_is_told(expression: str) -> None:
    """Numbers, the four operations, and a few functions: nothing else is looked at."""
    given = {**sampled()["3"]["inputs"], "seed": ["40", 0]}
    calculates = node("MathExpression|pysssss", expression=expression, a=1)
    read = read_comfyui(sampled(**{"3": node("KSampler", **given), "40": calculates}))
    assert "40" in told(read)
    assert "seed" not in shown(read)["image-3"][1]


@pytest.mark.parametrize(
    ("more", "goes"),
    [
        ({"amount": 2, "mode": "soft"}, True),
        ({"prompt": "a dog"}, False),
        ({"positive": ["6", 0]}, True),
        ({"other": ["41", 0]}, False),
    ],
)
def test_a_filter_that_nobody_knows_lets_a_picture_through(more: dict[str, Any], goes: bool) -> None:
    """Where one picture that was made here is all that comes to it. What may make another by words hands on nothing."""
    read = read_comfyui(
        sampled(**{"41": node("LoadImage", image="x.png"), "40": node("FancySharpen", image=["8", 0], **more),
                   "9": node("SaveImage", images=["40", 0])})
    )  # fmt: skip
    assert (("image-3", "output-9", "input") in wired(read)) is goes
    assert "no node here is its equal" in told(read)["40"]


def test_frames_are_not_resized_one_by_one() -> None:
    """A picture's tools are for pictures here: a clip goes on as it came, and that is told."""
    read = read_comfyui(WAN | {"7": node("ImageScale", image=["4", 0], width=64, height=64, crop="center"),
                               "5": node("VHS_VideoCombine", images=["7", 0], frame_rate=16)})  # fmt: skip
    assert "the video goes on as it came" in told(read)["7"]
    assert [kind for kind, _ in shown(read).values() if kind == "Video"] == ["Video"]
