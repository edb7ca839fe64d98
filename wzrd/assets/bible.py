"""A project's bible, read from its rows, and the addresses by which providers read its sheets."""

from collections.abc import Iterable, Mapping
from urllib.parse import quote
from uuid import UUID

from wzrd.assets.bible_references import Bible
from wzrd.assets.breakdowns import ProjectBreakdown, find_stored, open_breakdown
from wzrd.db.engine import Tx
from wzrd.db.sheets import list_sheets
from wzrd.domain.bible import Sheet, SheetKey
from wzrd.runtime.process import Runtime
from wzrd.storage.signed_urls import PREFIX, UrlSigner

ADDRESS_SECONDS = 86_400
"""Time for which a provider may read a sheet at its signed address."""


def _bible_of(found: ProjectBreakdown, sheets: Mapping[SheetKey, Sheet]) -> Bible:
    return Bible(found.whole, found.scenes, sheets)


async def read_film(
    runtime: Runtime, project_id: UUID, *, user_id: UUID | None, anyway: bool
) -> ProjectBreakdown | None:
    """The breakdown of a project whose shots have sheets, read when its transaction has been given back.

    None: it has no sheet (nor is it wanted `anyway`), or there is no such project of the user's.
    """
    async with runtime.begin() as tx:
        is_wanted = anyway or bool(await list_sheets(tx, project_id))
        stored = await find_stored(tx, project_id, user_id=user_id) if is_wanted else None
    return None if stored is None else await stored.read()


async def gather_bible(tx: Tx, project_id: UUID, film: ProjectBreakdown | None) -> Bible:
    """The bible of a project whose `film` has been read; empty where nothing was to be read."""
    return Bible() if film is None else _bible_of(film, await list_sheets(tx, project_id))


async def open_bible(runtime: Runtime, project_id: UUID, *, user_id: UUID | None = None) -> Bible:
    """The bible of a project, its sheets or not, read when its transaction has been given back.

    Raises:
        NotFound: there is no such project, or it is somebody else's.
    """
    found = await open_breakdown(runtime, project_id, user_id=user_id)
    async with runtime.begin() as tx:
        return _bible_of(found, await list_sheets(tx, project_id))


def addresses_of(runtime: Runtime, sheets: Iterable[Sheet]) -> dict[str, str]:
    """Addresses by which a provider may read these sheets for a day, by key: signed, since their bucket is private.

    Raises:
        NotConfigured: this server has no secret to sign with.
    """
    signer, base = UrlSigner.of(runtime.settings, runtime.now), runtime.settings.addresses[0]
    return {
        str(sheet.key): f"{base}{PREFIX}{sheet.bucket}/{quote(sheet.path)}?token="
        + signer.sign("download", sheet.bucket, sheet.path, ADDRESS_SECONDS)
        for sheet in sheets
    }
