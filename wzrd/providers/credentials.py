"""The one table of providers: whose key stands where, at which addresses each is reached, and who asks it.

A provider is named everywhere as the catalog names it. A new one is a row here, its settings (wzrd/settings.py), its
Prefect block (blocks/credentials.py), and an adapter; tests compare them. Pure: no key is kept here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias, cast

from pydantic import SecretStr

from wzrd.contracts.wire import members_of
from wzrd.domain.offline import LOCAL
from wzrd.settings import Settings

BLOCK_NAME = "wzrd"
"""The name of the Prefect block documents that count, one of each type; others of these types are not looked at."""
KEY_FIELD = "api_key"
"""The field of a credentials block that holds the key."""
DATABASE_BLOCK, MEDIA_STORE_BLOCK = "wzrd-database", "wzrd-media-store"
"""The types of the blocks for processes that have no environment of ours."""

Keys: TypeAlias = Mapping[str, SecretStr]
"""The keys that there are, by provider; an absent or blank one is not among them."""


@dataclass(frozen=True, slots=True)
class FreeCall:
    """A free call that tells whether a key is taken: below which of the provider's addresses, and where the key goes.

    `malformed`: the vendor can only refuse it, which tells enough (`wzrd.domain.checks.judge`). `subscription`: its
    answer says what is left of one.
    """

    path: str
    method: str = "GET"
    at: str = "chat"
    json: Mapping[str, Any] | None = None
    scheme: str = "Bearer"
    header: str = "authorization"
    malformed: bool = False
    subscription: bool = False


MODELS = FreeCall("/models")


@dataclass(frozen=True, slots=True)
class Credential:
    """One provider: `variable` is what an operator sets for its key; `keyless`: it may need none, but an address.

    The addresses are the names of fields in the settings: `chat` speaks OpenAI's chat, `files` takes files that are
    handed over, `platform` tells of requests, prices and bills, `api` is for everything else. `adapter` is the module
    of `wzrd.providers` that asks it, beside the one for chats; `free` is the call by which its key is tried.
    `asks_usage`: a streamed chat reports its usage only where it is asked to.
    """

    provider: str
    variable: str
    chat: str | None = None
    api: str | None = None
    files: str | None = None
    platform: str | None = None
    keyless: bool = False
    adapter: str | None = None
    free: FreeCall = MODELS
    asks_usage: bool = True

    @property
    def field(self) -> str:
        """The key's field in the settings."""
        return self.variable.lower().removeprefix("wzrd_")

    @property
    def block(self) -> str:
        """The type of its Prefect block, as addresses spell it."""
        return f"wzrd-{self.provider}-credentials"

    def place(self, *, in_block: bool) -> str:
        """Where its key stands, by name."""
        return f"block {self.block}/{BLOCK_NAME}" if in_block else self.variable

    @property
    def addresses(self) -> tuple[str, ...]:
        """The settings' fields that hold an address of it."""
        return tuple(name for name in (self.chat, self.api, self.files, self.platform) if name is not None)


_FAL = FreeCall("/storage/auth/token?storage_type=fal-cdn-v3", "POST", "files", {}, scheme="Key")
_EMPTY_CHAT = FreeCall("/chat/completions", "POST", json={}, malformed=True)

CREDENTIALS: Mapping[str, Credential] = MappingProxyType(
    {
        row.provider: row
        for row in (
            Credential("groq", "GROQ_API_KEY", chat="groq_base_url", asks_usage=False),
            Credential(
                "fal-ai",
                "FAL_KEY",
                api="fal_queue_url",
                files="fal_rest_url",
                platform="fal_api_url",
                adapter="fal.adapter",
                free=_FAL,
            ),
            Credential(
                "gmi-cloud",
                "GMI_CLOUD_API_KEY",
                chat="gmi_chat_url",
                api="gmi_queue_url",
                adapter="gmi",
                free=FreeCall("/models", at="api"),
            ),
            Credential(
                "elevenlabs",
                "ELEVENLABS_API_KEY",
                api="elevenlabs_base_url",
                adapter="elevenlabs",
                free=FreeCall("/v1/user/subscription", at="api", scheme="", header="xi-api-key", subscription=True),
            ),
            Credential("lovable-ai", "LOVABLE_API_KEY", chat="gateway_base_url", free=_EMPTY_CHAT),
            Credential("gemini", "GEMINI_API_KEY", chat="gemini_base_url"),
            Credential("openai", "OPENAI_API_KEY", chat="openai_base_url"),
            Credential(LOCAL, "WZRD_CHAT_API_KEY", chat="chat_base_url", keyless=True),
        )
    }
)


def read_keys(settings: Settings) -> Keys:
    """The keys that the environment has."""
    found: dict[str, SecretStr] = {}
    for row in CREDENTIALS.values():
        key: SecretStr | None = getattr(settings, row.field)
        if key is not None and key.get_secret_value().strip():
            found[row.provider] = key
    return found


def blocks_query() -> dict[str, Any]:
    """Query to Prefect's `/block_documents/filter` for all of our blocks at once, their secrets in clear."""
    types = [*(row.block for row in CREDENTIALS.values()), DATABASE_BLOCK, MEDIA_STORE_BLOCK]
    return {
        "block_documents": {"name": {"any_": [BLOCK_NAME]}},
        "block_types": {"slug": {"any_": types}},
        "include_secrets": True,
    }


def fields_of(answer: object) -> Mapping[str, Mapping[str, Any]]:
    """The fields of our blocks, by type, of what Prefect answered; what has another form is left out."""
    found: dict[str, Mapping[str, Any]] = {}
    documents = cast("Sequence[object]", answer) if isinstance(answer, list) else ()
    for document in documents:
        kind, data = members_of(members_of(document).get("block_type")), members_of(members_of(document).get("data"))
        if data:
            found[str(kind.get("slug"))] = data
    return found


def keys_of(blocks: Mapping[str, Mapping[str, Any]]) -> Keys:
    """The keys in the fields of our blocks (by type); what is no text is none."""
    keys = ((row.provider, blocks.get(row.block, {}).get(KEY_FIELD)) for row in CREDENTIALS.values())
    return {provider: SecretStr(key) for provider, key in keys if isinstance(key, str) and key.strip()}


def provider_addresses(settings: Settings) -> tuple[str, ...]:
    """The addresses that the operator named for providers: their results may lie there, on loopback too."""
    addresses = (getattr(settings, name) for row in CREDENTIALS.values() for name in row.addresses)
    return tuple(address for address in addresses if address is not None)
