"""POST /functions/v1/studio-load-state: asked by a client whose project has no graph; there is no other store."""

from fastapi import APIRouter
from starlette.responses import Response

from server.api.bodies import json_response
from server.api.callers import CurrentUser
from server.api.described import described
from wzrd.contracts.compute_save_graph import StudioState

router = APIRouter(tags=["film"])


@router.post("/functions/v1/studio-load-state")
@described(answers={200: StudioState})
async def studio_load_state(_: CurrentUser) -> Response:
    """Nothing: graphs lie in the studio's own tables, which the client has read before it asks here."""
    return json_response(StudioState().wire())
