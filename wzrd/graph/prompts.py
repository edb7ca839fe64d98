"""The words that a model is asked with: prompts filled in, cameras told, tasks turned into pictures."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from wzrd.contracts.wire import elements_of, members_of
from wzrd.domain.prompts import UNSEEN
from wzrd.graph.model import Node
from wzrd.graph.templates import fill, text_of
from wzrd.graph.texts import join_texts
from wzrd.models.generation_inputs import MAX_TEXT

NO_IMAGE_PROMPT = "Image generation requires a prompt. Please add a visual description."
_CONTEXT = ("input", "text", "context")
"""Inputs that a text model reads where its node says nothing itself."""
_LONGEST_WORD = 120

_SIZES: Mapping[str, str] = {
    "wide": "wide", "medium": "medium", "close-up": "close-up", "ecu": "extreme close-up", "ots": "over-the-shoulder",
    "pov": "POV",
}  # fmt: skip
_THINKING = frozenset({"analyse", "analyze", "brainstorm", "determine", "evaluate", "identify", "research"})
_MAKING = frozenset({"build", "craft", "create", "design", "develop", "draft", "generate", "make", "plan", "write"})
_PLANNED = frozenset(
    {"calendar", "campaign", "content", "idea", "ideas", "marketing", "schedule", "social", "strategy"}
)
_READERS = frozenset({"audience", "audiences", "customer", "customers", "market", "user", "users"})
_FIELDS = frozenset({"content", "marketing", "media"})
_PAPERS = frozenset({"calendar", "content", "idea", "ideas", "plan", "post", "posts", "strategy"})
_SMALL = frozenset({"a", "an", "on", "our", "some", "the", "your"})
_WORD = re.compile(r"[a-z]+")
_THEME = re.compile(r"\b(?:for|about|featuring|showing|depicting)\s+([^,.;:!?\n]{3,120})", re.IGNORECASE)
_MANNER = "high quality, professional photography, vibrant colors"


def prompt_of(node: Node, inputs: Mapping[str, Any]) -> str:
    """The node's prompt, else what arrived at `prompt`, with its `{{keys}}` filled in and control characters left out.

    An empty prompt of the node's own counts before one that arrives.

    Raises:
        BadRequest: the filled prompt is too long.
    """
    own, arrived = node.params.get("prompt"), inputs.get("prompt")
    words = own if own is not None else arrived
    return clean(fill("" if words is None else text_of(words), inputs))


def text_prompt(node: Node, inputs: Mapping[str, Any], most: int = 4 * MAX_TEXT) -> str:
    """Prompt for a text model: the node's prompt, else the texts that arrived as its input, text or context.

    Raises:
        BadRequest: as `prompt_of`; what arrived has more than `most` bytes.
    """
    prompt = prompt_of(node, inputs)
    if prompt.strip():
        return prompt
    return clean(join_texts(node, "\n\n", (text for key in _CONTEXT for text in _texts(inputs.get(key))), most))


def image_prompt(node: Node, inputs: Mapping[str, Any]) -> str:
    """Prompt for an image model: the prompt with its camera, and a picture's words where it was somebody's task.

    Raises:
        BadRequest: as `prompt_of`.
    """
    return _as_picture(add_camera(prompt_of(node, inputs), node.params.get("shot"), moving=False))


def video_prompt(node: Node, inputs: Mapping[str, Any]) -> str:
    """Prompt for a video model, with its camera.

    Raises:
        BadRequest: as `prompt_of`.
    """
    return add_camera(prompt_of(node, inputs), node.params.get("shot"), moving=True)


def clean(text: str) -> str:
    """A text without control characters, invisible ones and halves of characters; line breaks and tabs stay."""
    return UNSEEN.sub("", text)


def add_camera(prompt: str, shot: object, *, moving: bool) -> str:
    """The prompt followed by what the shot says of its camera; `moving` tells of the movement too.

    An empty prompt stays empty: a camera alone is no picture.
    """
    parts = list(_camera_parts(_words(shot), moving=moving))
    text = prompt.strip()
    if not parts or not text:
        return prompt
    suffix = ", ".join(parts)
    joint = " " if text.endswith((".", "!", "?")) else ". "
    return f"{text}{joint}{suffix[0].upper()}{suffix[1:]}."


def _camera_parts(shot: Mapping[str, str], *, moving: bool) -> Iterator[str]:
    if body := shot.get("cameraBody"):
        yield f"shot on {body}"
    if lens := shot.get("lensFamily"):
        yield lens
    if focal := shot.get("focalLength"):
        yield f"{focal} at {shot['aperture']}" if shot.get("aperture") else focal
    elif aperture := shot.get("aperture"):
        yield f"at {aperture}"
    if size := shot.get("shotSize"):
        yield f"{_SIZES.get(size.lower(), size)} framing"
    if moving and (movement := shot.get("movement")):
        yield f"{movement.lower()} camera movement"
    if mood := shot.get("mood"):
        yield f"{mood.lower()} mood"


def camera_payload(shot: object) -> dict[str, str]:
    """Camera of a shot, as models with a `camera` input take it; empty where it says nothing."""
    names = {
        "body": "cameraBody", "lens": "lensFamily", "focal_length": "focalLength", "aperture": "aperture",
        "shot_size": "shotSize", "movement": "movement", "mood": "mood",
    }  # fmt: skip
    words = _words(shot)
    return {name: words[key] for name, key in names.items() if key in words}


def _words(shot: object) -> dict[str, str]:
    room = members_of(shot)
    plain = {key: value for key, value in room.items() if isinstance(value, str | int | float) and value is not True}
    read = {key: " ".join(clean(text_of(value)).split())[:_LONGEST_WORD] for key, value in plain.items()}
    return {key: text for key, text in read.items() if text}


def is_task(prompt: str) -> bool:
    """True if a prompt asks somebody to work something out, which no picture shows.

    It begins with a verb of thinking, makes something that is planned, begins with whom it is for, or names a paper of
    a field (a content calendar).
    """
    words = [word for word in _WORD.findall(prompt[:2_000].lower()) if word not in _SMALL]
    first, second = [*words, "", ""][:2]
    return (
        first in _THINKING
        or (first in _MAKING and second in _PLANNED)
        or (first in {"based", "for", "using"} and second in _READERS)
        or any(one in _FIELDS and other in _PAPERS for one, other in pairwise(words))
    )


def _as_picture(prompt: str) -> str:
    """A task's subjects as a picture of them, up to three; a prompt that is no task, or names none, stays."""
    if not is_task(prompt):
        return prompt
    themes = dict.fromkeys(found.strip() for found in _THEME.findall(prompt[:2_000]))
    return ", ".join([*list(themes)[:3], _MANNER]) if themes else prompt


def _texts(value: object) -> Iterator[str]:
    yield from (one for one in elements_of(value) or (value,) if isinstance(one, str) and one.strip())
