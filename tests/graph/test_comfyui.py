"""ComfyUI's workflows as graphs: what they become, what is told as not understood; nothing breaks it."""

from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.graph.comfyui_workflows import node, sampled, shown, told, wired
from wzrd.graph.comfyui.classes import CLASSES
from wzrd.graph.comfyui.reading import is_comfyui, read_comfyui
from wzrd.graph.file_format import BadGraphFile
from wzrd.graph.file_import import to_saved_graph
from wzrd.graph.reading import read_graph


def test_a_sampled_picture_is_one_node() -> None:
    """Checkpoint, prompts, canvas, sampler and decoder are an Image node; the saved file is an Output."""
    read = read_comfyui(sampled(), "lamp")
    assert shown(read) == {
        "image-3": (
            "Image",
            {
                "prompt": "a lighthouse at night",
                "negative_prompt": "text, watermark",
                "image_size": {"width": 1024, "height": 576},
                "num_inference_steps": 20,
                "guidance_scale": 8,
                "seed": 42,
            },
        ),
        "output-9": ("output.materialize", {}),
    }
    assert wired(read) == {("image-3", "output-9", "input")}
    assert (read.file.name, read.file.nodes[1].label) == ("lamp", "lamp")
    assert list(told(read)) == ["4"]
    assert "'sd_xl.safetensors' is not run here" in told(read)["4"]


def test_it_can_be_saved_and_read() -> None:
    """An imported workflow is a graph of ours."""
    saved = to_saved_graph(read_comfyui(sampled()).file, UUID(int=1))
    assert len(read_graph(saved.nodes, saved.edges).nodes) == 2


def test_texts_become_nodes() -> None:
    """Texts that reach a prompt are nodes and edges; one that reaches only a negative prompt is written into it."""
    read = read_comfyui(
        sampled(**{
            "6": node("CLIPTextEncode", text=["20", 0]),
            "7": node("CLIPTextEncode", text=["22", 0]),
            "20": node("StringConcatenate", string_a=["21", 0], string_b="at night", delimiter=", "),
            "21": {**node("PrimitiveString", value="a lighthouse"), "_meta": {"title": "Subject"}},
            "22": node("StringReplace", string="dull, text", find="dull", replace="grey"),
        })
    )  # fmt: skip
    assert {("text-21", "text-20-4", "text_1"), ("text-20-4", "image-3", "prompt")} <= wired(read)
    assert shown(read)["text-20-4"] == ("text.concat", {"separator": ", "})
    assert "prompt" not in shown(read)["image-3"][1]
    assert shown(read)["image-3"][1]["negative_prompt"] == "grey, text"
    assert {one.label for one in read.file.nodes if one.kind == "Text"} == {"Subject", "Text", "Join"}


@pytest.mark.parametrize(
    ("theirs", "action", "params"),
    [
        (node("ImageScale", width=64, height=32, crop="center"), "image.scale",
         {"width": 64, "height": 32, "mode": "crop"}),
        (node("ImageScale", width=64, height=0, crop="disabled"), "image.scale", {"width": 64, "mode": "stretch"}),
        (node("ResizeAndPadImage", target_width=64, target_height=32, padding_color="white"), "image.scale",
         {"width": 64, "height": 32, "mode": "pad", "backgroundColor": "#ffffff"}),
        (node("ImageResizeKJv2", width=64, height=32, keep_proportion="pad", pad_color="255, 128, 0"), "image.scale",
         {"width": 64, "height": 32, "mode": "pad", "backgroundColor": "#ff8000"}),
        (node("ImageResizeKJ", width=64, height=32, keep_proportion=False, crop="center"), "image.scale",
         {"width": 64, "height": 32, "mode": "crop"}),
        (node("ImageResize+", width=64, height=32, method="fill / crop", condition="always"), "image.scale",
         {"width": 64, "height": 32, "mode": "crop"}),
        (node("ImageCrop", width=64, height=32, x=1, y=2), "image.crop",
         {"width": 64, "height": 32, "x": 1, "y": 2}),
        (node("ImageRotate", rotation="270 degrees"), "image.rotate", {"angle": 270}),
        (node("ImageFlip", flip_method="x-axis: vertically"), "image.flip", {"axis": "vertical"}),
        (node("ImageFlip", flip_method="y-axis: horizontally"), "image.flip", {"axis": "horizontal"}),
        (node("ImageInvert"), "image.color-filter", {"filter": "invert"}),
        (node("ImageBlur", blur_radius=5, sigma=1.0), "image.blur", {"mode": "gaussian", "amount": 5}),
        (node("RepeatImageBatch", amount=3), "image.duplicate", {"copies": 3}),
    ],
)  # fmt: skip
def test_tools(theirs: dict[str, Any], action: str, params: dict[str, Any]) -> None:
    """An edit of a picture is done by the local tool that does the same."""
    load, tool = (
        node("LoadImage", image="lamp.png [input]"),
        {**theirs, "inputs": {**theirs["inputs"], "image": ["1", 0]}},
    )
    read = read_comfyui({"1": load, "2": tool, "3": node("PreviewImage", images=["2", 0])})
    assert shown(read)["upload-1"] == ("image.upload", {"file": "lamp.png"})
    assert shown(read)["transform-2"] == (action, params)
    assert wired(read) == {("upload-1", "transform-2", "image"), ("transform-2", "output-3", "input")}
    assert not read.not_understood


