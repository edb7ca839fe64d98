"""reconcile: upkeep of rows, files and Prefect's own runs, one task after the other."""

from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.forms import titled
from flows.hooks import durable
from tasks import upkeep
from tasks.artifacts.upkeep import publish_costs, publish_money, publish_upkeep
from wzrd.domain.upkeep import Retention, summarize
from wzrd.operations import KINDS

NAME = "reconcile"
FLOWS = [*KINDS, NAME]
"""The flows whose old runs Prefect forgets."""
EventsDays = Annotated[float, titled("Days that logs are kept whole", ge=1, le=3650)]
FlowRunsDays = Annotated[float, titled("Days that Prefect keeps ended runs", ge=1, le=3650)]
UnnotedHours = Annotated[float, titled("Hours that a file may be without a row", ge=1, le=720)]


@flow(name=NAME, description="Give back, forget and clear away what nobody needs any more.", **durable)
async def reconcile(
    events_days: EventsDays = 90, flow_runs_days: FlowRunsDays = 30, unnoted_hours: UnnotedHours = 24
) -> State[Any]:
    """Look after what nobody else comes by to look after; safe at any time, and twice at once.

    Args:
        events_days: How long the logs of ended runs are kept whole; their first and last events stay.
        flow_runs_days: How long Prefect keeps ended flow runs of ours.
        unnoted_hours: How long a file in the store may be without a row that names it.
    """
    retention = Retention(events_days, flow_runs_days, unnoted_hours)
    done = {
        "runs ended": await upkeep.end_left_runs(),
        "jobs asked about": await upkeep.look_after_jobs(),
        "bills noted": await upkeep.note_bills(),
        "holds given back": await upkeep.release_stale_holds(),
        "tickets and sessions forgotten": await upkeep.forget_spent(),
        "events forgotten": await upkeep.forget_old_events(retention),
        "files cleared away": await upkeep.clear_unnoted_files(retention),
        "pages written": await upkeep.write_pages(),
        "flow runs deleted": await upkeep.delete_old_flow_runs(retention, FLOWS),
    }
    await upkeep.count_done(done)
    waiting, broken = await upkeep.warn_of_waiting_runs(), await upkeep.check_money()
    message = summarize(done) + (f"; {len(broken)} promises about money are broken" if broken else "")
    await publish_money(broken)
    await publish_costs(await upkeep.read_costs())
    await publish_upkeep({**done, "runs without a worker": waiting}, message)
    if waiting:
        return Failed(message=f"{waiting} runs have lost their worker and nobody takes them up; {message}", data=done)
    return Completed(message=message, data=done)
