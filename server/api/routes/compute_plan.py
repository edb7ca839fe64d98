"""POST /functions/v1/compute-plan: what compute-execute would do with the same body, and what it would cost."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import json_response, parse, read_json
from server.api.callers import PlainUser
from server.api.described import described
from server.api.envelopes import about_node, in_envelope
from server.api.routes.compute_execute import read_params
from server.api.services import ServicesOf
from wzrd.contracts.compute import ComputeRequest
from wzrd.contracts.compute_plan import ComputePlan
from wzrd.domain.errors import NotFound
from wzrd.operations.compute.plan import plan_compute

router = APIRouter(tags=["film"], dependencies=[in_envelope(about_node)])


@router.post("/functions/v1/compute-plan")
@described(body=ComputeRequest, answers={200: ComputePlan}, raises=(NotFound,))
async def compute_plan(request: Request, services: ServicesOf, user: PlainUser) -> Response:
    """Plan of executing a project's graph: what it would run, find and cost; nothing is started or held."""
    runtime = services.runtime
    params = read_params(parse(ComputeRequest, await read_json(request, max_bytes=runtime.settings.max_body)), user)
    return json_response((await plan_compute(runtime, params)).wire())
