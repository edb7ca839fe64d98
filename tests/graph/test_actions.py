"""Which action does what; an id that is not in the table is never guessed at."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.graph.graphs import node
from wzrd.domain.errors import BadRequest
from wzrd.graph.actions import (
    ACTIONS,
    GENERATORS,
    INLINE,
    UnsupportedAction,
    action_id_of,
    action_of,
    check_image_edits,
    policy_of,
    refuse_unsupported,
    work_of,
)
from wzrd.graph.kinds import KINDS
from wzrd.graph.model import Node
from wzrd.models.routing import routed_catalog

KNOWN = {
    "text_utility": "text.enter text.split text.concat text.find-replace",
    "text": """text.summarize text.analyze text.task-breakdown text.prompt-generation text.scene-storyboarding
        audio.to-prompt""",
    "upload": "text.upload image.upload video.upload audio.upload asset.upload-3d",
    "image": "image.generate image.edit image.image-to-image image.style-transfer",
    "video": "video.generate video.image-to-video video.video-to-video video.edit video.lipsync",
    "audio": "audio.tts audio.music audio.sfx",
    "model_3d": "asset.image-to-3d asset.text-to-3d",
    "batch": "batch.cartesian",
    "output": "output.materialize",
    "local": """image.blur image.rotate image.flip image.duplicate image.change-aspect-ratio image.color-grade
        image.color-filter image.color-tint image.color-key image.crop image.watermark video.extract-frames
        video.frame-grid video.split video.trim video.reverse video.boomerang video.speed video.slow video.stitch
        video.concat video.scale video.watermark video.color-grade video.color-filter video.effect video.glow
        video.grain video.vignette video.sepia video.black-and-white video.fade audio.merge audio.trim audio.gain
        audio.loudness-normalize audio.manipulate audio.fade""",
    "unsupported": """image.analysis video.analysis audio.analysis image.object-detection video.object-detection
        video.reasoning video.track-anything embed.url embed.editframe embed.remotion embed.browser-agent
        image.depth-map image.stereo image.panorama image.to-world audio.separate fal.ffmpeg asset.preview-convert""",
}


@pytest.mark.parametrize("executor", sorted(KNOWN))
def test_who_does_each_action(executor: str) -> None:
    """The ids that clients save, and who does them here."""
    assert {one: ACTIONS[one].executor for one in KNOWN[executor].split()} == dict.fromkeys(
        KNOWN[executor].split(), executor
    )


def test_every_action_is_whole() -> None:
    """A generator has a model that makes its kind of thing, local work a tool, the unsupported a reason."""
    for action in ACTIONS.values():
        assert (action.model is not None) == (action.executor in GENERATORS)
        assert (action.tool is not None) == (action.executor == "local")
        assert (action.reason is not None) == (action.executor == "unsupported")
        assert [action.generates, action.is_inline, action.executor in {"local", "unsupported"}].count(True) == 1
        if action.model is not None:
            assert routed_catalog().models[action.model].media_type == action.media_type
    assert not GENERATORS & INLINE


@pytest.mark.parametrize(
    ("params", "metadata", "found"),
    [
        ({"actionId": " image.edit "}, {}, "image.edit"),
        ({"actionId": "text.enter", "metadata": {"actionId": "x"}}, {"actionId": "y"}, "text.enter"),
        ({"metadata": {"actionId": "text.split"}}, {"actionId": "y"}, "text.split"),
        ({"metadata": "m"}, {"actionId": "video.trim"}, "video.trim"),
        ({"actionId": 7}, {"actionId": "video.trim"}, "video.trim"),
        ({"actionId": "  "}, {"actionId": "video.trim"}, None),
        ({"actionId": None, "metadata": {"actionId": 7}}, {"actionId": "video.trim"}, None),
        ({}, {}, None),
    ],
)
def test_where_an_action_is_named(params: dict[str, Any], metadata: dict[str, Any], found: str | None) -> None:
    """In the params, in their metadata, in the node's metadata: the first that says something."""
    assert action_id_of(Node("n", "Transform", params=params, metadata=metadata)) == found


@pytest.mark.parametrize(
    "action_id", ["video.upscale", "image.", "text", "fal.anything", "embed.new", "__proto__", "IMAGE.EDIT"]
)
def test_an_action_that_is_not_in_the_table_is_free_and_fails(action_id: str) -> None:
    """Whatever it begins with: a prefix never starts a paid generation."""
    with pytest.raises(UnsupportedAction, match="no action is called"):
        action_of(node(kind="Image", actionId=action_id))
    work = work_of(node(kind="Image", actionId=action_id))
    assert (work.executor, work.generates) == ("unsupported", False)
    with pytest.raises(UnsupportedAction, match="cannot be executed, and is free"):
        refuse_unsupported(node(kind="Image"), work)


