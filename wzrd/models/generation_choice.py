"""Choice for a generation request here and now: model, function, price, and any obstacle to running it.

One rule for whoever tells it beforehand and whoever does it: `choose_generation`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wzrd.contracts.functions import RouteName
from wzrd.domain.errors import BadRequest, NotConfigured
from wzrd.domain.offline import ANIMATIC, Obstacle, Offline, describe_obstacle, stand_in_reason
from wzrd.domain.submission import Target
from wzrd.models.catalog import Model, price_of
from wzrd.models.functions import text_stand_ins
from wzrd.models.output_counts import order_outputs
from wzrd.models.routing import ALIASES, check_model_id, find_animatic, route, routed_catalog
from wzrd.models.sounds import works_on_file
from wzrd.models.text_targets import choose_text


@dataclass(frozen=True, slots=True)
class GenerationChoice:
    """Choice of what runs here.

    `credits` is the price of the `count` outputs that it is asked for; `obstacle` None: it can run here.
    `fallback_reason` None: what runs is what was asked for.
    """

    route: RouteName
    function: str
    model: Model
    count: int
    fallback_reason: str | None = None
    obstacle: str | None = None
    served_by: Target | None = None

    @property
    def target(self) -> Target:
        """The model by its name at its provider, or at another that has it."""
        return self.served_by or Target(self.model.provider, self.model.endpoint_id)

    @property
    def credits(self) -> int:
        """The price of a batch is that of its outputs."""
        return price_of(self.model) * self.count

    def check_runnable(self) -> None:
        """See that it can run here.

        Raises:
            NotConfigured: it cannot; the message says why and what to do.
        """
        if self.obstacle is not None:
            raise NotConfigured(describe_refusal(self.model, self.obstacle), provider=self.model.provider)


def choose_generation(
    model_id: str,
    *,
    parameters: Mapping[str, Any],
    references: Iterable[str] = (),
    media_type: str | None = None,
    offline: Offline,
    obstacle: Obstacle,
) -> GenerationChoice:
    """Choose what a request for `model_id` runs on here, without running it.

    Arguments as of `wzrd.models.routing.route`; `parameters` as they are sent
    (`wzrd.models.generation_inputs.merge_inputs`), so that what they say is what counts.

    Where its provider cannot be asked, animatic mode stands in as WZRD_OFFLINE lets it, for nothing, and the reason
    says so; else the choice stands with its obstacle. It raises nothing for that: `check_runnable` does. For text
    another model stands in where its function has one: animatic mode answers no questions.

    Raises:
        BadRequest: as `route`, `order_outputs`.
    """
    way = route(model_id, parameters=parameters, references=references, media_type=media_type)
    if way.model.media_type == "text":
        text = choose_text(way.model, instead=text_stand_ins(way.function), offline=offline, obstacle=obstacle)
        reason = text.fallback_reason or way.fallback_reason
        count = order_outputs(text.model, parameters).count
        return GenerationChoice(way.route, way.function, text.model, count, reason, text.obstacle, text.target)
    runs, reason, missing = stand_in(way.model, offline=offline, obstacle=obstacle)
    count = order_outputs(runs, {**runs.defaults, **parameters}).count
    return GenerationChoice(way.route, way.function, runs, count, reason or way.fallback_reason, missing)


def stand_in(model: Model, *, offline: Offline, obstacle: Obstacle) -> tuple[Model, str | None, str | None]:
    """Model that runs in place of `model` (or itself), the reason if it is animatic mode, and any obstacle."""
    if model.provider == ANIMATIC:
        return model, None, None
    missing = obstacle(model.provider, model.media_type)
    if offline == "never":
        return model, None, missing
    reason = stand_in_reason(missing, offline=offline)
    free = None if works_on_file(model) else find_animatic(model.media_type)
    return (model, None, reason) if reason is None or free is None else (free, reason, None)


def describe_refusal(model: Model, obstacle: str) -> str:
    """Why the model cannot run here, and what to do about it, in words."""
    free = model.media_type != "text" and not works_on_file(model) and find_animatic(model.media_type)
    way_out = f"ask for the model {ANIMATIC!r}, or set WZRD_OFFLINE=auto" if free else "set its key, or ask for another"
    return f"{model.id}: {describe_obstacle(obstacle)}; {way_out}"


def check_known(model_id: str) -> None:
    """See that an id names a model, for whom a stand-in of another name would be a surprise.

    Raises:
        BadRequest: it names none, or is no id; the message has the nearest ids.
    """
    if refusal := describe_unknown(model_id):
        raise BadRequest(refusal, field="model")


def describe_unknown(model_id: str) -> str | None:
    """That an id names no model, and which are nearest; None where it names one.

    Raises:
        BadRequest: it is no id.
    """
    wanted = check_model_id(model_id)
    catalog = routed_catalog()
    if catalog.find(ALIASES.get(wanted, wanted)) is not None:
        return None
    near = catalog.nearest(wanted)
    message = f"the nearest are {', '.join(near)}" if near else "`wzrd catalog` lists what there is"
    return f"no model is called {wanted!r}: {message}"
