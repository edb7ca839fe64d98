"""Plans: what a run will do and cost, known before anything is done."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.graph.graphs import graph_of, row, wire
from wzrd.domain.errors import BadRequest, NotConfigured
from wzrd.domain.offline import Offline, name_obstacle
from wzrd.graph.batches import BatchTooLarge
from wzrd.graph.model import Graph
from wzrd.graph.planning import Find, Plan, plan
from wzrd.models.catalog import find_model
from wzrd.models.routing import MEDIA_DEFAULTS, TASK_DEFAULTS

U = "https://x/u.png"
PICTURE = {"type": "image", "url": U, "model": "m"}


def nothing(_node_id: str, _inputs: Mapping[str, Any]) -> None:
    """Nothing was made before."""


def made(results: Mapping[str, Mapping[str, Any]]) -> Find:
    """These nodes were made before, whatever they get."""
    return lambda node_id, _inputs: results.get(node_id)


def planned(graph: Graph, *, find: Find = nothing, keys: bool = True, offline: Offline = "auto", **more: Any) -> Plan:
    """The plan where everybody can be asked, or nobody."""

    def obstacle(provider: str, _media: str) -> str | None:
        return None if keys else name_obstacle(provider, has_key=False)

    return plan(graph, offline=offline, obstacle=obstacle, find=find, **more)


def told(one: Plan) -> str:
    """Words that say what every node does."""
    return " ".join(f"{node.id}:{node.doing}" for node in one.nodes.values())


def price(model_id: str) -> int:
    model = find_model(model_id)
    assert model is not None
    return model.credits


TEXT, IMAGE, EDIT = price(MEDIA_DEFAULTS["text"]), price(MEDIA_DEFAULTS["image"]), price(TASK_DEFAULTS["image-edit"])
I2V, T2V = price(TASK_DEFAULTS["image-to-video"]), price(TASK_DEFAULTS["video"])
FILM = graph_of(
    row("idea", "Text", actionId="text.enter", content="A cat on a roof"),
    row("shot", "Image"),
    row("clip", "Video", prompt="it jumps"),
    row("end", "Output"),
    edges=(wire("idea", "shot", "prompt"), wire("shot", "clip", "image"), wire("clip", "end", "input")),
)


def test_a_graph_that_was_never_made() -> None:
    """Everything runs, in order, each at its model's price: the clip gets a picture, so it is made from one."""
    one = planned(FILM)
    assert told(one) == "idea:inline shot:run clip:run end:inline"
    assert (one.credits, one.at_least) == (IMAGE + I2V, False)
    assert [one.nodes[key].why_not for key in ("idea", "shot", "clip")] == ["", "not_found", "inputs_unknown"]
    assert one.nodes["clip"].price.model == TASK_DEFAULTS["image-to-video"]
    assert one.nodes["idea"].result == {"type": "text", "data": "A cat on a roof", "action_id": "text.enter"}
    assert one.nodes["end"].result is None
    one.check()


