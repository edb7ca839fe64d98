"""Price of a node, and the catalog's model that it is the price of. Only models cost anything."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from wzrd.domain.errors import BadRequest
from wzrd.domain.money import FREE as NO_COST
from wzrd.domain.money import Cost
from wzrd.domain.offline import Obstacle, Offline
from wzrd.graph.actions import Action, model_named
from wzrd.graph.model import Node
from wzrd.graph.payloads import Payload, ask_model, own_settings, wanted_model
from wzrd.models.bodies import ModelBody, check_fields
from wzrd.models.generation_choice import GenerationChoice, check_known, choose_generation
from wzrd.models.output_counts import count_outputs, is_count


@dataclass(frozen=True, slots=True)
class NodePrice:
    """Price of a node: `credits` in all, of `calls` calls by `model` (None: no model runs, and it is free).

    `at_least`: the number of calls is known only when it runs, and may be larger. `choice`: what runs, and whether it
    can run here. `ignored`: params that its model does not take as they are, and why, as far as its calls are known.
    `cost`: the price in money. `own_sound`: a clip is bought with its own sound (None: no matter).
    """

    credits: int
    model: str | None = None
    at_least: bool = False
    calls: int = 1
    choice: GenerationChoice | None = None
    ignored: Mapping[str, str] = field(default_factory=dict[str, str])
    cost: Cost = NO_COST
    own_sound: bool | None = None


FREE = NodePrice(0)
Choices: TypeAlias = dict[tuple[str, str, frozenset[str], int], GenerationChoice]
"""Choices made before, for pricing many nodes at one moment, by model, medium, what is given, outputs."""


def choose_model(
    node: Node,
    action: Action,
    *,
    given: Iterable[str] = (),
    offline: Offline,
    obstacle: Obstacle,
    chosen: Choices | None = None,
) -> GenerationChoice:
    """Which model a generator node runs on here: its own, else its action's; `choose_generation` decides the rest.

    Args:
        node: a node that asks a model.
        action: what it does.
        given: the kinds of media (`image`, `video`, `audio`) that it will get from other nodes.
        offline: whether this machine stands in for a provider.
        obstacle: why a provider cannot be asked from here.
        chosen: what was chosen before, at this moment; the same is chosen again.

    Raises:
        BadRequest: it names a model that is none, with the nearest ids, or one that makes something else, or asks for
            a number of outputs that is none; `nodeId` in its details.
    """
    media = frozenset(given)
    try:
        wanted = wanted_model(node, action)
        count = 1 if action.media_type == "text" else count_outputs(own_settings(node))
        known = None if chosen is None else chosen.get((wanted, action.media_type, media, count))
        choice = known or _choose(wanted, action.media_type, media, count, offline=offline, obstacle=obstacle)
    except BadRequest as error:
        raise BadRequest(f"node {node.label!r}: {error.message}", **{**error.details, "nodeId": node.id}) from None
    if chosen is not None:
        chosen[(wanted, action.media_type, media, count)] = choice
    return choice


def read_body(choice: GenerationChoice, payload: Payload, *, known: bool) -> ModelBody:
    """Body of one call. Of a stand-in's payload (not `known`) the settings count, and no file is looked for.

    Raises:
        BadRequest: the call would be refused, as by `ask_model`.
    """
    try:
        return ask_model(choice.model, payload, choice.count)
    except BadRequest:
        if known:
            raise
        return ModelBody({**choice.model.defaults, **payload.inputs})  # what it lacks may yet come


def _choose(
    wanted: str, media_type: str, given: frozenset[str], count: int, *, offline: Offline, obstacle: Obstacle
) -> GenerationChoice:
    check_known(wanted)
    choice = choose_generation(
        wanted,
        parameters={"count": count},  # the node's other params route nothing
        references=given,
        media_type=media_type,
        offline=offline,
        obstacle=obstacle,
    )
    if choice.model.media_type != media_type:
        raise BadRequest(f"{wanted!r} makes {choice.model.media_type}, not {media_type}", field="model")
    return choice


def check_settings(node: Node, choice: GenerationChoice) -> None:
    """See that what a node says for the one model that it names can be meant for that.

    Raises:
        BadRequest: a field that the model has not, with the nearest name, or a value that it cannot take; `nodeId` in
            its details.
    """
    if model_named(node) is None or choice.fallback_reason is not None or choice.model.media_type == "text":
        return
    try:
        check_fields(choice.model, {name: value for name, value in own_settings(node).items() if not is_count(name)})
    except BadRequest as error:
        raise BadRequest(f"node {node.label!r}: {error.message}", **{**error.details, "nodeId": node.id}) from None
