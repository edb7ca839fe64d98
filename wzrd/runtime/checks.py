"""Everything that runs depend on, looked at: each provider's key, the file store, the database. Nothing is changed."""

import asyncio
import os

from pydantic import SecretStr

from wzrd.db.connection_check import reach_database
from wzrd.domain.checks import Check, judge
from wzrd.domain.errors import NotConfigured, ProviderError, Unavailable
from wzrd.net.http import open_http
from wzrd.providers.checks import CHECK_SECONDS, check_key
from wzrd.providers.credentials import CREDENTIALS, Keys, read_keys
from wzrd.providers.http_border import JsonCalls, RequestState
from wzrd.providers.opening import utc_now
from wzrd.providers.provider_json import reason_of
from wzrd.settings import Settings

STORE, DATABASE = "media store", "database"


async def check_services(settings: Settings, kept: Keys) -> list[Check]:
    """Look at all of them at once, 5 s at most: providers in the table's order, then the store and the database.

    `kept`: the keys in blocks, which count before the environment's.
    """
    keys = {**read_keys(settings), **kept}
    looks = [check_provider(settings, name, keys.get(name), in_block=name in kept) for name in CREDENTIALS]
    return await asyncio.gather(*looks, check_store(settings), check_database(settings.database_url))


async def check_provider(settings: Settings, provider: str, key: SecretStr | None, *, in_block: bool = False) -> Check:
    """Look at one provider's key, which stands in a block or in the environment."""
    async with open_http(idle=CHECK_SECONDS) as http:
        return await check_key(settings, provider, key, http, in_block=in_block)


async def check_database(url: SecretStr | None) -> Check:
    """Look at a database."""
    if url is None:
        return Check(DATABASE, None, "not configured: `wzrd up` starts one, or set WZRD_DATABASE_URL")
    return Check(DATABASE, *await reach_database(url.get_secret_value()))


async def check_store(settings: Settings) -> Check:
    """Look at where files are kept."""
    if settings.storage == "local":
        return await asyncio.to_thread(_check_folder, settings)
    if settings.storage == "s3":
        return await _check_s3(settings)
    if settings.supabase_url is None or settings.supabase_service_key is None:
        return Check(STORE, "refused", "WZRD_STORAGE=supabase needs SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY")
    return await _check_supabase(settings.supabase_url, settings.supabase_service_key.get_secret_value())


def _check_folder(settings: Settings) -> Check:
    folder = settings.media_folder.absolute()
    existing = next(one for one in (folder, *folder.parents) if one.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return Check(STORE, "valid", f"the folder {folder}")
    return Check(STORE, "refused", f"the folder {folder} cannot be written: set WZRD_MEDIA_DIR")


async def _check_s3(settings: Settings) -> Check:
    """Ask for a file that is not there."""
    # a process whose files lie elsewhere need not load its client
    from wzrd.storage.s3 import S3Storage, open_bucket

    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await S3Storage(s3=open_bucket(settings), spool=settings.work_folder / "s3").check()
    except NotConfigured as error:
        return Check(STORE, "refused", error.message)
    except (Unavailable, TimeoutError):
        return Check(STORE, "unreachable", "S3 does not answer: check WZRD_S3_ENDPOINT and AWS_REGION")
    return Check(STORE, "valid", f"S3, the bucket {settings.s3_bucket}")


async def _check_supabase(url: str, key: str) -> Check:
    """Ask for the list of buckets, which is free. Supabase's true status is in the body: its HTTP status is 400."""
    name = "Supabase Storage"
    async with open_http(idle=CHECK_SECONDS) as http:
        calls = JsonCalls(name, http, key=key, key_variable="SUPABASE_SERVICE_ROLE_KEY", scheme="Bearer", now=utc_now)
        state = RequestState(name, "ask")
        try:
            with calls.translated(state):
                reply = await calls.call(
                    state, "GET", f"{url}/storage/v1/bucket", headers={"apikey": key}, within=CHECK_SECONDS
                )
        except ProviderError as error:
            return Check(STORE, "unreachable", error.message)
    reason = calls.scrub(reason_of(reply.value))
    if reply.is_success:
        is_list = isinstance(reply.value, list)
        return Check(STORE, *(("valid", name) if is_list else ("unreachable", "no Supabase: check SUPABASE_URL")))
    said = str((reply.members or {}).get("statusCode") or "")
    verdict = judge(int(said) if said.isdecimal() else reply.status, reason)
    remedy = "check SUPABASE_SERVICE_ROLE_KEY: " if verdict == "refused" else ""
    return Check(STORE, verdict, f"{remedy}{reason} ({said or reply.status})")
