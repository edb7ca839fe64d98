"""The API's own description: /openapi.json, and the pages /docs and /redoc that show it. Each answers as it is set."""

import asyncio

from fastapi import APIRouter, Request
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
        from server.api.openapi.document import build_openapi  # noqa: PLC0415 - nobody else needs it

        request.app.openapi_schema = await asyncio.to_thread(build_openapi, request.app)
    return json_response(request.app.openapi_schema)


@router.get("/docs")
async def get_docs(request: Request, services: ServicesOf) -> Response:
    """Swagger's page, whose script comes from its own network."""
    settings = services.runtime.settings
    require_access(request, settings.docs, setting="WZRD_DOCS", proxies=settings.trusted_proxies)
    return get_swagger_ui_html(openapi_url=SCHEMA, title=request.app.title)


@router.get("/redoc")
async def get_redoc(request: Request, services: ServicesOf) -> Response:
    """Redoc's page."""
    settings = services.runtime.settings
    require_access(request, settings.docs, setting="WZRD_DOCS", proxies=settings.trusted_proxies)
    return get_redoc_html(openapi_url=SCHEMA, title=request.app.title)
