"""ComfyUI's canvas says what its API format says: what only the canvas knows is followed, opened, or told."""

from typing import Any

import pytest

from tests.graph.comfyui_workflows import sampled, shown, told, wired
from wzrd.graph.comfyui.reading import read_comfyui
from wzrd.graph.file_format import BadGraphFile


def drawn(kind: str, number: int, *values: Any, mode: int = 0, out: str = "*", **links: int | None) -> dict[str, Any]:
    """A node of the canvas; `links` come to its inputs, those in the names of its widgets are converted ones."""
    inputs = [
        {"name": name, "link": link, "type": name.upper()} | ({"widget": {"name": name}} if name in CONVERTED else {})
        for name, link in links.items()
    ]
    outputs = [{"type": one} for one in out.split()]
    return {
        "id": number, "type": kind, "mode": mode, "inputs": inputs, "outputs": outputs, "widgets_values": [*values],
    }  # fmt: skip


CONVERTED = ("seed", "text", "value")
FIRST: list[dict[str, Any]] = [
    drawn("CheckpointLoaderSimple", 4, "sd_xl.safetensors"),
    drawn("EmptyLatentImage", 5, 1024, 576, 1),
    drawn("CLIPTextEncode", 6, "a lighthouse at night", clip=3),
    drawn("CLIPTextEncode", 7, "text, watermark", clip=5),
    drawn("VAEDecode", 8, samples=7, vae=8),
    drawn("SaveImage", 9, "out/lamp", images=9),
]
LINKS: list[Any] = [
    [1, 4, 0, 3, 0, "MODEL"], [2, 5, 0, 3, 3, "LATENT"], [3, 4, 1, 6, 0, "CLIP"], [4, 6, 0, 3, 1, "CONDITIONING"],
    [5, 4, 1, 7, 0, "CLIP"], [6, 7, 0, 3, 2, "CONDITIONING"], [7, 3, 0, 8, 0, "LATENT"], [8, 4, 2, 8, 1, "VAE"],
    [9, 8, 0, 9, 0, "IMAGE"],
]  # fmt: skip
INTO: Any = {"model": 1, "positive": 4, "negative": 6, "latent_image": 2}
SEEDED: Any = {name: at for at, name in enumerate([*INTO, "seed"])}


def canvas(*nodes: dict[str, Any], links: list[Any] | None = None, subgraphs: Any = ()) -> dict[str, Any]:
    """The canvas that everybody begins with, with `nodes` in it; a later link of the same id takes the place of one."""
    return {"nodes": [*FIRST, *nodes], "links": LINKS + (links or []), "definitions": {"subgraphs": [*subgraphs]}}


SAMPLER = (20, 8, "euler", "normal", 1)
FOLLOWED = canvas(
    drawn("KSampler", 3, 7, "randomize", *SAMPLER, seed=12, **INTO),
    drawn("PrimitiveNode", 20, 42, "fixed"),
    drawn("SetNode", 21, "canvas", latent_image=15),
    drawn("GetNode", 22, "canvas"),
    drawn("LoraLoaderModelOnly", 23, "grain.safetensors", 1, mode=4, out="MODEL", model=14),
    drawn("Reroute", 24, conditioning=16),
    drawn("PreviewImage", 25, mode=2, images=9),
    drawn("MarkdownNote", 26, "for later"),
    links=[
        [12, 20, 0, 3, 4, "INT"], [15, 5, 0, 21, 0, "LATENT"], [2, 22, 0, 3, 3, "LATENT"], [14, 4, 0, 23, 0, "MODEL"],
        [1, 23, 0, 3, 0, "MODEL"], [16, 6, 0, 24, 0, "CONDITIONING"], [4, 24, 0, 3, 1, "CONDITIONING"],
    ],
)  # fmt: skip
CONTROL: dict[str, Any] = drawn(
    "ControlNetApplyAdvanced", 30, mode=4, out="CONDITIONING CONDITIONING", positive=4, negative=6
)
for one in CONTROL["inputs"]:
    one["type"] = "CONDITIONING"
