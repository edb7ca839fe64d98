"""Which providers can serve a text model of the catalog, the preferred one first. Pure; who has a key decides."""

from collections.abc import Callable

from wzrd.domain.catalog import Model, find_model
from wzrd.domain.errors import BadRequest
from wzrd.domain.submission import Target

GATEWAY = "lovable-ai"
MAKERS = {"google/": "gemini", "openai/": "openai"}
"""Whose models the gateway passes on, and under which provider the same model is had without it."""


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


def choose_text_target(model: Model, obstacle: Callable[[str, str], str | None]) -> Target:
    """The first target that can be asked from here, else the first of all, which then has an obstacle.

    `obstacle(provider, media_type)`: why this process cannot ask it for that, or None.

    Raises:
        BadRequest: as `text_targets`.
    """
    targets = text_targets(model)
    return next((target for target in targets if obstacle(target.provider, "text") is None), targets[0])
