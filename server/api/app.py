"""The API: one FastAPI application over one runtime. Nothing here knows Prefect, and importing it is quick."""

from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import asynccontextmanager
from copy import copy

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from server.api import errors
from server.api.cors import Cors
from server.api.pacing import Pacing
from server.api.routes import ROUTERS
from server.api.services import make_services, services_of
from server.api.waiting import RespondAsync
from server.logs import RequestLog
from wzrd.contracts.functions import FUNCTIONS
from wzrd.models.routing import routed_catalog
from wzrd.runtime.kind import Kind
from wzrd.runtime.process import Runtime


def create_app(runtime: Runtime) -> FastAPI:
    """The application that serves `runtime`; the caller opens and closes the runtime.

    Raises:
        ValueError: the model catalog is broken (`wzrd.models.routing.routed_catalog`).
        RuntimeError: a kind of run, or a function, has no route.
    """
    routed_catalog()
    app = FastAPI(
        title="WZRD Studio generation API",
        description="A screenplay goes in, a film comes out.",
        lifespan=_live,
        redirect_slashes=False,
        openapi_url=None,  # routes/pages.py answers instead, as the operator wants it
    )
    app.state.services = make_services(runtime)
    for router in ROUTERS:
        app.router.routes += _with_heads(router.routes)  # included, FastAPI would make each anew for the first request
    _check_routes(runtime.kinds.values())
    errors.install(app)
    app.add_middleware(RespondAsync)
    app.add_middleware(errors.ErrorBoundary)
    app.add_middleware(Cors)  # around all that answers, so that every answer carries its headers
    app.add_middleware(Pacing)
    if runtime.settings.logs == "json":
        app.add_middleware(RequestLog)  # added last: outermost
    return app


def _with_heads(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    """The routes; behind each that answers GET one that answers HEAD alike (RFC 9110, 9.1), without a body."""
    for route in routes:
        yield route
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            head = copy(route)
            head.methods, head.include_in_schema = {"HEAD"}, False
            yield head


def _check_routes(kinds: Iterable[Kind]) -> None:
    """See that every kind of run that users ask for, and every function that generates, has its route.

    Raises:
        RuntimeError: it has none; the file that is to be added is named.
    """
    paths = {route.path for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)}
    wanted = [(kind.route, f"the kind {kind.name}") for kind in kinds if kind.route is not None]
    wanted += [(function.path, f"the function {function.name}") for function in FUNCTIONS.values()]
    for path, what in wanted:
        if path not in paths:
            file = path.rpartition("/")[2].replace("-", "_")
            raise RuntimeError(f"{what} needs a route {path}: add server/api/routes/{file}.py")


@asynccontextmanager
async def _live(app: FastAPI) -> AsyncGenerator[None]:
    """Services that live as long as the process serves."""
    services = services_of(app)
    await services.start()
    try:
        yield
    finally:
        await services.close()
