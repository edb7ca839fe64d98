"""Table of the actions of nodes: who does each, and what it makes.

The ids are those that the studio's clients save. An id that is not here is no action: it fails and is free, whatever it
begins with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from wzrd.contracts.wire import members_of
from wzrd.domain.errors import BadRequest
from wzrd.graph.model import Node, first_given
from wzrd.graph.tools import TOOLS
from wzrd.models.routing import MEDIA_DEFAULTS, TASK_DEFAULTS

Executor = Literal[
    "text_utility", "text", "upload", "image", "video", "audio", "model_3d", "local", "combine", "batch", "output",
    "passthrough", "unsupported",
]  # fmt: skip
BatchPolicy = Literal["single", "map", "zip", "cartesian", "fanOut"]
POLICIES: tuple[BatchPolicy, ...] = ("single", "map", "zip", "cartesian", "fanOut")
_POLICY_OF: Mapping[str, BatchPolicy] = {policy.lower(): policy for policy in POLICIES}
GENERATORS: frozenset[Executor] = frozenset({"text", "image", "video", "audio", "model_3d"})
"""Executors that ask a model, and cost what it costs."""
INLINE: frozenset[Executor] = frozenset({"text_utility", "upload", "combine", "batch", "output", "passthrough"})
"""Executors that need nothing but the node and its inputs."""


class UnsupportedAction(BadRequest):
    """The node's action is not supported."""

    code = "unsupported_action"


@dataclass(frozen=True, slots=True)
class Action:
    """One action. `tool`: what does it on this machine, for `local`; `reason`: why nobody does, for `unsupported`.

    `model`: what runs where the node names none, None for one without a model. `system`: what a text model is told
    that it is to do.
    """

    id: str
    executor: Executor
    media_type: str
    policy: BatchPolicy = "single"
    model: str | None = None
    tool: str | None = None
    reason: str | None = None
    system: str | None = None

    @property
    def generates(self) -> bool:
        """True if it asks a model and is paid for; everything else is free."""
        return self.executor in GENERATORS

    @property
    def is_inline(self) -> bool:
        """True if it needs no file, no model and no time."""
        return self.executor in INLINE

    @property
    def makes_text(self) -> bool:
        """True if it hands on a text or data, which count as they are; files are stored."""
        return self.is_inline or self.executor == "text"


def _local() -> list[Action]:
    """Every tool: one that takes several files of a kind gets them all at once, others one after the other."""
    several = {tool_id: any(one.most > 1 for one in tool.inputs) for tool_id, tool in TOOLS.items()}
    return [
        Action(tool_id, "local", tool.makes, "single" if several[tool_id] else "map", tool=tool_id)
        for tool_id, tool in TOOLS.items()
    ]


def _inline(executor: Executor, media_type: str, *ids: str, policy: BatchPolicy = "single") -> list[Action]:
    return [Action(one, executor, media_type, policy) for one in ids]


def _written(action_id: str, system: str) -> Action:
    return Action(action_id, "text", "text", "map", MEDIA_DEFAULTS["text"], system=system)


def _unsupported(media_type: str, reason: str, *ids: str) -> list[Action]:
    return [Action(one, "unsupported", media_type, reason=reason) for one in ids]


_GENERATED: tuple[tuple[str, Executor, str, str], ...] = (
    ("image.generate", "image", "image", MEDIA_DEFAULTS["image"]),
    ("image.edit", "image", "image", TASK_DEFAULTS["image-edit"]),
    ("image.image-to-image", "image", "image", TASK_DEFAULTS["image-edit"]),
    ("image.style-transfer", "image", "image", TASK_DEFAULTS["image-edit"]),
    ("video.generate", "video", "video", MEDIA_DEFAULTS["video"]),
    ("video.image-to-video", "video", "video", TASK_DEFAULTS["image-to-video"]),
    ("video.video-to-video", "video", "video", TASK_DEFAULTS["video-reference"]),
    ("video.edit", "video", "video", TASK_DEFAULTS["video-reference"]),
    ("video.lipsync", "video", "video", "fal-ai/kling-video/lipsync/audio-to-video"),
    ("audio.tts", "audio", "audio", MEDIA_DEFAULTS["audio"]),
    ("audio.music", "audio", "audio", "elevenlabs-music"),
    ("audio.sfx", "audio", "audio", "elevenlabs-sfx"),
    ("asset.image-to-3d", "model_3d", "3d", MEDIA_DEFAULTS["3d"]),
    ("asset.text-to-3d", "model_3d", "3d", MEDIA_DEFAULTS["3d"]),
)
_WRITTEN: Mapping[str, str] = {
    "text.summarize": "Summarise what you are given in a few clear sentences.",
    "text.analyze": "Analyse what you are given: subject, structure, tone, and what stands out. Be concrete and short.",
    "text.task-breakdown": "Break what you are given down into an ordered list of small tasks, one a line.",
    "text.prompt-generation": "Turn what you are given into one vivid prompt for an image or video model: subject, "
    "action, setting, light, lens and mood.",
    "text.scene-storyboarding": "Turn what you are given into a list of shots, one a line, each with its size, angle, "
    "move and what is seen.",
    "audio.to-prompt": "Describe the sound that you are given as a prompt for a model that makes such sounds.",
}
_ALONE = "Answer with that alone, without an introduction."
_NO_MODEL = "it needs a model that is not available here (detection, tracking, depth, separation)"
_NO_EMBED = "pages and remote renderers are not embedded here"

ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        action.id: action
        for action in (
            *_inline("text_utility", "text", "text.enter", "text.concat", "text.find-replace"),
            *_inline("text_utility", "json", "text.split"),
            *(_written(one, f"{written} {_ALONE}") for one, written in _WRITTEN.items()),
            *(Action(one, executor, media, "map", model) for one, executor, media, model in _GENERATED),
            *_inline("upload", "text", "text.upload"),
            *_inline("upload", "image", "image.upload"),
            *_inline("upload", "video", "video.upload"),
            *_inline("upload", "audio", "audio.upload"),
            *_inline("upload", "3d", "asset.upload-3d"),
            *_inline("batch", "json", "batch.cartesian", policy="cartesian"),
            *_inline("output", "json", "output.materialize"),
            *_local(),
            *_unsupported(
                "json", _NO_MODEL, "image.analysis", "video.analysis", "audio.analysis", "image.object-detection",
                "video.object-detection", "video.reasoning", "video.track-anything", "asset.preview-convert",
            ),
            *_unsupported(
                "image", _NO_MODEL, "image.depth-map", "image.stereo", "image.panorama", "image.to-world",
            ),
            *_unsupported("audio", _NO_MODEL, "audio.separate"),
            *_unsupported("video", "name video.stitch, audio.merge or video.merge-audio-video", "video.compose"),
            *_unsupported("video", "name video.stitch or video.blend", "video.interleave"),
            *_unsupported("json", "name one of the video or audio actions", "fal.ffmpeg"),
            *_unsupported(
                "json", _NO_EMBED, "embed.url", "embed.editframe", "embed.remotion", "embed.hyperframes",
                "embed.browser-agent",
            ),
        )
    }
)  # fmt: skip
"""Every action by its id."""

