"""A bare Starlette application that answers bytes it was given, and 304 to who names their tag. It checks nobody.

Plain uvicorn under the settings of server/api/serve.py. WZRD_BODIES is a folder: `/NAME` answers what its file holds.
"""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from benchmarks.peers.api import settings_of

TAG = '"the-one"'
_HEADERS = {"etag": TAG, "cache-control": "private, no-cache"}


def _answer(body: bytes) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        if request.headers.get("if-none-match") == TAG:
            return Response(None, 304, _HEADERS)
        if request.method == "POST":
            await request.body()
        return Response(body, 200, _HEADERS, media_type="application/json")

    return answer


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("ok")


def make_app(folder: Path) -> Starlette:
    """The application over a folder's files."""
    routes = [Route(f"/{one.name}", _answer(one.read_bytes()), methods=["GET", "POST"]) for one in folder.iterdir()]
    return Starlette(routes=[Route("/healthz", _healthz), *routes])


if __name__ == "__main__":
    uvloop.run(uvicorn.Server(settings_of(make_app(Path(os.environ["WZRD_BODIES"])))).serve())
