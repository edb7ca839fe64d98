"""Payloads with which a generator node asks a model."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.graph.graphs import node
from wzrd.domain.errors import BadRequest
from wzrd.graph.batches import BatchTooLarge
from wzrd.graph.payloads import build_payload, call_inputs

U, V = "https://x/u.png", "https://x/v.png"


@pytest.mark.parametrize(
    ("params", "inputs", "made"),
    [
        ({"prompt": "a cat"}, {}, {"prompt": "a cat"}),
        ({}, {"prompt": "a cat", "seed": 7}, {"prompt": "a cat", "seed": 7}),
        ({"prompt": "p", "aspectRatio": "1:1", "seed": 3}, {"seed": 7},
         {"prompt": "p", "aspect_ratio": "1:1", "seed": 3}),
        ({"prompt": "p", "settings": {"seed": 4, "x": 1}, "settings_override": '{"x": 2}', "seed": 3}, {},
         {"prompt": "p", "seed": 4, "x": 2}),
        ({"prompt": "p", "model": "m", "actionId": "image.generate", "selectedModels": ["m"], "modelAuto": True,
          "useMultipleModels": False, "workflowType": "w", "batchPolicy": "map", "resolution": ""}, {},
         {"prompt": "p"}),
        ({"prompt": "p", "settings": {"settings": {"num_images": 50}, "x": 1, "settings_override": {"n": 9}}}, {},
         {"prompt": "p", "x": 1}),
        ({"prompt": "p"}, {"max_images": 9, "n": 9, "numVideos": 9}, {"prompt": "p"}),
        ({"prompt": "p"}, {"reference": U, "style": "x" * 300, "picture": {"type": "image"}, "reference_asset": {}},
         {"prompt": "p", "image_url": U, "image_urls": [U]}),
        ({"prompt": "p", "image_urls": [V]}, {"image": U}, {"prompt": "p", "image_url": U, "image_urls": [U, V]}),
        ({"prompt": "p", "shot": {"cameraBody": "B"}}, {}, {"prompt": "p. Shot on B.", "camera": {"body": "B"}}),
    ],
)  # fmt: skip
def test_an_images_payload(params: dict[str, Any], inputs: dict[str, Any], made: dict[str, Any]) -> None:
    """Inputs, params over them, settings over those; what tells of the node is left out, names are the models'."""
    assert build_payload(node(kind="Image", **params), inputs).inputs == made


def test_a_videos_payload() -> None:
    """A picture is where it begins; a clip and a sound have places of their own."""
    made = build_payload(node(kind="Video", prompt="p", duration="5"), {"image": U, "video": V, "audio": "https://x/a"})
    assert made.inputs == {
        "prompt": "p", "duration": "5", "image_url": U, "image_urls": [U], "start_image_url": U, "video_url": V,
        "audio_url": "https://x/a",
    }  # fmt: skip
    assert made.given == ("image", "video", "audio")


def test_a_sounds_payload() -> None:
    """Its words under both names; a lip-sync of files needs none."""
    made = build_payload(node(kind="Audio", prompt="hello", voiceId="v"), {})
    assert made.inputs == {"prompt": "hello", "text": "hello", "voice_id": "v"}
    assert "prompt" not in build_payload(node(kind="Video", actionId="video.lipsync"), {"video": V}).inputs


def test_a_texts_payload() -> None:
    """Messages, with what it sees and hears; the action says what is to be done."""
    made = build_payload(node(prompt="Say {{x}}", systemPrompt="Be short.", temperature=0), {"x": "hi", "image": U})
    assert made.inputs == {
        "messages": [
            {"role": "system", "content": "Be short."},
            {
                "role": "user",
                "content": [{"type": "text", "text": "Say hi"}, {"type": "image_url", "image_url": {"url": U}}],
            },
        ],
        "max_tokens": 1024,
        "temperature": 0,
    }
    summary = build_payload(node(actionId="text.summarize"), {"input": "long"}).inputs["messages"]
    assert summary[0]["content"].startswith("Summarise what you are given")
    assert summary[1]["content"] == "long"
    assert build_payload(node(prompt="p"), {}).inputs["messages"][0]["content"] == "You are a helpful assistant."


@pytest.mark.parametrize(
    ("kind", "params", "told"),
    [
        ("Image", {}, "^Image generation requires a prompt. Please add a visual description.$"),
        ("Image", {"prompt": " \x00 "}, "^Image generation requires a prompt."),
        ("Text", {}, "^Text generation requires a prompt.$"),
        ("Audio", {"prompt": ""}, "^Audio generation requires a prompt.$"),
        ("Image", {"prompt": "p", "settings": [1]}, "settings must be an object"),
        ("Image", {"prompt": "p", "settings_override": "{"}, "settings_override is no JSON"),
        ("Text", {"prompt": "p", "maxTokens": "nan"}, "maxTokens must be a number from 0 to 1,000,000, not 'nan'"),
        ("Text", {"prompt": "p", "maxTokens": "many"}, "maxTokens must be a number from 0 to 1,000,000, not 'many'"),
        ("Text", {"prompt": "p", "temperature": 3}, "temperature must be a number from 0 to 2"),
    ],
)
def test_what_cannot_be_asked_is_refused(kind: str, params: dict[str, Any], told: str) -> None:
    """Before anything is sent."""
    with pytest.raises(BadRequest, match=told):
        build_payload(node(kind=kind, **params), {})