_WITHOUT: Mapping[str, Action] = MappingProxyType(
    {
        "Text": Action("Text", "text", "text", model=MEDIA_DEFAULTS["text"]),
        "Prompt": Action("Prompt", "passthrough", "text"),
        "Image": Action("Image", "image", "image", model=MEDIA_DEFAULTS["image"]),
        "ImageEdit": Action("ImageEdit", "passthrough", "image"),
        "Video": Action("Video", "video", "video", model=MEDIA_DEFAULTS["video"]),
        "Audio": Action("Audio", "audio", "audio", model=MEDIA_DEFAULTS["audio"]),
        "Upload": Action("Upload", "upload", "file"),
        "Transform": Action("Transform", "passthrough", "json"),
        "Combine": Action("Combine", "combine", "json"),
        "Model": Action("Model", "passthrough", "json"),
        "Gateway": Action("Gateway", "passthrough", "json"),
        "Output": Action("Output", "output", "json"),
        "comment": Action("comment", "unsupported", "json", reason="a comment is not executed"),
    }
)
"""Actions of nodes that name none, by their kind."""
_PROMPT_BY_MODEL = Action("Prompt", "text", "text", model=MEDIA_DEFAULTS["text"])


def action_id_of(node: Node) -> str | None:
    """The id of a node's action: of `params.actionId`, else of the metadata in its params, else of its own."""
    given: object = node.params.get("actionId")
    if not isinstance(given, str):
        given = first_given(members_of(node.params.get("metadata")).get("actionId"), node.metadata.get("actionId"))
    return given.strip() or None if isinstance(given, str) else None


def action_of(node: Node) -> Action | None:
    """The node's action; None where it names none.

    Raises:
        UnsupportedAction: it names one that is not in the table.
    """
    action_id = action_id_of(node)
    if action_id is None:
        return None
    action = ACTIONS.get(action_id)
    if action is None:
        message = f"node {node.label!r}: no action is called {action_id[:60]!r}; it cannot be executed, and is free"
        raise UnsupportedAction(message, nodeId=node.id)
    return action


def work_of(node: Node) -> Action:
    """Work of a node: its action, else that of its kind; `unsupported` with the reason if none can do it."""
    try:
        action = action_of(node)
    except UnsupportedAction as error:
        return Action((action_id_of(node) or "")[:60], "unsupported", "json", reason=error.message)
    if action is not None:
        return action
    return _PROMPT_BY_MODEL if node.kind == "Prompt" and model_named(node) else _WITHOUT[node.kind]


def refuse_unsupported(node: Node, action: Action) -> None:
    """See that somebody can do it.

    Raises:
        UnsupportedAction: nobody can; the reason is told.
    """
    if action.executor == "unsupported":
        whole = action.reason if action.id not in ACTIONS else f"{action.id} is not supported: {action.reason}"
        raise UnsupportedAction(whole, nodeId=node.id)


def model_named(node: Node) -> str | None:
    """The id of the model that the node asks for, without spaces around it."""
    model = node.params.get("model")
    return model.strip() or None if isinstance(model, str) else None


def policy_of(node: Node, action: Action) -> BatchPolicy:
    """Batch policy of the node: a generator or batch as its params say, else as its action does."""
    if not action.generates and action.executor != "batch":
        return action.policy
    params = node.params
    inner = members_of(params.get("batch")).get("policy")
    named = first_given(params.get("batchPolicy"), params.get("batch_policy"), inner)
    if isinstance(named, str):
        return _POLICY_OF.get(named.strip().lower(), "single")
    return action.policy


def check_image_edits(nodes: Mapping[str, Node]) -> None:
    """See that every ImageEdit node that nobody edits for has a picture to show, in the documented words.

    Raises:
        BadRequest: the first that has none; `nodeId` in its details.
    """
    for node in nodes.values():
        if node.kind == "ImageEdit" and work_of(node).executor == "passthrough" and not edited_url(node):
            message = "ImageEdit nodes require a materialized preview or output asset before execution."
            raise BadRequest(message, nodeId=node.id)


def edited_url(node: Node) -> str | None:
    """The picture that an ImageEdit node holds: its output, else its preview."""
    found = (node.params.get(name) for name in ("outputAssetUrl", "previewAssetUrl"))
    return next((url for url in found if isinstance(url, str) and url.strip()), None)
