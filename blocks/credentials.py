"""The providers' API keys as Prefect blocks, a type each: entered in Prefect's UI, kept encrypted there.

The document `wzrd` of a type is what workers and the API read; which provider a type is for, and at which address its
key is checked, stands in `wzrd.providers.credentials`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, SecretStr

from wzrd.domain.checks import Check
from wzrd.models.checked_settings import load
from wzrd.providers.credentials import CREDENTIALS
from wzrd.runtime.checks import check_provider

SHOWN: Mapping[str, tuple[str, str, str]] = {
    "groq": ("Groq", "groq", "https://console.groq.com/keys"),
    "fal-ai": ("fal", "fal-ai", "https://docs.fal.ai/documentation/model-apis/authentication"),
    "gmi-cloud": ("GMI Cloud", "GMISWE", "https://docs.gmicloud.ai"),
    "elevenlabs": ("ElevenLabs", "elevenlabs", "https://elevenlabs.io/docs/api-reference/authentication"),
    "lovable-ai": ("Lovable", "lovablelabs", "https://docs.lovable.dev/integrations/ai"),
    "gemini": ("Gemini", "google-gemini", "https://ai.google.dev/gemini-api/docs/api-key"),
    "openai": ("OpenAI", "openai", "https://platform.openai.com/docs/api-reference/authentication"),
    "local": ("Chat Server", "ollama", "https://github.com/ollama/ollama/blob/main/docs/openai.md"),
}
"""Of each provider its name, whose picture on GitHub is shown, and the page that tells of its keys."""


class ProviderKey(Block):
    """Base of all credentials blocks: one key, and a free call that tells whether it is good."""

    provider: ClassVar[str]

    api_key: SecretStr | None = Field(default=None, title="API key", description="Empty: the environment's counts.")

    def __init_subclass__(cls, *, provider: str, **more: Any) -> None:
        """The block type of a provider's key."""
        title, logo, page = SHOWN[provider]
        cls.provider, cls._block_type_name = provider, f"WZRD {title} Credentials"
        cls._block_type_slug = CREDENTIALS[provider].block
        cls._logo_url, cls._documentation_url = HttpUrl(f"https://github.com/{logo}.png"), HttpUrl(page)
        super().__init_subclass__(**more)

    async def check(self) -> Check:
        """Ask the provider whether it takes this key: valid, refused, unreachable or out of quota, within 5 s."""
        return await check_provider(load(), self.provider, self.api_key, in_block=self.api_key is not None)


class GroqCredentials(ProviderKey, provider="groq"):
    """The key of Groq, which writes shots."""


class FalCredentials(ProviderKey, provider="fal-ai"):
    """The key of fal, which makes images, videos and sounds."""


class GmiCloudCredentials(ProviderKey, provider="gmi-cloud"):
    """The key of GMI Cloud, which makes images, videos, sounds and texts."""


class ElevenLabsCredentials(ProviderKey, provider="elevenlabs"):
    """The key of ElevenLabs, which makes voices, effects and music."""


class LovableCredentials(ProviderKey, provider="lovable-ai"):
    """The key of the Lovable AI gateway, which serves Google's and OpenAI's text models."""


class GeminiCredentials(ProviderKey, provider="gemini"):
    """The key of Google's Gemini, asked where the gateway has no key."""


class OpenAiCredentials(ProviderKey, provider="openai"):
    """The key of OpenAI, asked where the gateway has no key."""


class ChatServerCredentials(ProviderKey, provider="local"):
    """The key of your own chat server (Ollama, vLLM, llama.cpp at WZRD_CHAT_BASE_URL), if it wants one."""