def test_a_known_action_that_nobody_can_do_says_why() -> None:
    """And what else there is."""
    for action_id, told in (("image.depth-map", "it needs a model"), ("video.compose", "name video.stitch")):
        with pytest.raises(UnsupportedAction, match=f"{action_id} is not supported: {told}"):
            refuse_unsupported(node(), work_of(node(actionId=action_id)))
    refuse_unsupported(node(), work_of(node(actionId="image.rotate")))


@pytest.mark.parametrize(
    ("kind", "params", "executor", "media"),
    [
        ("Text", {}, "text", "text"),
        ("Prompt", {}, "passthrough", "text"),
        ("Prompt", {"model": " "}, "passthrough", "text"),
        ("Prompt", {"model": "gmi/deepseek-r1"}, "text", "text"),
        ("Prompt", {"actionId": "text.prompt-generation"}, "text", "text"),
        ("Image", {}, "image", "image"),
        ("Video", {}, "video", "video"),
        ("Audio", {}, "audio", "audio"),
        ("ImageEdit", {}, "passthrough", "image"),
        ("ImageEdit", {"actionId": "image.edit"}, "image", "image"),
        ("ImageEdit", {"actionId": "image.style-transfer"}, "image", "image"),
        ("ImageEdit", {"actionId": "image.rotate"}, "local", "image"),
        ("Upload", {}, "upload", "file"),
        ("Transform", {}, "passthrough", "json"),
        ("Combine", {}, "combine", "json"),
        ("Output", {}, "output", "json"),
        ("comment", {}, "unsupported", "json"),
    ],
)
def test_what_a_node_does(kind: str, params: dict[str, Any], executor: str, media: str) -> None:
    """Its action, else what nodes of its kind do."""
    work = work_of(node(kind=kind, **params))
    assert (work.executor, work.media_type) == (executor, media)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_does_something(kind: str) -> None:
    """Also the one that is never executed."""
    assert work_of(node(kind=kind)).id


@pytest.mark.parametrize(
    ("action", "params", "policy"),
    [
        ("image.generate", {}, "map"),
        ("image.generate", {"batchPolicy": "single"}, "single"),
        ("image.generate", {"batch_policy": "zip"}, "zip"),
        ("image.generate", {"batch": {"policy": "cartesian"}}, "cartesian"),
        ("image.generate", {"batchPolicy": "all"}, "single"),
        ("image.generate", {"batchPolicy": " Zip "}, "zip"),
        ("image.generate", {"batch": {"policy": "fanout"}}, "fanOut"),
        ("image.generate", {"batchPolicy": 7}, "map"),
        ("batch.cartesian", {}, "cartesian"),
        ("batch.cartesian", {"batchPolicy": "zip"}, "zip"),
        ("video.stitch", {"batchPolicy": "zip"}, "single"),
        ("video.split", {"batchPolicy": "fanOut"}, "map"),
        ("text.concat", {"batchPolicy": "zip"}, "single"),
        (None, {}, "single"),
    ],
)
def test_how_a_node_goes_through_lists(action: str | None, params: dict[str, Any], policy: str) -> None:
    """Generators and batches as they say; what clients save beside a tool tells of its outputs."""
    one = node(kind="Image", actionId=action, **params)
    assert policy_of(one, work_of(one)) == policy


def test_an_image_edit_needs_something_to_show() -> None:
    """Unless it edits for real; the first offender is named."""
    shown = {"previewAssetUrl": "", "outputAssetUrl": "https://x/y.png"}
    nodes = {
        "a": node("a", "ImageEdit", **shown),
        "b": node("b", "ImageEdit", actionId="image.edit"),
        "c": node("c", "Image"),
    }
    check_image_edits(nodes)
    with pytest.raises(
        BadRequest, match=r"^ImageEdit nodes require a materialized preview or output asset before ex"
    ) as bad:
        check_image_edits({**nodes, "d": node("d", "ImageEdit", previewAssetUrl=" "), "e": node("e", "ImageEdit")})
    assert bad.value.details == {"nodeId": "d"}


@given(st.text() | st.none() | st.integers() | st.dictionaries(st.text(), st.text()), st.sampled_from(sorted(KINDS)))
def test_any_action_id_is_answered(told: Any, kind: str) -> None:
    """Nothing but the table decides."""
    work = work_of(node(kind=kind, actionId=told))
    known = isinstance(told, str) and (not told.strip() or told.strip() in ACTIONS)
    assert known or not isinstance(told, str) or work.executor == "unsupported"
