"""Pages for people: /openapi.json, the pages /docs and /redoc that show it, and the pictures of Prefect's blocks.

Each answers as it is set; the pictures always.
"""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from starlette.responses import Response

from server.api.access import require_access
from server.api.bodies import json_response
from server.api.services import ServicesOf

SCHEMA = "/openapi.json"
router = APIRouter(include_in_schema=False)


@router.get(SCHEMA)
async def get_openapi(request: Request, services: ServicesOf) -> Response:
    """The description, as OpenAPI has it."""
    settings = services.runtime.settings
    require_access(request, settings.openapi, setting="WZRD_OPENAPI", proxies=settings.trusted_proxies)
    if request.app.openapi_schema is None:
        from server.api.openapi.document import build_openapi  # nobody else needs it

        request.app.openapi_schema = await asyncio.to_thread(build_openapi, request.app)
    return json_response(request.app.openapi_schema)


@router.get("/docs")
@router.get("/redoc")
async def get_reference(request: Request, services: ServicesOf) -> Response:
    """Swagger's page or Redoc's, whose scripts come from their own networks."""
    settings = services.runtime.settings
    require_access(request, settings.docs, setting="WZRD_DOCS", proxies=settings.trusted_proxies)
    draw = get_redoc_html if request.url.path.endswith("/redoc") else get_swagger_ui_html
    return draw(openapi_url=SCHEMA, title=request.app.title)


@router.get("/logos/{name}.svg")
async def get_logo(name: Annotated[str, Path(pattern="^wzrd-[a-z-]{1,40}$")]) -> Response:
    """The picture of one of our block types in Prefect's UI: its name on a plate, so that none comes from elsewhere."""
    shown = name.removeprefix("wzrd-").removesuffix("-credentials").replace("-", " ")
    lines = [word[:8] for word in shown.split()][:3] or ["wzrd"]
    first = 50 - 9 * (len(lines) - 1)
    words = "".join(f'<text x="50" y="{first + 18 * at}">{line}</text>' for at, line in enumerate(lines))
    plate = f'<rect width="100" height="100" rx="18" fill="hsl({sum(map(ord, name)) * 37 % 360} 45% 32%)"/>'
    style = 'font-family="sans-serif" font-size="19" fill="#fff" text-anchor="middle" dominant-baseline="central"'
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{plate}<g {style}>{words}</g></svg>'
    headers = {"cache-control": "public, max-age=86400", "content-security-policy": "default-src 'none'"}
    return Response(drawn, media_type="image/svg+xml", headers=headers)
