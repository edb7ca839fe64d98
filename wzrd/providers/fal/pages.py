"""Lists of fal's platform API, a page after the other."""

from collections.abc import AsyncGenerator

import httpx

from wzrd.providers.http_border import JsonCalls, Reply, RequestState


async def read_pages(
    calls: JsonCalls, state: RequestState, url: httpx.URL, *, pages: int, most: int
) -> AsyncGenerator[Reply]:
    """The answers of so many pages, each of `most` bytes; one that is no success is the last, for its caller."""
    cursor = ""
    for _ in range(pages):
        asked = url.copy_merge_params({"cursor": cursor}) if cursor else url
        reply = await calls.call(state, "GET", str(asked), most=most)
        yield reply
        members = reply.members or {}
        cursor, before = str(members.get("next_cursor") or ""), cursor
        if not reply.is_success or members.get("has_more") is not True or cursor in {"", before}:
            return
