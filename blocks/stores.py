"""Where rows and files are, as Prefect blocks: for flow processes that have no environment of ours (foreign pools).

The environment wins: a block is read only where the process has no `WZRD_DATABASE_URL`, or no say about its files.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, SecretStr

from wzrd.domain.checks import Check
from wzrd.models.checked_settings import load
from wzrd.providers.credentials import DATABASE_BLOCK, MEDIA_STORE_BLOCK
from wzrd.runtime.checks import check_database, check_store
from wzrd.settings import Settings


class Database(Block):
    """The PostgreSQL that holds runs, credits and the studio's rows."""

    _block_type_name: ClassVar[str | None] = "WZRD Database"
    _block_type_slug: ClassVar[str | None] = DATABASE_BLOCK
    _logo_url: ClassVar[HttpUrl | None] = HttpUrl("https://github.com/postgres.png")
    _documentation_url: ClassVar[HttpUrl | None] = HttpUrl(
        "https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING"
    )

    url: SecretStr = Field(title="Address", description="postgresql://USER:PASSWORD@HOST/DATABASE")

    async def check(self) -> Check:
        """Connect, within 5 s; nothing is written, and the address is not shown."""
        return await check_database(self.url)


class MediaStore(Block):
    """Where pictures, clips and films are kept: Supabase Storage, or a folder that all processes share."""

    _block_type_name: ClassVar[str | None] = "WZRD Media Store"
    _block_type_slug: ClassVar[str | None] = MEDIA_STORE_BLOCK
    _logo_url: ClassVar[HttpUrl | None] = HttpUrl("https://github.com/supabase.png")
    _documentation_url: ClassVar[HttpUrl | None] = HttpUrl("https://supabase.com/docs/guides/storage")

    storage: Literal["local", "supabase"] = Field(default="local", title="Kind")
    folder: str | None = Field(default=None, title="Folder", description="Of a local store: its absolute path.")
    public_url: str | None = Field(
        default=None, title="Public address", description="Of the API, under which files are read."
    )
    supabase_url: str | None = Field(
        default=None, title="Supabase's address", description="https://PROJECT.supabase.co"
    )
    service_role_key: SecretStr | None = Field(default=None, title="Service role key", description="Of that project.")

    async def check(self) -> Check:
        """Look at the folder, or ask Supabase for its buckets, within 5 s; the key is not shown."""
        return await check_store(self.settings(load()))

    def settings(self, settings: Settings) -> Settings:
        """The settings with this store in them; checked as the environment's are.

        Raises:
            ValidationError: an address is none.
        """
        given = {
            "WZRD_STORAGE": self.storage,
            "WZRD_MEDIA_DIR": self.folder and Path(self.folder),
            "WZRD_PUBLIC_URL": self.public_url,
            "SUPABASE_URL": self.supabase_url,
            "SUPABASE_SERVICE_ROLE_KEY": self.service_role_key,
        }
        checked = Settings.model_validate({name: value for name, value in given.items() if value})
        names = ("storage", "media_dir", "public_url", "supabase_url", "supabase_service_key")
        return settings.model_copy(update={name: given for name in names if (given := getattr(checked, name))})


_STORE_FIELDS = frozenset({"storage", "media_dir", "supabase_url"})


def fill_settings(settings: Settings, blocks: Mapping[str, Mapping[str, Any]]) -> Settings:
    """The settings, with what the environment does not say taken from the fields of our blocks (by type).

    Raises:
        ValidationError: what a block says is nothing that can be used.
    """
    if settings.database_url is None and (block := blocks.get(DATABASE_BLOCK)):
        settings = settings.model_copy(update={"database_url": Database.model_validate(block).url})
    if not settings.model_fields_set & _STORE_FIELDS and (block := blocks.get(MEDIA_STORE_BLOCK)):
        settings = MediaStore.model_validate(block).settings(settings)
    return settings
