"""Which providers can serve a text model of the catalog, the preferred one first. Pure; who has a key decides."""

from collections.abc import Sequence
from dataclasses import dataclass

from wzrd.domain.errors import BadRequest
from wzrd.domain.offline import ANIMATIC, OFFLINE_ALWAYS, Obstacle, Offline, name_obstacle
from wzrd.domain.submission import Target
from wzrd.models.catalog import Model, find_model, load_catalog

GATEWAY = "lovable-ai"
MAKERS = {"google/": "gemini", "openai/": "openai"}
"""Whose models the gateway passes on, and under which provider the same model is had without it."""


GROQ_PREFIX = "groq/"
"""Prefix that the documented client strips off an id before it asks groq-chat for it."""
WRITER = "animatic/text"
"""Model that writes offline: shots and their prompts, but no answers to free questions."""


@dataclass(frozen=True, slots=True)
class TextChoice:
    """Who answers a text request, why it is another than was asked for, and what is in the way of it, if anything."""

    model: Model
    target: Target
    fallback_reason: str | None = None
    obstacle: str | None = None


def find_chat_model(model_id: str, *, prefix: str = "") -> Model:
    """The text model that an id means, or that it means with `prefix` before it.

    Raises:
        BadRequest: neither is a model of the catalog, or it makes something else; near ids are named.
    """
    wanted = model_id.strip()[:200]
    model = find_model(wanted) or (find_model(prefix + wanted) if prefix else None)
    if model is None:
        near = ", ".join(one for one in load_catalog().nearest(wanted) if find_text(one))
        raise BadRequest(
            f"no model is called {wanted!r}" + (f": the nearest are {near}" if near else ""), field="model"
        )
    if model.media_type != "text":
        raise BadRequest(f"{wanted!r} makes {model.media_type}, not text", field="model")
    return model


def find_text(model_id: str) -> Model | None:
    """The text model that an id means, if it means one."""
    model = find_model(model_id)
    return model if model is not None and model.media_type == "text" else None


def choose_text(model: Model, *, instead: Sequence[str] = (), offline: Offline, obstacle: Obstacle) -> TextChoice:
    """Who answers here and now: the model, else the first of `instead` that can be asked.

    Where nobody can be asked, the choice stands with what is in the way of it.
    """
    first = choose_text_target(model, obstacle)
    if model.provider == ANIMATIC:
        return TextChoice(model, first, obstacle=name_obstacle(ANIMATIC, has_key=True))
    missing = OFFLINE_ALWAYS if offline == "always" else obstacle(first.provider, "text")
    if missing is None:
        return TextChoice(model, first)
    for other in map(find_text_model, instead if offline != "always" else ()):
        target = choose_text_target(other, obstacle)
        if obstacle(target.provider, "text") is None:
            return TextChoice(other, target, missing)
    return TextChoice(model, first, obstacle=missing)


def find_text_model(model_id: str) -> Model:
    """The text model that an id means.

    Raises:
        BadRequest: the catalog has no such id, or it makes something else.
    """
    model = find_model(model_id)
    if model is None:
        raise BadRequest(f"{model_id[:100]!r} is no model of the catalog", field="model")
    if model.media_type != "text":
        raise BadRequest(f"{model_id[:100]!r} makes {model.media_type}, not text", field="model")
    return model


def text_targets(model: Model) -> tuple[Target, ...]:
    """Who can be asked for a text model, in order; whoever answers, the price is the model's.

    The gateway's models are had from their makers too. All others have one provider: `groq/*` and `llama-*` Groq,
    `gmi/*` GMI Cloud's chat, `local/*` the operator's own server.

    Raises:
        BadRequest: the model makes something else.
    """
    if model.media_type != "text":
        raise BadRequest(f"{model.id!r} makes {model.media_type}, not text", field="model")
    first = Target(model.provider, model.endpoint_id)
    for prefix, maker in MAKERS.items():
        if model.provider == GATEWAY and model.endpoint_id.startswith(prefix):
            return first, Target(maker, model.endpoint_id.removeprefix(prefix))
    return (first,)


def choose_text_target(model: Model, obstacle: Obstacle) -> Target:
    """The first target that can be asked from here, else the first of all, which then has an obstacle.

    Raises:
        BadRequest: as `text_targets`.
    """
    targets = text_targets(model)
    return next((target for target in targets if obstacle(target.provider, "text") is None), targets[0])
