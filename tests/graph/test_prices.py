"""Prices of nodes: the catalog's price of what runs, times what they ask for; everything else is free."""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.graph.graphs import node
from wzrd.domain.errors import BadRequest
from wzrd.domain.offline import Offline, name_obstacle
from wzrd.graph.actions import work_of
from wzrd.graph.model import Node
from wzrd.graph.prices import choose_model
from wzrd.models.catalog import find_model
from wzrd.models.generation_choice import GenerationChoice
from wzrd.models.routing import MEDIA_DEFAULTS, TASK_DEFAULTS

T2V, I2V = TASK_DEFAULTS["video"], TASK_DEFAULTS["image-to-video"]


def choose(one: Node, *, offline: Offline = "auto", keys: bool = True, given: Iterable[str] = ()) -> GenerationChoice:
    """What a generator runs on where everybody can be asked, or nobody."""

    def obstacle(provider: str, _media: str) -> str | None:
        return None if keys else name_obstacle(provider, has_key=False)

    return choose_model(one, work_of(one), given=given, offline=offline, obstacle=obstacle)


def credits_of(model_id: str) -> int:
    """The catalog's price."""
    model = find_model(model_id)
    assert model is not None
    return model.credits


@pytest.mark.parametrize(
    ("kind", "params", "given", "model", "times"),
    [
        ("Text", {}, (), MEDIA_DEFAULTS["text"], 1),
        ("Prompt", {"model": "gmi/deepseek-r1"}, (), "gmi/deepseek-r1", 1),
        ("Image", {}, (), MEDIA_DEFAULTS["image"], 1),
        ("Image", {"model": " fal-ai/flux/dev "}, (), "fal-ai/flux/dev", 1),
        ("Image", {"model": "flux-dev"}, (), "fal-ai/flux/dev", 1),
        ("Image", {"numImages": 4}, (), MEDIA_DEFAULTS["image"], 4),
        ("Image", {"count": "3"}, (), MEDIA_DEFAULTS["image"], 3),
        ("Image", {"settings": {"num_images": 2}, "numImages": 3}, (), MEDIA_DEFAULTS["image"], 2),
        ("Image", {"settings_override": '{"num_images": 5}'}, (), MEDIA_DEFAULTS["image"], 5),
        ("Video", {}, (), T2V, 1),
        ("Video", {}, ("image",), I2V, 1),
        ("Audio", {}, (), MEDIA_DEFAULTS["audio"], 1),
        ("Transform", {"actionId": "audio.music"}, (), "elevenlabs-music", 1),
        ("ImageEdit", {"actionId": "image.edit"}, ("image",), TASK_DEFAULTS["image-edit"], 1),
        ("Model", {"actionId": "asset.image-to-3d"}, ("image",), MEDIA_DEFAULTS["3d"], 1),
        ("Video", {"model": "fal-ai/bytedance/seedance/v1/pro/text-to-video"}, (), None, 1),
    ],
)
def test_a_generator_costs_what_its_model_costs(
    kind: str, params: dict[str, Any], given: tuple[str, ...], model: str | None, times: int
) -> None:
    """Its own, else its action's, else its medium's; `/v1/` in an id makes nothing free."""
    told = choose(node(kind=kind, **params), given=given)
    assert told.model.id == (model or params["model"])
    assert told.credits == credits_of(told.model.id) * times > 0


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("Prompt", {"prompt": "p"}),
        ("ImageEdit", {"model": "fal-ai/flux/dev"}),
        ("Upload", {}),
        ("Transform", {"actionId": "image.rotate", "model": "fal-ai/flux/dev"}),
        ("Image", {"actionId": "image.rotate"}),
        ("Image", {"actionId": "image.upscale", "model": "fal-ai/flux/dev"}),
        ("Video", {"actionId": "video.object-detection", "model": "nobody"}),
        ("Model", {"model": "nobody"}),
        ("Text", {"actionId": "text.split"}),
    ],
)
def test_everything_else_is_free(kind: str, params: dict[str, Any]) -> None:
    """It asks no model, so a plan prices it at nothing: also what fails, and whatever model is named beside it."""
    assert not work_of(node(kind=kind, **params)).generates


def test_what_stands_in_is_free_and_what_cannot_run_says_so() -> None:
    """Animatic mode costs nothing; a text model without a provider keeps its price and obstacle."""
    free = choose(node(kind="Image"), keys=False)
    assert (free.credits, free.model.id) == (0, "animatic/image")
    assert free.fallback_reason == "no_credentials:fal-ai"
    text = choose(node(kind="Text"), keys=False)
    assert text.credits == 1
    assert text.obstacle == "no_credentials:groq"
    assert choose(node(kind="Image"), offline="always").credits == 0
    refused = choose(node(kind="Image"), offline="never", keys=False)
    assert (refused.credits, refused.model.id) == (credits_of(MEDIA_DEFAULTS["image"]), MEDIA_DEFAULTS["image"])


@pytest.mark.parametrize(
    ("kind", "params", "told"),
    [
        (
            "Image",
            {"model": "fal-ai/fluxx/dev"},
            "node 'n': no model is called 'fal-ai/fluxx/dev': the nearest are .*fal-ai/flux",
        ),
        ("Image", {"model": "x\x00y"}, "node 'n': model must be 1 to 200 printable characters"),
        ("Image", {"model": "llama-3.3-70b-versatile"}, "node 'n': 'llama-3.3-70b-versatile' makes text, not image"),
        ("Audio", {"model": "fal-ai/flux/dev"}, "makes image, not audio"),
        ("Image", {"numImages": 1000}, "node 'n': num_images must be a whole number from 1 to 100"),
        ("Image", {"settings": {"num_images": "0000014"}}, "num_images must be a whole number .*, not '0000014'"),
        ("Image", {"parameters": {"n": 14}}, "parameters.n is 14: give the number of outputs beside the prompt"),
        ("Image", {"settings": {"count": -1}}, "count must be a whole number"),
    ],
)
def test_what_names_no_model_is_refused(kind: str, params: dict[str, Any], told: str) -> None:
    """With the node, the value and the nearest ids."""
    with pytest.raises(BadRequest, match=told) as refused:
        choose(node(kind=kind, **params))
    assert refused.value.details["nodeId"] == "n"
