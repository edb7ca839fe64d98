"""The one table of providers' credentials: whose key stands where, and at which addresses each provider is reached.

A provider is named everywhere as the catalog names it. A new one is a row here, its settings (wzrd/settings.py), its
field in the Prefect block (blocks/credentials.py), and an adapter; tests compare the three. Pure: no key is kept here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from pydantic import SecretStr

from wzrd.domain.offline import LOCAL
from wzrd.settings import Settings

BLOCK_NAME = "wzrd"
"""The Prefect block document in which an operator may keep the keys."""
BLOCK_SLUG = "wzrd-provider-credentials"
"""Its type, as Prefect's addresses spell it."""

Keys: TypeAlias = Mapping[str, SecretStr]
"""The keys that there are, by provider; an absent or blank one is not among them."""


@dataclass(frozen=True, slots=True)
class Credential:
    """One provider: `variable` is what an operator sets for its key; `keyless`: it may need none, but an address.

    The addresses are the names of fields in the settings: `chat` speaks OpenAI's chat, `files` takes files that are
    handed over, `api` is for everything else.
    """

    provider: str
    variable: str
    chat: str | None = None
    api: str | None = None
    files: str | None = None
    keyless: bool = False

    @property
    def field(self) -> str:
        """The key's field, in the settings and in the Prefect block."""
        return self.variable.lower().removeprefix("wzrd_")

    @property
    def addresses(self) -> tuple[str, ...]:
        """The settings' fields that hold an address of it."""
        return tuple(name for name in (self.chat, self.api, self.files) if name is not None)


CREDENTIALS: Mapping[str, Credential] = MappingProxyType(
    {
        row.provider: row
        for row in (
            Credential("groq", "GROQ_API_KEY", chat="groq_base_url"),
            Credential("fal-ai", "FAL_KEY", api="fal_queue_url", files="fal_rest_url"),
            Credential("gmi-cloud", "GMI_CLOUD_API_KEY", chat="gmi_chat_url", api="gmi_queue_url"),
            Credential("elevenlabs", "ELEVENLABS_API_KEY", api="elevenlabs_base_url"),
            Credential("lovable-ai", "LOVABLE_API_KEY", chat="gateway_base_url"),
            Credential("gemini", "GEMINI_API_KEY", chat="gemini_base_url"),
            Credential("openai", "OPENAI_API_KEY", chat="openai_base_url"),
            Credential(LOCAL, "WZRD_CHAT_API_KEY", chat="chat_base_url", keyless=True),
        )
    }
)


def read_keys(source: object) -> Keys:
    """The keys that `source` has: settings or a credentials block, which hold them in fields of the same names."""
    found: dict[str, SecretStr] = {}
    for row in CREDENTIALS.values():
        key: SecretStr | None = getattr(source, row.field)
        if key is not None and key.get_secret_value().strip():
            found[row.provider] = key
    return found


def keys_of(fields: Mapping[str, object]) -> Keys:
    """The keys in the fields of a credentials block as Prefect's server tells them; what is no text is none."""
    told = ((row.provider, fields.get(row.field)) for row in CREDENTIALS.values())
    return {provider: SecretStr(key) for provider, key in told if isinstance(key, str) and key.strip()}


def provider_addresses(settings: Settings) -> tuple[str, ...]:
    """The addresses that the operator named for providers: their results may lie there, on loopback too."""
    told = (getattr(settings, name) for row in CREDENTIALS.values() for name in row.addresses)
    return tuple(address for address in told if address is not None)
