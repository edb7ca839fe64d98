"""The routes: a file each, named as the URL, or one for close kin; every `router` here is served."""

from importlib import import_module
from pkgutil import iter_modules

from fastapi import APIRouter

from server.api.routes import storage_objects, storage_reads, storage_uploads

_STORAGE = (
    storage_reads.reserved_router,
    storage_objects.reserved_router,
    storage_uploads.signed_router,
    storage_reads.router,
    storage_objects.router,
    storage_uploads.router,
    storage_objects.bucket_router,
)
"""Those whose order counts: a word that means something comes before the same place as a bucket's name."""


def _router_of(module: str) -> APIRouter:
    """The router of a module here.

    Raises:
        RuntimeError: it has none.
    """
    router = getattr(import_module(f"{__name__}.{module}"), "router", None)
    if not isinstance(router, APIRouter):
        raise RuntimeError(f"server/api/routes/{module}.py has no `router`")  # noqa: TRY004 - a file is not as it must be
    return router


_ALL = (*_STORAGE, *(_router_of(module.name) for module in iter_modules(__path__)))
ROUTERS = tuple({id(router): router for router in _ALL}.values())
"""The routers of all modules here, each once."""