@pytest.mark.parametrize(
    ("params", "inputs", "prompts"),
    [
        ({}, {"prompt": "a"}, ["a"]),
        ({}, {"prompt": ["a", "b"], "reference": [U, V]}, ["a", "b"]),
        ({"actionId": "image.generate"}, {"reference": [U, V], "prompt": ["a", "b"]}, ["a", "b"]),
        ({}, {"prompt": "a", "reference": [U, V]}, ["a"]),
        ({"actionId": "image.edit"}, {"prompt": "a", "image": [U, V]}, ["a", "a"]),
        ({"actionId": "image.edit", "batchPolicy": "single"}, {"prompt": "a", "image": [U, V]}, ["a"]),
        ({"batchPolicy": "zip"}, {"prompt": ["a", "b"], "image": [U, V]}, ["a", "b"]),
        ({"prompt": "a {{style}} cat"}, {"input": {"items": [{"style": "oil"}, {"style": "ink"}]}},
         ["a oil cat", "a ink cat"]),
    ],
)  # fmt: skip
def test_the_calls_of_a_batch(params: dict[str, Any], inputs: dict[str, Any], prompts: list[str]) -> None:
    """A list of prompts is gone through; references are, where an action or the node says so."""
    one = node(kind="Image", **params)
    calls = call_inputs(one, inputs)
    assert [build_payload(one, call).prompt for call in calls] == prompts


def test_a_text_model_reads_what_several_edges_bring_at_once() -> None:
    """A list that one of them brings is gone through, whatever policy the client saved."""
    one = node(actionId="text.summarize", batchPolicy="map")
    several = {"input": ["a", "b"], "input_source_handles": ["text", "text"]}
    assert [build_payload(one, call).prompt for call in call_inputs(one, several)] == ["a\n\nb"]
    listed = {"input": ["a", "b"], "input_source_handles": ["parts"]}
    assert [build_payload(one, call).prompt for call in call_inputs(one, listed)] == ["a", "b"]


def test_how_many_are_made_is_the_nodes_own_to_say() -> None:
    """A count that arrives is dropped: it would be made and not be paid."""
    made = build_payload(
        node(kind="Image", prompt="p", numImages=2), {"num_images": 9, "count": 9, "_edgeFunction": "x"}
    )
    assert made.inputs == {"prompt": "p", "num_images": 2}


def test_each_call_has_its_own_reference() -> None:
    """`image.edit` of two pictures is two calls with one each."""
    one = node(kind="ImageEdit", actionId="image.edit", prompt="p")
    inputs = {"image": [U, V], "image_asset": [{"type": "image", "url": U}, {"type": "image", "url": V}]}
    assert [build_payload(one, call).inputs["image_urls"] for call in call_inputs(one, inputs)] == [[U], [V]]


def test_a_batch_of_nothing_or_of_a_million_is_refused() -> None:
    """Nothing is made of an empty list; too many are told with their price."""
    with pytest.raises(BadRequest, match="a list that it goes through is empty"):
        call_inputs(node(kind="Image"), {"prompt": []})
    many = node(kind="Image", batchPolicy="cartesian")
    with pytest.raises(BatchTooLarge, match="1,000,000 calls, which would cost 5,000,000 credits"):
        call_inputs(many, {"a": [0] * 1000, "prompt": ["p"] * 1000}, price=5)


JSON = st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=2)
NAMES = st.sampled_from(["prompt", "image", "settings", "seed", "shot", "aspectRatio", "temperature", "batch", "x"])


@given(st.sampled_from(["Text", "Image", "Video", "Audio"]), st.dictionaries(NAMES, JSON), st.dictionaries(NAMES, JSON))
def test_any_params_make_a_payload_or_are_refused(kind: str, params: dict[str, Any], inputs: dict[str, Any]) -> None:
    """Never another error, and nothing of the node's own in it."""
    one = node(kind=kind, **params)
    try:
        payloads = [build_payload(one, call) for call in call_inputs(one, inputs)]
    except BadRequest:
        return
    for payload in payloads:
        assert not {"shot", "batch", "settings"} & set(payload.inputs)


def test_numbers_may_be_texts() -> None:
    """Forms save what is typed into them."""
    made = build_payload(node(kind="Text", prompt="p", maxTokens=" 512 ", temperature="0.2"), {})
    assert (made.inputs["max_tokens"], made.inputs["temperature"]) == (512, 0.2)