def test_a_picture_drawn_over_and_enlarged() -> None:
    """The picture that a sampler begins with is a reference, and its strength the share that is drawn over."""
    second = node("KSampler", seed=1, steps=9, cfg=5, denoise=0.5, positive=["6", 0], negative=["7", 0],
                  latent_image=["11", 0])  # fmt: skip
    read = read_comfyui(
        sampled(**{
            "10": second,
            "11": node("LatentUpscaleBy", samples=["3", 0], scale_by=1.5),
            "8": node("VAEDecode", samples=["10", 0]),
        })
    )  # fmt: skip
    params = shown(read)["image-10"][1]
    assert (params["strength"], params["image_size"]) == (0.5, {"width": 1536, "height": 864})
    assert ("image-3", "image-10", "reference") in wired(read)


@pytest.mark.parametrize(
    ("how", "size"),
    [
        ({"class": "ImageResizeKJv2", "keep_proportion": "stretch"}, True),
        ({"class": "ImageResizeKJv2", "keep_proportion": "resize"}, False),
        ({"class": "ImageResizeKJ", "keep_proportion": True}, False),
        ({"class": "ImageResize+", "method": "keep proportion", "condition": "always"}, False),
        ({"class": "ImageResize+", "method": "stretch", "condition": "downscale if bigger"}, False),
        ({"class": "ImageScaleBy", "scale_by": 0.5}, False),
    ],
)
def test_a_first_picture_that_is_resized(how: dict[str, Any], size: bool) -> None:
    """The clip begins with it; what depends on the picture's own size is left out, and told."""
    name = how.pop("class")
    sides: dict[str, Any] = {"width": ["2", 1], "height": ["2", 2]} if name != "ImageScaleBy" else {}
    read = read_comfyui(
        sampled(**{
            "1": node("LoadImage", image="first.png"),
            "2": node(name, image=["1", 0], width=832, height=480, **how),
            "5": node("WanImageToVideo", length=81, positive=["6", 0], negative=["7", 0], start_image=["2", 0],
                      **sides),
            "3": node("KSampler", seed=1, steps=4, cfg=1, positive=["5", 0], negative=["5", 1], latent_image=["5", 2]),
        })
    )  # fmt: skip
    params = shown(read)["video-3"][1]
    assert params["num_frames"] == 81
    assert ("2" in told(read)) is not size
    begins = "transform-2" if size else "upload-1"
    assert (begins, "video-3", "image") in wired(read)


