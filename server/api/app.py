"""The API: one FastAPI application over one runtime. Nothing here knows Prefect, and importing it is quick."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from server.api import errors
from server.api.auth import Authenticator
from server.api.cors import Cors
from server.api.hub import Hub
from server.api.routes import auth_v1, auto_generate, director_cut, gen_shots, health, pages, runs, storage, wallet_auth
from server.dispatch import Dispatcher, PrefectApi
from wzrd.runtime.process import Runtime

ROUTERS = (
    health.router,
    pages.router,
    auth_v1.router,
    wallet_auth.router,
    gen_shots.router,
    auto_generate.router,
    director_cut.router,
    runs.router,
    storage.router,
)


def create_app(runtime: Runtime) -> FastAPI:
    """The application that serves `runtime`; the caller opens and closes the runtime."""
    app = FastAPI(
        title="WZRD Studio generation API",
        description="A screenplay goes in, a film comes out.",
        lifespan=_live,
        redirect_slashes=False,
        openapi_url=None,  # routes/pages.py answers instead, as the operator wants it
    )
    app.state.runtime = runtime
    app.state.authenticator = Authenticator(runtime.settings, runtime.now)
    for router in ROUTERS:
        app.include_router(router)
    errors.install(app)
    app.add_middleware(errors.ErrorBoundary)
    app.add_middleware(Cors)  # added last: outermost, so that every answer carries its headers
    return app


@asynccontextmanager
async def _live(app: FastAPI) -> AsyncGenerator[None]:
    """What lives as long as the process serves."""
    runtime: Runtime = app.state.runtime
    settings = runtime.settings
    auth = settings.prefect_auth_string
    prefect = PrefectApi(settings.prefect_api_url, auth=auth.get_secret_value() if auth else None)
    app.state.dispatcher = Dispatcher(runtime, prefect)
    app.state.hub = Hub(runtime)
    await app.state.hub.start()
    try:
        yield
    finally:
        await app.state.hub.close()
        await app.state.dispatcher.close()
        await prefect.close()
        await app.state.authenticator.close()