def test_what_was_made_before_is_found_and_free() -> None:
    """With the inputs that it really gets; what follows can be found then, too."""
    asked: dict[str, Mapping[str, Any]] = {}

    def find(node_id: str, inputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        asked[node_id] = inputs
        return PICTURE if node_id == "shot" else None

    one = planned(FILM, find=find)
    assert told(one) == "idea:inline shot:cached clip:run end:inline"
    assert one.credits == I2V
    assert one.nodes["shot"].result == PICTURE
    assert asked["shot"]["prompt"] == "A cat on a roof"
    assert (asked["clip"]["image"], asked["clip"]["image_asset"]) == (U, PICTURE)
    assert one.nodes["clip"].why_not == "not_found"
    whole = planned(FILM, find=made({"shot": PICTURE, "clip": {"type": "video", "url": "https://x/v"}}))
    assert told(whole) == "idea:inline shot:cached clip:cached end:inline"
    assert whole.credits == 0
    assert whole.nodes["end"].result == {
        "type": "json", "data": {"input": "https://x/v"}, "artifacts": ["https://x/v"],
    }  # fmt: skip


KEPT = made({"shot": PICTURE, "clip": {"type": "video", "url": "https://x/v"}})


@pytest.mark.parametrize(
    ("use_cache", "named", "doing", "why"),
    [
        (None, (), "idea:inline shot:cached clip:cached end:inline", ["", ""]),
        (None, ("clip",), "idea:inline shot:cached clip:run end:inline", ["", "named"]),
        (None, ("shot",), "idea:inline shot:run clip:run end:inline", ["named", "inputs_unknown"]),
        (True, ("clip",), "idea:inline shot:cached clip:cached end:inline", ["", ""]),
        (False, (), "idea:inline shot:run clip:run end:inline", ["cache_off", "cache_off"]),
        (False, ("clip",), "idea:inline shot:run clip:run end:inline", ["cache_off", "cache_off"]),
    ],
)
def test_when_the_cache_is_read(use_cache: bool | None, named: Sequence[str], doing: str, why: list[str]) -> None:
    """Absent: everywhere but in the named nodes; true everywhere, false nowhere."""
    one = planned(FILM, find=KEPT, use_cache=use_cache, named=named)
    assert told(one) == doing
    assert [one.nodes[key].why_not for key in ("shot", "clip")] == why


def test_a_volatile_node_is_never_found() -> None:
    """Nor is what follows it."""
    graph = graph_of(row("a", "Image", prompt="p", seed="random"), row("b", "Video"), edges=(wire("a", "b", "image"),))
    one = planned(graph, find=made({"a": PICTURE, "b": PICTURE}), use_cache=True)
    assert told(one) == "a:run b:run"
    assert [node.why_not for node in one.nodes.values()] == ["volatile", "inputs_unknown"]


def test_a_batch_whose_size_is_known_is_priced_whole() -> None:
    """Words that are there are split there and then: ten styles are ten calls, and ten clips after them."""
    graph = graph_of(
        row("styles", "Text", actionId="text.split", text="oil\nink\nchalk"),
        row("picture", "Image"),
        row("clip", "Video", actionId="video.image-to-video"),
        edges=(wire("styles", "picture", "prompt"), wire("picture", "clip", "image")),
    )
    one = planned(graph)
    assert [one.nodes[key].price.calls for key in ("picture", "clip")] == [3, 3]
    assert (one.credits, one.at_least) == (3 * IMAGE + 3 * I2V, False)


def test_a_batch_whose_size_is_not_known_costs_at_least_one_call() -> None:
    """And so does whatever is made of it; `numImages` counts all the same."""
    graph = graph_of(
        row("writer", "Text", prompt="styles"),
        row("styles", "Transform", actionId="text.split"),
        row("picture", "Image", numImages=2),
        row("clip", "Video"),
        row("other", "Image", prompt="p"),
        edges=(wire("writer", "styles", "text"), wire("styles", "picture", "prompt"), wire("picture", "clip", "image")),
    )
    one = planned(graph)
    assert (one.credits, one.at_least) == (TEXT + 2 * IMAGE + I2V + IMAGE, True)
    assert [node.price.at_least for node in one.nodes.values()] == [False, False, False, True, True]


def test_several_pictures_at_once_are_so_many_calls_of_an_edit() -> None:
    """Of a node without an action they are one call's references."""
    pictures = [row(f"p{n}", "Upload", actionId="image.upload", url=f"{U}?{n}") for n in range(3)]
    edges = tuple(wire(f"p{n}", end, "image") for n in range(3) for end in ("edit", "plain"))
    graph = graph_of(
        *pictures,
        row("edit", "ImageEdit", actionId="image.edit", prompt="p"),
        row("plain", "Image", prompt="p"),
        edges=edges,
    )
    one = planned(graph)
    assert [one.nodes[key].price.credits for key in ("edit", "plain")] == [3 * EDIT, IMAGE]


def test_a_million_calls_are_refused_with_the_count_and_the_price() -> None:
    """Before anything is held."""
    words = "\n".join(str(number) for number in range(1000))
    graph = graph_of(
        row("a", "Text", actionId="text.split", text=words),
        row("b", "Text", actionId="text.split", text=words),
        row("all", "Image", batchPolicy="cartesian", actionId="image.generate"),
        edges=(wire("a", "all", "prompt"), wire("b", "all", "style")),
    )
    one = planned(graph)
    assert told(one) == "a:inline b:inline all:refused"
    assert one.nodes["all"].reason == (
        f"the batch makes 1,000,000 calls, which would cost {1_000_000 * IMAGE:,} credits; "
        "1,000 at most are made: give it shorter lists"
    )
    with pytest.raises(BatchTooLarge):
        one.check()


def test_what_cannot_be_done_fails_for_nothing_and_what_needs_it_is_skipped() -> None:
    """Unknown and unsupported actions, missing words; independent nodes run."""
    graph = graph_of(
        row("a", "Image", actionId="image.upscale", model="fal-ai/flux/dev"),
        row("b", "Video", prompt="p"),
        row("c", "Output"),
        row("d", "Image", actionId="image.depth-map"),
        row("e", "Image"),
        row("f", "ImageEdit"),
        row("g", "Text", prompt="p"),
        edges=(wire("a", "b", "image"), wire("b", "c")),
    )
    one = planned(graph)
    assert told(one).split() == ["a:fails", "d:fails", "e:fails", "f:fails", "g:run", "b:skipped", "c:skipped"]
    assert one.credits == TEXT
    assert one.nodes["c"].reason == "Upstream dependency failed"
    assert one.nodes["e"].reason == "Image generation requires a prompt. Please add a visual description."
    assert "no action is called 'image.upscale'" in (one.nodes["a"].reason or "")
    assert [node.id for node in one.doing("fails", "skipped")] == ["a", "d", "e", "f", "b", "c"]
    one.check()


def test_a_tool_that_is_told_nonsense_fails_for_nothing() -> None:
    """Its parameter is named, or the file that it lacks; one that makes several files leaves the number open."""
    graph = graph_of(
        row("v", "Upload", actionId="video.upload", url="https://x/v.mp4"),
        row("bad", "Transform", actionId="video.speed", speed=99),
        row("frames", "Transform", actionId="video.extract-frames"),
        row("paint", "ImageEdit", actionId="image.style-transfer", prompt="oil"),
        row("film", "Combine", actionId="video.stitch"),
        edges=(
            wire("v", "bad", "video"),
            wire("v", "frames", "video"),
            wire("frames", "paint", "image"),
            wire("v", "film"),
        ),
    )
    one = planned(graph)
    assert told(one) == "v:inline bad:fails frames:run film:fails paint:run"
    assert one.nodes["film"].reason == "video.stitch requires at least 2 video inputs, and has 1."
    assert "video.speed: speed must be a number from 0.1 to 16, not 99" in (one.nodes["bad"].reason or "")
    assert (one.credits, one.at_least) == (EDIT, True)


@pytest.mark.parametrize(
    ("kind", "params", "words"),
    [
        ("Transform", {"actionId": "image.scale", "width": "64px"}, "width must be a whole number"),
        ("Text", {"prompt": "{{image}}", "maxTokens": "many"}, "maxTokens must be a number"),
        ("Image", {}, "Image generation requires a prompt"),
    ],
)
def test_what_will_fail_is_told_before_what_it_waits_for_is_paid(kind: str, params: dict[str, Any], words: str) -> None:
    """A node's own params are known, whatever arrives."""
    graph = graph_of(row("a", "Image", prompt="p"), row("b", kind, **params), edges=(wire("a", "b", "image"),))
    one = planned(graph)
    assert told(one) == "a:run b:fails"
    assert words in (one.nodes["b"].reason or "")


@pytest.mark.parametrize("action", ["image.edit", "image.style-transfer", "asset.image-to-3d"])
def test_a_model_without_the_file_that_it_needs_fails_for_nothing(action: str) -> None:
    """It is told by the plan, and not priced; where the file is to be made, or is there, it runs."""
    alone = planned(graph_of(row("a", "Image", actionId=action, prompt="p")))
    assert (told(alone), alone.credits) == ("a:fails", 0)
    assert alone.nodes["a"].reason == "Selected Fal model requires an image input."
    assert told(planned(graph_of(row("a", "Image", actionId=action, prompt="p", image=U)))) == "a:run"
    made_first = graph_of(
        row("a", "Image", prompt="p"),
        row("b", "Image", actionId=action, prompt="p"),
        edges=(wire("a", "b", "image"),),
    )
    assert told(planned(made_first)) == "a:run b:run"


@pytest.mark.parametrize(
    ("params", "keys", "error", "words"),
    [
        ({"model": {"id": "fal-ai/flux/dev"}}, True, BadRequest, "model must be an id of the catalog, not \"{'id': "),
        ({"model": "fal-ai/fluxx"}, True, BadRequest, "no model is called 'fal-ai/fluxx': the nearest are"),
        ({"model": "llama-3.3-70b-versatile"}, True, BadRequest, "makes text, not image"),
        ({"numImages": 101}, True, BadRequest, "must be a whole number from 1 to 100"),
        ({"actionId": "asset.image-to-3d", "image": U}, False, NotConfigured, "fal-ai has no API key here"),
    ],
)
def test_a_node_that_cannot_be_asked_refuses_the_graph(
    params: dict[str, Any], keys: bool, error: type[Exception], words: str
) -> None:
    """With its reason; the plan tells it beside everything else."""
    one = planned(graph_of(row("a", "Image", prompt="p", **params), row("b", "Prompt", prompt="p")), keys=keys)
    assert told(one) == "a:refused b:inline"
    assert words in (one.nodes["a"].reason or "")
    with pytest.raises(error, match=words):
        one.check()


def test_without_a_key_animatic_mode_costs_nothing() -> None:
    """Pictures and clips are drawn here."""
    one = planned(FILM, keys=False)
    assert (told(one), one.credits) == ("idea:inline shot:run clip:run end:inline", 0)
    assert one.nodes["clip"].price.model == "animatic/video"


def test_a_file_that_is_paid_by_its_length_is_told_and_priced_once_measured() -> None:
    """The plan names the files to be measured; with their lengths a lip-sync has a price, without it is unknown."""
    clip, voice = "https://x/clip.mp4", "https://x/voice.mp3"
    params = {"actionId": "video.lipsync", "model": "fal-ai/sync-lipsync/v3", "video_url": clip, "audio_url": voice}
    graph = graph_of(row("lips", "Video", **params))
    bare = planned(graph)
    assert (told(bare), bare.files, bare.cost.most) == ("lips:run", {clip, voice}, None)
    assert planned(graph, lengths={clip: 30.0}).cost.most == 4
    assert planned(graph, lengths={voice: 30.0}).cost.most is None