def test_a_clip_with_sound() -> None:
    """A sampler with frames is a Video node; its first picture is an input, its sound is laid under it."""
    read = read_comfyui(
        sampled(**{
            "1": node("LoadImage", image="first.png"),
            "2": node("LoadAudio", audio="rain.mp3"),
            "5": node("WanImageToVideo", width=832, height=480, length=81, positive=["6", 0], negative=["7", 0],
                      start_image=["1", 0]),
            "3": node("KSampler", seed=1, steps=4, cfg=1, positive=["5", 0], negative=["5", 1], latent_image=["5", 2]),
            "9": node("VHS_VideoCombine", images=["8", 0], audio=["2", 0], frame_rate=16, pingpong=True),
        })
    )  # fmt: skip
    assert shown(read)["video-3"][0] == "Video"
    assert (shown(read)["video-3"][1]["num_frames"], shown(read)["video-3"][1]["fps"]) == (81, 16)
    assert wired(read) == {
        ("upload-1", "video-3", "image"),
        ("video-3", "transform-9", "video"),
        ("transform-9", "transform-9-4", "video"),
        ("upload-2", "transform-9-4", "audio"),
        ("transform-9-4", "output-9", "input"),
    }
    assert [shown(read)[name][0] for name in ("transform-9", "transform-9-4")] == [
        "video.boomerang",
        "video.merge-audio-video",
    ]


def test_parts_of_a_sampler() -> None:
    """Noise, guider and schedule are the same params, wherever they are written."""
    read = read_comfyui(
        sampled(**{
            "3": node("SamplerCustomAdvanced", noise=["12", 0], guider=["13", 0], sampler=["14", 0], sigmas=["15", 0],
                      latent_image=["5", 0]),
            "12": node("RandomNoise", noise_seed=["16", 0]),
            "13": node("BasicGuider", conditioning=["17", 0]),
            "14": node("KSamplerSelect", sampler_name="euler"),
            "15": node("BasicScheduler", steps=4, denoise=1),
            "16": node("PrimitiveInt", value=77),
            "17": node("FluxGuidance", conditioning=["6", 0], guidance=3.5),
        })
    )  # fmt: skip
    params = shown(read)["image-3"][1]
    assert (params["seed"], params["num_inference_steps"], params["guidance_scale"]) == (77, 4, 3.5)
    assert "negative_prompt" not in params


@pytest.mark.parametrize(
    ("more", "node_id", "reason"),
    [
        ({"8": node("FancyLoader", file="x")}, "8", "no node here is its equal"),
        ({"8": node("FancyLoader", file="x")}, "9", "node 8 (FancyLoader) was not understood"),
        ({"9": node("SaveImage", images=["99", 0])}, "9", "it refers to node 99, which is not there"),
        ({"9": node("SaveImage", images=["8", 7])}, "9", "output 7 of node 8 is not known"),
        ({"9": node("SaveImage", images="lamp.png")}, "9", "its input 'images' is no image"),
        ({"9": node("SaveImage", images=["6", 0])}, "9", "its input 'images' is no image"),
        ({"9": node("VHS_VideoCombine", images=["8", 0])}, "9", "its input 'images' is image, not video"),
        ({"5": node("EmptyLatentImage", width=9**9, height=1)}, "5", "'width' is no number from 16 to 16384"),
        ({"5": node("EmptyLatentImage", width=True, height=64)}, "5", "'width' is no number"),
        ({"6": node("CLIPTextEncode", text="x" * 200_000)}, "6", "200,000 characters"),
        ({"20": node("LoraLoader", model=["4", 0], clip=["4", 1])}, "20", "models here take none"),
        ({"5": node("VAEEncode", pixels=["8", 0])}, "5", "it is part of a cycle"),
        ({"8": node("ImageRotate", image=["8", 0])}, "8", "it is part of a cycle"),
    ],
)
def test_what_is_not_understood_is_told(more: dict[str, Any], node_id: str, reason: str) -> None:
    """By node and class, with the reason; the rest is imported."""
    other = {"40": node("LoadImage", image="x.png"), "41": node("PreviewImage", images=["40", 0])}
    read = read_comfyui(sampled(**{**other, **more}))
    assert reason in told(read)[node_id]
    assert "upload-40" in shown(read)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"1": node("FancyThing")}, r"has an equal here \(FancyThing\)"),
        ({"1": node("VAELoader", vae_name="x")}, "it makes nothing"),
        ({str(n): node("PrimitiveInt", value=n) for n in range(10_001)}, "10,001 nodes; 10,000 at most"),
        ({}, "no workflow"),
        ([], "no workflow"),
    ],
)
def test_what_is_refused(value: object, reason: str) -> None:
    """A workflow of which nothing would be left."""
    with pytest.raises(BadGraphFile, match=reason):
        read_comfyui(value)


