"""GET, POST /functions/v1/model-catalog: the documented bare array, and the lists and look-ups of the studio's client.

Every model is written as JSON once a process; a list is these pieces, chosen and joined, and the latest lists are kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cache, lru_cache
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import parse, read_json
from server.api.callers import PublicCaller
from server.api.described import described
from server.api.services import ServicesOf
from server.api.stored_files import CacheHeaders, names_tag, tag_of
from wzrd.contracts.model_catalog import (
    LISTS,
    PARAMETERS,
    Catalog,
    CatalogBody,
    CatalogCounts,
    CatalogModel,
    CatalogPage,
    CatalogRequest,
    Diagnostics,
    ListedModel,
    ModelView,
)
from wzrd.contracts.wire import dumps
from wzrd.domain.errors import BadRequest, NotFound
from wzrd.models.catalog import Model, load_catalog
from wzrd.models.catalog_query import CatalogQuery, count_providers, select

router = APIRouter(tags=["catalog"])

PATH = "/functions/v1/model-catalog"
MAX_PARAMETERS = 200
KEPT = 64
"""Answers that are kept: a front end asks for the same few. Each has at most the whole catalog, some 200 KiB."""
_HEADERS = {"cache-control": "private, no-cache", "access-control-expose-headers": "etag"}


@router.get(PATH)
@described(
    query=CatalogRequest,
    headers=CacheHeaders,
    answers={200: (Catalog, CatalogPage, CatalogModel), 304: None},
    raises=(NotFound,),
)
async def get_catalog(request: Request, _: PublicCaller) -> Response:
    """Without the client's parameters the bare array; with them its envelope, or `{model}` for an `id`."""
    given = _read_pairs(request.query_params.multi_items())
    body, etag = answer(given) if given else bare_array()
    headers = {**_HEADERS, "etag": etag}
    if names_tag(request.headers.getlist("if-none-match"), etag):
        return Response(None, 304, headers)
    return Response(body, 200, headers, media_type="application/json")


@router.post(PATH)
@described(body=CatalogBody, query=CatalogRequest, answers={200: (CatalogPage, CatalogModel)}, raises=(NotFound,))
async def post_catalog(request: Request, services: ServicesOf, _: PublicCaller) -> Response:
    """The envelope: parameters of the address count first, then those of the body's `params`, then its fields."""
    raw = await read_json(request, max_bytes=services.runtime.settings.max_body)
    given = {**_read_fields(raw), **_read_params(raw.get("params")), **_read_pairs(request.query_params.multi_items())}
    body, etag = answer(given)
    return Response(body, 200, {**_HEADERS, "etag": etag}, media_type="application/json")


def _name(name: str) -> str:
    return "include_advanced" if name == "includeAdvanced" else name


def _read_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The parameters of a query string: of several the first, of lists all; a blank one is none."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in LISTS and value.strip():
            found.setdefault(name, []).append(value)
        elif name in PARAMETERS and value.strip():
            found.setdefault(_name(name), value)
    return found


def _read_params(text: object) -> dict[str, Any]:
    """The parameters in a body's `params`, a query string.

    Raises:
        BadRequest: it is no text, or holds too much.
    """
    if text is None:
        return {}
    if not isinstance(text, str):
        raise BadRequest("params: must be a text of URL-encoded parameters", field="params")
    try:
        return _read_pairs(parse_qsl(text.removeprefix("?"), max_num_fields=MAX_PARAMETERS))
    except ValueError:
        raise BadRequest(f"params: more than {MAX_PARAMETERS} parameters", field="params") from None


def _read_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters among a body's own fields; null and "" are none."""
    return {_name(name): body[name] for name in PARAMETERS if body.get(name) not in (None, "")}


@cache
def bare_array() -> tuple[bytes, str]:
    """Every model as documented, and the tag of it; made once a process."""
    listed = Catalog([ListedModel.model_validate(model) for model in load_catalog().listed])
    body = dumps(listed.model_dump(mode="json", by_alias=True))
    return body, tag_of(body)


@cache
def _pieces() -> Mapping[str, bytes]:
    """Every model as the studio's client reads it, by id; made once a process."""
    return {model.id: _piece(model) for model in load_catalog().listed}


def _piece(model: Model) -> bytes:
    return dumps(ModelView.model_validate(model).wire())


def answer(given: Mapping[str, Any]) -> tuple[bytes, str]:
    """The body for these parameters, and its tag.

    Raises:
        BadRequest: a parameter that cannot be, or the Kanvas view.
        NotFound: no model has this id.
    """
    return answer_request(parse(CatalogRequest, given))


@lru_cache(KEPT)
def answer_request(asked: CatalogRequest) -> tuple[bytes, str]:
    """The body for parameters that were read, and its tag."""
    if asked.studio == "kanvas":
        raise BadRequest("studio: the Kanvas view is not served here; leave it out for the models themselves")
    body = _list(asked) if asked.id is None else _single(asked.id)
    return body, tag_of(body)


def _single(model_id: str) -> bytes:
    model = load_catalog().find(model_id)
    if model is None:
        raise NotFound("Model not found")
    return b'{"model":' + (_pieces().get(model.id) or _piece(model)) + b"}"


def _list(asked: CatalogRequest) -> bytes:
    models = load_catalog().listed
    query = CatalogQuery(
        category=asked.category,
        media_type=asked.media_type,
        ui_group=asked.ui_group,
        provider=asked.provider,
        workflow_types=asked.workflow_types or ((asked.workflow_type,) if asked.workflow_type else ()),
        studio_surface=asked.studio_surface,
        search=asked.search or "",
        capabilities=asked.capabilities,
        limit=None if asked.limit is None else max(1, asked.limit),
        offset=max(0, asked.offset or 0),
        include_advanced=asked.include_advanced,
    )
    page = select(models, query)
    diagnostics = _diagnose(models, query) if asked.diagnostics or not page.models else None
    counts = CatalogCounts(
        total=page.total, scanned=len(models), categories=page.categories, diagnostics=diagnostics
    ).wire()
    pieces = _pieces()
    return b'{"models":[' + b",".join(pieces[model.id] for model in page.models) + b"]," + dumps(counts)[1:]


def _diagnose(models: Sequence[Model], query: CatalogQuery) -> Diagnostics:
    providers = count_providers(models, query)
    fal = next((one for one in providers if one.provider == "fal-ai"), None)
    return Diagnostics(request=asdict(query), scanned=len(models), providers=providers, fal=fal)
