"""GET /functions/v1/costs and …/projects/{id}/spending: what the caller's runs were planned at, charged and billed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from server.api.bodies import json_response
from server.api.callers import CurrentUser
from server.api.described import Parameters, described
from server.api.services import ServicesOf
from wzrd.contracts.spending import CostReport, SpendingReport
from wzrd.db.costs import CostKey
from wzrd.domain.errors import BadRequest, NotFound
from wzrd.operations.costs import SINCE, read_key, report_costs
from wzrd.operations.spending import report_spending

router = APIRouter(prefix="/functions/v1", tags=["runs"])


_MOMENT = r"^(|[1-9][0-9]{0,2}[dh]|20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8]))$"
"""A time as it is described, empty for the usual one; more forms are read."""


class CostQuery(Parameters):
    """Lines of a report: since when (`30d`, `36h`, a date), and by model, project, day or run."""

    since: Annotated[str, Field(pattern=_MOMENT)] = SINCE
    by: CostKey = "model"


@router.get("/costs")
@described(answers={200: CostReport}, query=CostQuery, raises=(BadRequest,))
async def get_costs(services: ServicesOf, me: CurrentUser, since: str = SINCE, by: str = "model") -> Response:
    """The caller's costs: dollars that were planned and billed, credits that were charged."""
    runtime = services.runtime
    async with runtime.begin() as tx:
        report = await report_costs(tx, read_key(by), since, runtime.now(), me.user_id)
    return json_response(report.wire())


@router.get("/projects/{project_id}/spending")
@described(answers={200: SpendingReport}, raises=(BadRequest, NotFound))
async def get_spending(
    services: ServicesOf, project_id: str, me: CurrentUser, run: Annotated[list[UUID], Query(max_length=100)]
) -> Response:
    """Spending of these runs of a project by scene, planned, charged and billed: batches, readings and cuts."""
    lines = await report_spending(services.runtime, me.user_id, project_id, run)
    return json_response(SpendingReport(lines=lines).wire())