BYPASSED = canvas(
    {**drawn("KSampler", 3, **INTO), "widgets_values_named": {"seed": 42, "steps": 20, "cfg": 8}},
    CONTROL,
    links=[[31, 30, 0, 3, 1, "CONDITIONING"], [32, 30, 1, 3, 2, "CONDITIONING"]],
)
BYPASSED["nodes"][-2]["inputs"][1]["link"], BYPASSED["nodes"][-2]["inputs"][2]["link"] = 31, 32
INNER = {
    "id": "5526b801",
    "inputs": [{"name": name, "linkIds": [at]} for name, at in SEEDED.items()],
    "outputs": [{"name": "LATENT", "linkIds": [7]}],
    "nodes": [
        drawn("KSampler", 3, 156, "increment", *SAMPLER, **SEEDED),
    ],
    "links": [
        *({"id": at, "origin_id": -10, "origin_slot": at, "target_id": 3, "target_slot": at} for at in range(5)),
        {"id": 7, "origin_id": 3, "origin_slot": 0, "target_id": -20, "target_slot": 0},
    ],
}
OPENED = [[7, 10, 0, 8, 0, "LATENT"]]
HOST = drawn("5526b801", 10, 42, out="LATENT", **INTO)
WITHIN = {**INNER, "id": "outer", "nodes": [{**HOST, "inputs": [{"name": name, "link": at} for at, name in
          enumerate(INTO)]}], "links": [*INNER["links"][:4], {"id": 7, "origin_id": 10, "origin_slot": 0}]}  # fmt: skip


@pytest.mark.parametrize(
    "told_there",
    [
        canvas(drawn("KSampler", 3, 42, True, *SAMPLER, **INTO)),
        FOLLOWED,
        BYPASSED,
        canvas(HOST, links=OPENED, subgraphs=[INNER]),
        canvas(
            {**HOST, "widgets_values": [42], "properties": {"proxyWidgets": [["3", "steps"], ["-1", "seed"]]}},
            links=OPENED,
            subgraphs=[INNER],
        ),
        canvas(drawn("outer", 10, out="LATENT", **INTO), links=OPENED, subgraphs=[INNER, WITHIN]),
    ],
    ids=["old", "followed", "bypassed", "subgraph", "shown", "nested"],
)
def test_the_canvas_is_the_workflow(told_there: dict[str, Any]) -> None:
    """One picture of the same words, size and seed, which a primitive or a subgraph's host may say."""
    (picture,) = [params for what, params in shown(read_comfyui(told_there)).values() if what == "Image"]
    (expected,) = [params for what, params in shown(read_comfyui(sampled())).values() if what == "Image"]
    assert picture == expected


def test_what_is_off_is_told() -> None:
    """Muted and bypassed nodes, a group node, an id that two nodes have; notes are nobody's loss."""
    read = read_comfyui(
        canvas(*FOLLOWED["nodes"][6:], drawn("workflow>mine", 30), drawn("SaveImage", 9), links=FOLLOWED["links"][9:])
    )
    reasons = told(read)
    assert "muted" in reasons["25"]
    assert "bypassed" in reasons["23"]
    assert "group node" in reasons["30"]
    assert "has its id" in reasons["9"]
    assert "26" not in reasons
    assert len(wired(read)) == 1


def test_a_subgraph_within_itself_ends() -> None:
    """Three of itself in each, and nothing else: refused at the bound, not when all are opened."""
    looped = {"id": "loop", "nodes": [drawn("loop", 1), drawn("loop", 2), drawn("loop", 3)], "links": []}
    with pytest.raises(BadGraphFile, match="at most are read"):
        read_comfyui({"nodes": [drawn("loop", number) for number in range(9)], "links": [],
                      "definitions": {"subgraphs": [looped]}})  # fmt: skip
