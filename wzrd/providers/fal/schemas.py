"""The inputs of fal's models as fal tells them now, by its platform API.

Source: fal.ai/docs/platform-apis/v1/models (no key is needed; with one more may be asked). About ten models of an
answer have their schemas.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence

import httpx

from wzrd.domain.errors import ProviderError
from wzrd.models.schemas.openapi import Schema, read_answer
from wzrd.providers.fal.pages import read_pages
from wzrd.providers.http_border import JsonCalls, RequestState

PAGE, PAGES = 10, 5
"""Models that are asked for at once, and pages of their answer that are read."""
MAX_PAGE = 64 << 20
"""Bytes of one answer."""


async def read_schemas(
    calls: JsonCalls, platform_url: str, endpoint_ids: Sequence[str]
) -> AsyncGenerator[Mapping[str, Schema | None]]:
    """The inputs of some more of these models at a time; None of one of which fal tells none that can be read.

    Raises:
        ProviderError: no answer, or none that lists models.
    """
    for at in range(0, len(endpoint_ids), PAGE):
        asked = endpoint_ids[at : at + PAGE]
        state = RequestState(calls.name, "ask")
        with calls.translated(state):
            found = await _read(calls, state, f"{platform_url.rstrip('/')}/models", asked)
        yield {one: found.get(one) for one in asked}


async def _read(calls: JsonCalls, state: RequestState, url: str, asked: Sequence[str]) -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    query = httpx.QueryParams([("endpoint_id", one) for one in asked]).add("expand", "openapi-3.0")
    async for reply in read_pages(calls, state, httpx.URL(url, params=query), pages=PAGES, most=MAX_PAGE):
        if not reply.is_success:
            raise calls.refusal(reply, state)
        members = reply.members or {}
        if not isinstance(members.get("models"), list):
            raise ProviderError(f"{state.name}: it answered no list of models")
        found |= read_answer(members)
    return found
