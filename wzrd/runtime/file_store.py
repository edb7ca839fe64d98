"""Which file store a process has: a folder of this machine, or Supabase Storage, as the environment says."""

from wzrd.domain.errors import NotConfigured
from wzrd.net.addresses import is_public_url
from wzrd.net.http import open_http
from wzrd.settings import Settings
from wzrd.storage.local import LocalStorage
from wzrd.storage.protocol import Storage
from wzrd.storage.supabase.store import SupabaseStorage

IDLE_SECONDS = 120.0
"""Supabase answers an upload when it has passed it on: that takes as long as a file is large."""


def make_storage(settings: Settings) -> Storage:
    """The store; nothing is connected to yet.

    Raises:
        NotConfigured: WZRD_STORAGE=supabase without its address or key.
    """
    if settings.storage == "local":
        return LocalStorage(settings.media_folder, settings.address)
    if settings.supabase_url is None or settings.supabase_service_key is None:
        raise NotConfigured("WZRD_STORAGE=supabase needs SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY")
    return SupabaseStorage(
        settings.supabase_url,
        settings.supabase_service_key,
        open_http(idle=IDLE_SECONDS),
        settings.work_folder / "supabase",
        settings.address,
        is_inside=is_public_url(settings.address) and not is_public_url(settings.supabase_url),
    )
