"""Nodes of classes that nobody here knows hand on what comes to them, to whoever says what it needs."""

from typing import Any

import pytest

from tests.graph.comfyui_workflows import node, sampled, shown, told, wired
from wzrd.graph.comfyui.reading import read_comfyui

WORDS, AGAINST = "a lighthouse at night", "text, watermark"
SIGNED: dict[str, Any] = {"positive": ["6", 0], "negative": ["7", 0]}
SAMPLER: dict[str, Any] = {"seed": 42, "steps": 20, "cfg": 8, "latent_image": ["5", 0]}
PIPE = {"20": node("ToBasicPipe", model=["4", 0], **SIGNED), "21": node("EditPipe", pipe=["20", 0]),
        "22": node("FromBasicPipe", pipe=["21", 0])}  # fmt: skip


@pytest.mark.parametrize(
    "more",
    [
        {**PIPE, "3": node("KSampler", positive=["22", 3], negative=["22", 4], **SAMPLER)},
        {"20": node("ControlNetOfTomorrow", image=["99", 0], **SIGNED),
         "3": node("KSampler", positive=["20", 0], negative=["20", 1], **SAMPLER)},
        {"20": node("PromptBox", positive=WORDS, negative=AGAINST),
         "3": node("KSampler", positive=["20", 0], negative=["20", 1], **SAMPLER)},
        {"20": node("TextBox", text=WORDS), "6": node("FancyEncode", clip=["4", 1], text=["20", 0])},
        {"3": node("FancySampler", **SIGNED, **SAMPLER), "8": node("FancyDecode", samples=["3", 0])},
        {**PIPE, "3": node("PipeSampler", pipe=["22", 0], **SAMPLER)},
        {"20": node("FancyGuider", cfg=8, **SIGNED), "21": node("FancySteps", steps=20),
         "22": node("FancyNoise", seed=42),
         "3": node("SamplerCustomAdvanced", guider=["20", 0], sigmas=["21", 0], noise=["22", 0],
                   latent_image=["5", 0])},
        {"5": node("FancyCanvas", width=1024, height=576)},
    ],
)  # fmt: skip
def test_the_same_picture_is_made(more: dict[str, Any]) -> None:
    """Through pipes, encoders, samplers and parts of them: prompt, negative prompt, size, seed and steps stay."""
    expected = shown(read_comfyui(sampled()))["image-3"][1]
    read = read_comfyui(sampled(**more))
    assert shown(read)["image-3"][1] == expected
    assert all("no node here is its equal" in told(read)[name] for name in more if name in {"20", "21", "22"})
    assert ("image-3", "output-9", "input") in wired(read)


def test_a_negative_prompt_is_never_the_prompt() -> None:
    """Of a node that only a positive one came to, nothing negative goes on."""
    one = node("FancyGuide", positive=["6", 0])
    read = read_comfyui(
        sampled(**{"20": one, "3": node("KSampler", positive=["20", 0], negative=["20", 1], **SAMPLER)})
    )
    assert "negative_prompt" not in shown(read)["image-3"][1]


@pytest.mark.parametrize(
    ("theirs", "end", "kind"),
    [
        (node("KlingTextToVideoNode", prompt=WORDS, duration="5"), node("SaveVideo", video=["1", 0]), "Video"),
        (node("FluxProUltra", prompt=WORDS, seed=7, aspect_ratio="16:9"), node("SaveImage", images=["1", 0]), "Image"),
        (node("ClaudeNode", prompt=WORDS, model="x"), node("CLIPTextEncode", text=["1", 0]), "Text"),
    ],
)
def test_what_a_partner_makes_by_a_prompt(theirs: dict[str, Any], end: dict[str, Any], kind: str) -> None:
    """The default model makes it here, by the same words; that is told with how another is named."""
    more = sampled(**{"6": end}) if kind == "Text" else {"2": end}
    read = read_comfyui({**more, "1": theirs})
    made, params = shown(read)[f"{kind.lower()}-1"]
    assert (made, params["prompt"]) == (kind, WORDS)
    assert "a `model` of the catalog" in told(read)["1"]


def test_what_only_asks_about_a_picture_makes_none() -> None:
    """A prompt alone does not say that something is made: it may say what is looked for."""
    looks = node("FindThings", image=["8", 0], prompt="face", threshold=0.3)
    odd = {"20": looks, "21": node("PreviewImage", images=["20", 0])}
    read = read_comfyui(sampled(**odd))
    assert set(shown(read)) == {"image-3", "output-9"}
    assert "20" in told(read)


def test_an_unknown_end_keeps_what_comes() -> None:
    """A saver that nobody knows is an output; a sound that nobody makes is left out of a clip, and told."""
    read = read_comfyui(sampled(**{"9": node("SaveImageAdvanced", images=["8", 0])}))
    assert ("image-3", "output-9", "input") in wired(read)
    clip = {"5": node("EmptyHunyuanLatentVideo", width=64, height=64, length=9), "20": node("FancySound", amount=1),
            "9": node("CreateVideo", images=["8", 0], audio=["20", 0])}  # fmt: skip
    read = read_comfyui(sampled(**clip))
    assert told(read)["9"] == "its sound is left out: node 20 (FancySound) was not understood"
    assert "video-3" in shown(read)


def test_a_chain_of_unknown_nodes_is_short_work() -> None:
    """Thousands behind one another, and pairs that double at each step, take no time and no stack."""
    chain: dict[str, Any] = {str(n): node("Fancy", image=[str(n - 1), 0]) for n in range(101, 1_500)}
    read = read_comfyui(
        sampled(**{"100": node("Fancy", image=["8", 0]), **chain, "9": node("SaveImage", images=["1499", 0])})
    )
    assert ("image-3", "output-9", "input") in wired(read)
    pairs: dict[str, Any] = {str(n): node("Fancy", a=[str(n - 1), 0], b=[str(n - 1), 0], positive=["6", 0])
                             for n in range(101, 200)}  # fmt: skip
    read = read_comfyui(
        sampled(**{"100": node("Fancy", text="x", model="y"), **pairs, "9": node("SaveImage", images=["199", 0])})
    )
    assert "9" in told(read)


def test_a_name_commands_no_terminal() -> None:
    """Ids, classes and reasons of a foreign workflow are printed: no escape sequence of theirs is."""
    read = read_comfyui(
        sampled(**{"20\x1b[2J": node("Fancy\x1b]0;x\x07", text=WORDS), "21": node("\x1b[31mOdd\u202e")})
    )
    said = " ".join(f"{one.node_id} {one.class_type} {one.reason}" for one in read.not_understood)
    assert "Fancy" in said
    assert said.isprintable()
