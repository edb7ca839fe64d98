"""Requests of a generator node's calls, and their results taken together."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from server.fakes.shapes import outputs_of
from tests.graph.graphs import node
from tests.models.test_output_counts import names, open_to_all, requests, values
from wzrd.domain.errors import BadRequest
from wzrd.graph.actions import work_of
from wzrd.graph.execution.generation import join_results
from wzrd.graph.payloads import Payload, ask_model, build_payload
from wzrd.graph.prices import choose_model
from wzrd.models.catalog import Model, load_catalog
from wzrd.models.output_counts import COUNTS

FLUX = "fal-ai/flux/dev"
INSTEAD = load_catalog().models["fal-ai/bytedance/seedream/v4.5/text-to-image"]


def asked_or_none(model: Model, payload: Payload, count: int) -> dict[str, Any] | None:
    """The inputs as they are sent; None where the vendor makes fewer at once, which is named."""
    try:
        return ask_model(model, payload, count).inputs
    except BadRequest as error:
        refused = error
    assert count > 1
    assert refused.details["field"] in COUNTS
    return None


@given(requests(), st.dictionaries(names, values, max_size=2))
@example({"prompt": "a lamp", "settings": {"num_images": "0000014"}}, {})
@example({"prompt": "a lamp", "settings": {"settings": {"num_images": 14}}}, {"num_images": 14})
def test_a_node_is_paid_for_what_its_model_is_asked_for(params: dict[str, Any], arrives: dict[str, Any]) -> None:
    """Its own params say how many, wherever they say it; what arrives from other nodes says nothing of it."""
    one = node(kind="Image", model=FLUX, **params)
    try:
        choice = choose_model(one, work_of(one), offline="never", obstacle=open_to_all)
    except BadRequest as error:
        refused = error
    else:
        payload = build_payload(one, arrives)
        for model in (choice.model, INSTEAD):
            asked = asked_or_none(model, payload, choice.count)
            if asked is None:
                continue
            assert outputs_of(model.endpoint_id, asked) == choice.count
            assert all(type(value) is int for name, value in asked.items() if name in COUNTS)
        return
    assert refused.details["field"]
    assert refused.details["nodeId"] == "n"


def test_a_batch_tells_who_stood_in() -> None:
    """Its result names the model that was asked for, and beside it the one that made it, where that is another."""
    one = {"type": "image", "url": "http://h/1.png", "urls": ["http://h/1.png"], "model": "asked-for"}
    assert "endpoint_model" not in join_results("map", [one, one])
    joined = join_results("map", [{**one, "endpoint_model": "stood-in"}, one])
    assert (joined["model"], joined["endpoint_model"]) == ("asked-for", "stood-in")
