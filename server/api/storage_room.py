"""Room for an upload below its user's quota: taken before a byte is read, given back at the end."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

from fastapi import Request

from server.api.services import Services
from wzrd.db.stored_bytes import give_room_back, sum_bytes, take_room
from wzrd.storage.protocol import TooLarge

GRACE_SECONDS = 60.0
"""Beyond the longest upload: a process that died gives its room back by then."""


class QuotaExceeded(TooLarge):
    """The user's files are as many bytes as may be stored."""

    code = "quota_exceeded"


def announced_bytes(request: Request) -> int | None:
    """The length that the request tells of its body; None where it tells none."""
    header = request.headers.get("content-length", "")
    return int(header[:20]) if header.isdecimal() else None


@asynccontextmanager
async def storage_room(
    services: Services, user_id: UUID, most: int, *, announced: int | None = None
) -> AsyncGenerator[int]:
    """Room for a file of `announced` bytes, else of as many as there are, `most` at most; how large it may be.

    Raises:
        QuotaExceeded: there is no room for it, told at the beginning or when more comes than there was room for.
    """
    quota = services.runtime.settings.user_storage
    if not quota:
        yield most
        return
    async with services.runtime.begin() as tx:
        used = await sum_bytes(tx, user_id)
        left = max(0, quota - used)
        wanted = min(most, left if announced is None else announced)
        if wanted > left or not left:
            raise _exceeded(quota, used)
        seconds = services.runtime.settings.upload_seconds + GRACE_SECONDS
        room = await take_room(tx, user_id, wanted, seconds=seconds)
    try:
        yield wanted
    except TooLarge as error:
        raise (_exceeded(quota, used) if wanted < most and announced is None else error) from None
    finally:
        async with services.runtime.begin() as tx:
            await give_room_back(tx, room)


def _exceeded(quota: int, used: int) -> QuotaExceeded:
    message = f"You have {used} of the {quota} bytes that a user may store: delete files first"
    return QuotaExceeded(message, used=used, limit=quota)
