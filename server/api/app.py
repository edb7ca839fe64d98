"""The API: one FastAPI application over one runtime. Nothing here knows Prefect, and importing it is quick."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from server.api import errors
from server.api.cors import Cors
from server.api.pacing import Pacing
from server.api.respond_async import RespondAsync
from server.api.routes import (
    asset_upload,
    auth_v1,
    auto_generate,
    compute_cancel,
    compute_execute,
    compute_plan,
    compute_save_graph,
    compute_schema,
    director_cut,
    download,
    elevenlabs,
    elevenlabs_voices,
    fal_stream,
    gemini_text_generation,
    gen_shots,
    generate_shot_audio,
    generate_shot_image,
    generate_video_from_image,
    generate_visual_prompt,
    generation_route,
    gmi_execute,
    groq_chat,
    groq_stream,
    health,
    model_catalog,
    pages,
    runs,
    storage,
    storage_objects,
    storage_reads,
    storage_uploads,
    studio_load_state,
    upload,
    wallet_auth,
    webhooks,
)
from server.api.services import make_services, services_of
from wzrd.domain.routing import routed_catalog
from wzrd.runtime.process import Runtime

KIND_ROUTERS: Mapping[str, APIRouter] = {
    "gen-shots": gen_shots.router,
    "auto-generate": auto_generate.router,
    "director-cut": director_cut.router,
    "generate": fal_stream.router,
    "compute": compute_execute.router,
}
"""The routes that start each kind of run."""
ROUTERS = (
    health.router,
    pages.router,
    auth_v1.router,
    wallet_auth.router,
    runs.router,
    storage.router,
    storage_reads.reserved_router,
    storage_objects.reserved_router,
    storage_uploads.signed_router,
    storage_reads.router,
    storage_objects.router,
    storage_uploads.router,
    storage_objects.bucket_router,
    upload.router,
    download.router,
    asset_upload.router,
    model_catalog.router,
    generation_route.router,
    elevenlabs.router,
    elevenlabs_voices.router,
    generate_shot_audio.router,
    generate_shot_image.router,
    generate_video_from_image.router,
    gmi_execute.router,
    gemini_text_generation.router,
    generate_visual_prompt.router,
    groq_chat.router,
    groq_stream.router,
    studio_load_state.router,
    compute_plan.router,
    compute_cancel.router,
    compute_save_graph.router,
    compute_schema.router,
    webhooks.router,
)


def create_app(runtime: Runtime) -> FastAPI:
    """The application that serves `runtime`; the caller opens and closes the runtime.

    Raises:
        ValueError: the model catalog is broken (`wzrd.domain.routing.routed_catalog`).
        RuntimeError: a kind of run has no route.
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
    asked_for = {name for name, kind in runtime.kinds.items() if not kind.for_operators}
    if missing := sorted(asked_for - KIND_ROUTERS.keys()):
        raise RuntimeError(f"no route starts a run of {', '.join(missing)}: add it to KIND_ROUTERS")
    for router in (*ROUTERS, *KIND_ROUTERS.values()):
        app.include_router(router)
    errors.install(app)
    app.add_middleware(RespondAsync)
    app.add_middleware(errors.ErrorBoundary)
    app.add_middleware(Cors)  # around all that answers, so that every answer carries its headers
    app.add_middleware(Pacing)  # added last: outermost
    return app


@asynccontextmanager
async def _live(app: FastAPI) -> AsyncGenerator[None]:
    """What lives as long as the process serves."""
    services = services_of(app)
    await services.start()
    try:
        yield
    finally:
        await services.close()