@pytest.mark.parametrize(("held", "goes"), [({"seed": 5}, True), ({"seed": 5, "low": 1}, False), ({"path": 5}, False)])
def test_a_node_that_holds_one_value_hands_it_on(held: dict[str, Any], goes: bool) -> None:
    """Of a class that nobody knows: a seed, a number or a text, and nothing else, told either way."""
    read = read_comfyui(sampled(**{"3": sampled()["3"], "40": node("Seed (rgthree)", **held)}) | {
        "3": node("KSampler", **{**sampled()["3"]["inputs"], "seed": ["40", 0]})
    })  # fmt: skip
    assert (shown(read)["image-3"][1].get("seed") == 5) is goes
    assert "no node here is its equal" in told(read)["40"]


def test_which_files_are_meant() -> None:
    """Bare, as it is posted, and as the canvas saves it; our own files are not."""
    assert is_comfyui(sampled())
    assert is_comfyui({"prompt": sampled(), "client_id": "x"})
    assert is_comfyui({"nodes": [], "links": []})
    assert not is_comfyui({"nodes": [{"id": "a", "kind": "Image"}]})
    assert not is_comfyui([1])


@pytest.mark.parametrize(
    ("theirs", "first", "second", "more"),
    [
        ("StringConcatenate", "string_a", "string_b", {}),
        ("ConditioningCombine", "conditioning_1", "conditioning_2", {}),
        ("StringReplace", "string", "string", {"find": "x", "replace": "xx"}),
    ],
)
def test_texts_that_double_are_not_followed(theirs: str, first: str, second: str, more: dict[str, str]) -> None:
    """Sixty doublings of a hundred characters: told where it stops, in no time."""
    before: dict[str, Any] = {"text": {"class_type": "StringConstant", "inputs": {"string": "x" * 100}}}
    before["0"] = {"class_type": "CLIPTextEncode", "inputs": {"text": ["text", 0]}}
    last = "0" if theirs.startswith("Conditioning") else "text"
    for number in range(1, 61):
        link = [last, 0]
        before[last := str(number)] = {"class_type": theirs, "inputs": {first: link, second: link, **more}}
    before["shown"] = {"class_type": "PreviewAny", "inputs": {"source": ["text", 0]}}
    told = read_comfyui(before).not_understood
    assert (told[0].class_type, "100,000 at most" in told[0].reason) == (theirs, True)


def test_a_long_chain() -> None:
    """Thousands of nodes one behind the other."""
    chain = {str(n): node("ImageInvert", image=[str(n - 1), 0]) for n in range(1, 9_000)}
    read = read_comfyui({"0": node("LoadImage", image="x.png"), **chain})
    assert len(read.file.nodes) == 9_000


_LINK = st.tuples(st.sampled_from("abcdef"), st.integers(-1, 4)).map(list)
_VALUE = _LINK | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.lists(st.integers())
_NAMES = st.sampled_from(
    [
        "image",
        "images",
        "audio",
        "video",
        "samples",
        "latent_image",
        "positive",
        "negative",
        "text",
        "seed",
        "steps",
        "cfg",
        "width",
        "height",
        "value",
        "string_a",
        "delimiter",
        "conditioning",
        "guider",
        "sigmas",
        "noise",
        "pixels",
        "start_image",
        "length",
        "source",
        "file",
    ]
)
_NODE = st.fixed_dictionaries(
    {"class_type": st.sampled_from(sorted(CLASSES)) | st.text(max_size=5)},
    optional={"inputs": st.dictionaries(_NAMES, _VALUE, max_size=8) | _VALUE, "_meta": _VALUE},
)


@given(st.dictionaries(st.sampled_from("abcdef") | st.text(max_size=60), _NODE, max_size=8))
@settings(max_examples=300, deadline=None)
def test_nothing_breaks_it(value: dict[str, Any]) -> None:
    """Any nodes with any inputs: a graph that can be saved, or a refusal; every node that is left out is told."""
    read = None
    with suppress(BadGraphFile):
        read = read_comfyui(value)
    if read is None:
        return
    saved = to_saved_graph(read.file, UUID(int=1))
    assert len(read_graph(saved.nodes, saved.edges).nodes) == len(read.file.nodes)
