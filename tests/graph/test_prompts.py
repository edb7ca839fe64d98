"""The words that models are asked with."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.graph.graphs import node
from wzrd.graph.prompts import (
    add_camera,
    camera_payload,
    clean,
    image_prompt,
    is_task,
    prompt_of,
    text_prompt,
    video_prompt,
)


@pytest.mark.parametrize(
    ("params", "inputs", "prompt"),
    [
        ({"prompt": "own"}, {"prompt": "arrived"}, "own"),
        ({"prompt": ""}, {"prompt": "arrived"}, ""),
        ({"prompt": None}, {"prompt": "arrived"}, "arrived"),
        ({}, {"prompt": "a {{style}} cat", "style": "red"}, "a red cat"),
        ({"prompt": "{{prompt}}!"}, {"prompt": "arrived"}, "arrived!"),
        ({"prompt": "{{x_asset}}"}, {"x": "v", "x_asset": {"type": "text"}}, "{{x_asset}}"),
        ({}, {"prompt": ["a", "b"]}, '["a","b"]'),
        ({}, {}, ""),
        ({"prompt": "a\x00b\x1b[31m\u202ec\ud800\td\ne"}, {}, "ab[31mc\td\ne"),
    ],
)
def test_the_prompt_of_a_node(params: dict[str, Any], inputs: dict[str, Any], prompt: str) -> None:
    """Its own before what arrives, filled in, without what nobody can see."""
    assert prompt_of(node(**params), inputs) == prompt


def test_a_text_model_reads_what_arrives_where_the_node_says_nothing() -> None:
    """Its input, text and context, one below the other; media are no words."""
    inputs = {"context": ["one", "two", {"url": "u"}], "input": "zero", "image": "https://x/y.png"}
    assert text_prompt(node(), inputs) == "zero\n\none\n\ntwo"
    assert text_prompt(node(prompt="own {{input}}"), inputs) == "own zero"
    assert text_prompt(node(prompt=" "), {}) == ""


SHOT = {
    "shotSize": "ecu", "cameraBody": "ARRI Alexa", "lensFamily": "Cooke S4", "focalLength": "50mm", "aperture": "f/2",
    "movement": "Dolly In", "mood": "Tense",
}  # fmt: skip
IMAGE = "Shot on ARRI Alexa, Cooke S4, 50mm at f/2, extreme close-up framing, tense mood."
VIDEO = "Shot on ARRI Alexa, Cooke S4, 50mm at f/2, extreme close-up framing, dolly in camera movement, tense mood."


@pytest.mark.parametrize(
    ("prompt", "shot", "moving", "told"),
    [
        ("A cat", SHOT, False, f"A cat. {IMAGE}"),
        ("A cat", SHOT, True, f"A cat. {VIDEO}"),
        ("A cat!", SHOT, False, f"A cat! {IMAGE}"),
        ("A cat. ", {"shotSize": "ots"}, False, "A cat. Over-the-shoulder framing."),
        ("A cat", {"shotSize": "pov", "movement": "Pan"}, False, "A cat. POV framing."),
        ("A cat", {"focalLength": "35mm"}, False, "A cat. 35mm."),
        ("A cat", {"movement": "Pan"}, False, "A cat"),
        ("A cat", {}, True, "A cat"),
        ("A cat", None, True, "A cat"),
        ("A cat", {"mood": {"x": 1}, "aperture": " "}, True, "A cat"),
        ("", SHOT, True, ""),
    ],
)
def test_the_camera_is_told_behind_the_prompt(prompt: str, shot: object, moving: bool, told: str) -> None:
    """In its order; what the shot does not say is left out."""
    assert add_camera(prompt, shot, moving=moving) == told


def test_the_camera_as_a_model_takes_it() -> None:
    """Under the names of its own."""
    assert camera_payload({"cameraBody": "B", "focalLength": "50mm", "other": 1}) == {
        "body": "B",
        "focal_length": "50mm",
    }
    assert camera_payload([1]) == {}


@pytest.mark.parametrize(
    ("prompt", "picture"),
    [
        (
            "Create a marketing plan for a coffee bar, about slow mornings, featuring old jazz, showing rain",
            "a coffee bar, slow mornings, old jazz, high quality, professional photography, vibrant colors",
        ),
        (
            "Determine the audience for vintage bicycles.",
            "vintage bicycles, high quality, professional photography, vibrant colors",
        ),
        ("Social media posts about wild horses", "wild horses, high quality, professional photography, vibrant colors"),
        ("Create content", "Create content"),
        ("A poster about social justice", "A poster about social justice"),
        ("A cat for a king", "A cat for a king"),
        ("Make a design of a plane", "Make a design of a plane"),
    ],
)
def test_a_task_becomes_a_picture_of_its_subjects(prompt: str, picture: str) -> None:
    """Up to three; what is no task, or names none, stays as it is. Videos are never rewritten."""
    assert image_prompt(node(kind="Image", prompt=prompt), {}) == picture
    assert is_task(prompt) or picture == prompt
    assert video_prompt(node(kind="Video", prompt=prompt), {}) == prompt


@given(
    st.text(max_size=60), st.dictionaries(st.sampled_from(list(SHOT)), st.text(max_size=9) | st.integers() | st.none())
)
def test_a_camera_never_loses_the_prompt(prompt: str, shot: dict[str, Any]) -> None:
    """And an image never tells of movement."""
    told = add_camera(prompt, shot, moving=False)
    assert prompt.strip() in told
    assert "camera movement" not in told.removeprefix(prompt.strip()) or "camera movement" in str(shot)


@given(st.text())
def test_a_clean_text_is_clean(text: str) -> None:
    """Once is enough, and it can be written as UTF-8."""
    assert clean(clean(text)) == clean(text)
    clean(text).encode()
