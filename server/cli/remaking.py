"""Price of a change: pictures and clips of shots that are made again for it, told before it is done."""

import sys
from collections.abc import Collection, Sequence
from uuid import UUID

from server.cli.board import plural
from wzrd.client import UnifiedGenerationService
from wzrd.contracts.auto_generate import AutoGeneratePlan
from wzrd.domain.money import FREE, add_up, read_cost


def describe_price(plans: Sequence[AutoGeneratePlan], what: str = "") -> str:
    """Such as `2 pictures by flux/dev and 1 clip by kling: 24 credits at most, at its vendors $0.31`.

    Clips whose stills are to be approved first are in it, like any other. `what` becomes of them stands before it.
    """
    awaiting = [one.awaiting_approval or 0 for one in plans]
    said = [
        f"{plural(len(one.items) + more, 'picture' if one.phase == 'images' else 'clip')} by {one.model}"
        for one, more in zip(plans, awaiting, strict=True)
    ]
    credits_in_all = sum(one.estimated_credits + more * one.credits for one, more in zip(plans, awaiting, strict=True))
    costs = [
        (read_cost(one.estimated_cost) or FREE).plus((read_cost(one.usual_cost) or FREE).times(more))
        for one, more in zip(plans, awaiting, strict=True)
    ]
    cost = add_up(costs)
    money = f", at its vendors {cost.text()}" if cost.most != 0 else ""
    return f"{' and '.join(said) or 'no shot'}{what}: {plural(credits_in_all, 'credit')} at most{money}"


async def tell_clips(client: UnifiedGenerationService, project_id: UUID, shots: Collection[UUID], how: str) -> None:
    """Say which of these shots' clips show a picture that changes, what they cost made again, and how that is done."""
    takes = await client.takes(project_id)
    filmed = [one.shot_id for one in takes if one.chosen and one.media == "video" and one.shot_id in shots]
    if filmed:
        plan = await client.plan_auto_generate(project_id, "videos", shots=filmed)
        counted = f"{plural(len(filmed), 'clip')} {'shows' if len(filmed) == 1 else 'show'} the former picture"
        print(f"{counted}; made again ({how}) {describe_price([plan])}", file=sys.stderr)
