"""GET /functions/v1/costs: what the caller's runs were planned at, charged and billed."""

from fastapi import APIRouter
from starlette.responses import Response

from server.api.bodies import json_response
from server.api.callers import CurrentUser
from server.api.described import Parameters, described
from server.api.services import ServicesOf
from wzrd.contracts.costs import CostReport
from wzrd.domain.errors import BadRequest
from wzrd.operations.costs import SINCE, read_key, report_costs

router = APIRouter(prefix="/functions/v1", tags=["runs"])


class CostQuery(Parameters):
    """Lines of a report: since when (`30d`, `36h`, a date), and by model, project, day or run."""

    since: str = SINCE
    by: str = "model"


@router.get("/costs")
@described(answers={200: CostReport}, query=CostQuery, raises=(BadRequest,))
async def get_costs(services: ServicesOf, me: CurrentUser, since: str = SINCE, by: str = "model") -> Response:
    """The caller's costs: dollars that were planned and billed, credits that were charged."""
    runtime = services.runtime
    async with runtime.begin() as tx:
        report = await report_costs(tx, read_key(by), since, runtime.now(), me.user_id)
    return json_response(report.wire())
