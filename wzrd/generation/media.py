"""A picture or a clip: found if it has been made before, else generated, brought into the store, and kept.

What is generated pays for itself (its own hold, settled with its item), so that one refusal by the ledger stops one
item. What is found is free, unless it was made for an item that never was delivered: then whoever delivers it pays.
"""

from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from wzrd.assets.made_once import Form, Render, render_once
from wzrd.assets.sources import fetch_result
from wzrd.domain.errors import ProviderFailed
from wzrd.domain.lease import Lease
from wzrd.domain.media_choice import MediaChoice
from wzrd.generation.flow import generate
from wzrd.generation.records import hold_found
from wzrd.generation.values import COVERED, Generated, GenerationRequest, Own
from wzrd.providers.base import Output, Progress
from wzrd.runtime.process import Runtime

DEADLINE = 600.0


@dataclass(frozen=True, slots=True)
class MediaOrder:
    """What is to be made, by whom.

    `inputs` is what the provider gets; `recipe` is everything of it that the result depends on, fit for JSON.
    """

    item_key: str
    media_type: Literal["image", "video"]
    choice: MediaChoice
    form: Form
    inputs: Mapping[str, Any]
    recipe: Mapping[str, Any]


async def make_media(runtime: Runtime, lease: Lease, order: MediaOrder, tell: Callable[[float], None]) -> Render:
    """The file of this order; `tell` hears how far it is (0 to 1), if the provider says so.

    Its hold stands afterwards: the step that delivers the item settles it (`settle_item`).

    Raises:
        InsufficientCredits: its hold was refused; nothing was sent.
        ProviderError, MediaFailed, FetchFailed, StorageFull: it could not be made, brought or kept.
        LeaseLost, CancelRequested: the run may not go on here.
    """

    async def make(path: Path) -> Mapping[str, Any]:
        made = await _generate(runtime, lease, order, path, tell)
        await _bring(runtime, made.output, order, path)
        return {"model": str(made.target), **made.output.raw}

    recipe = {"model": str(order.choice.target), "media": order.media_type, **order.recipe}
    render = await render_once(runtime, lease.user_id, recipe, order.form, make, owed=order.choice.credits)
    if render.reused:
        await hold_found(runtime, lease, order.item_key, render.key, order.media_type)
    return render


async def _generate(
    runtime: Runtime, lease: Lease, order: MediaOrder, path: Path, tell: Callable[[float], None]
) -> Generated:
    """The result. What was paid for, and then lost with the process that had the file, is made anew at our expense."""
    request = GenerationRequest(
        item_key=order.item_key,
        target=order.choice.target,
        inputs={**order.inputs, "path": path},
        funding=Own(order.choice.credits, order.media_type, deferred=True),
        media_type=order.media_type,
        deadline=DEADLINE,
    )
    made, times = await _ask(runtime, lease, request, tell), 1
    while _is_lost(made, path):
        anew = replace(request, item_key=f"{order.item_key}~{times}", funding=COVERED)
        made, times = await _ask(runtime, lease, anew, tell), times + 1
    return made


async def _ask(runtime: Runtime, lease: Lease, request: GenerationRequest, tell: Callable[[float], None]) -> Generated:
    """Board the item's flight. One that a former caller began writes into a folder that went with them: once more."""
    try:
        return await _listen(runtime, lease, request, tell)
    except FileNotFoundError:
        return await _listen(runtime, lease, request, tell)


async def _listen(
    runtime: Runtime, lease: Lease, request: GenerationRequest, tell: Callable[[float], None]
) -> Generated:
    async with aclosing(generate(runtime, lease, request)) as pieces:
        async for piece in pieces:
            match piece:
                case Progress(fraction=float(fraction)):
                    tell(fraction)
                case Generated():
                    return piece
                case _:
                    pass
    raise ProviderFailed(f"{request.target} ended without a result")


def _is_lost(made: Generated, path: Path) -> bool:
    """Whether all that remains of the result is the name of a file that a former process was to store."""
    media = made.output.media
    return made.replayed and bool(media) and media[0].startswith("file:") and media[0] != path.as_uri()


async def _bring(runtime: Runtime, output: Output, order: MediaOrder, path: Path) -> None:
    """The file at `path`: a provider of this machine left it there, another's is fetched."""
    if not output.media:
        raise ProviderFailed(f"{order.choice.target} made no {order.media_type}")
    if output.media[0] != path.as_uri():
        await fetch_result(runtime, output, 0, path, order.media_type)
