"""The providers' API keys as Prefect blocks, a type each: entered in Prefect's UI, kept encrypted there.

The document `wzrd` of a type is what workers and the API read; which provider a type is for, and at which address its
key is checked, stands in `wzrd.providers.credentials`.
"""

from typing import ClassVar

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, SecretStr

from wzrd.domain.checks import Check
from wzrd.models.checked_settings import load
from wzrd.providers.credentials import CREDENTIALS
from wzrd.runtime.checks import check_provider


class ProviderKey(Block):
    """Base of all credentials blocks: one key, and a free call that tells whether it is good."""

    provider: ClassVar[str]

    api_key: SecretStr | None = Field(default=None, title="API key", description="Empty: the environment's counts.")

    async def check(self) -> Check:
        """Ask the provider whether it takes this key: valid, refused, unreachable or out of quota, within 5 s."""
        return await check_provider(load(), self.provider, self.api_key, in_block=self.api_key is not None)


class GroqCredentials(ProviderKey):
    """The key of Groq, which writes shots."""

    provider: ClassVar[str] = "groq"
    _block_type_name: ClassVar[str | None] = "WZRD Groq Credentials"
    _block_type_slug: ClassVar[str | None] = CREDENTIALS[provider].block
    _logo_url: ClassVar[HttpUrl | None] = HttpUrl("https://github.com/groq.png")
    _documentation_url: ClassVar[HttpUrl | None] = HttpUrl("https://console.groq.com/keys")


class FalCredentials(ProviderKey):
    """The key of fal, which makes images, videos and sounds."""

    provider: ClassVar[str] = "fal-ai"
    _block_type_name: ClassVar[str | None] = "WZRD fal Credentials"
    _block_type_slug: ClassVar[str | None] = CREDENTIALS[provider].block
    _logo_url: ClassVar[HttpUrl | None] = HttpUrl("https://github.com/fal-ai.png")
    _documentation_url: ClassVar[HttpUrl | None] = HttpUrl(
        "https://docs.fal.ai/documentation/model-apis/authentication"
    )


class GmiCloudCredentials(ProviderKey):
    """The key of GMI Cloud, which makes images, videos, sounds and texts."""

    provider: ClassVar[str] = "gmi-cloud"
    _block_type_name: ClassVar[str | None] = "WZRD GMI Cloud Credentials"
    _block_type_slug: ClassVar[str | None] = CREDENTIALS[provider].block
    _logo_url: ClassVar[HttpUrl | None] = HttpUrl("https://github.com/GMISWE.png")
    _documentation_url: ClassVar[HttpUrl | None] = HttpUrl("https://docs.gmicloud.ai")


class ElevenLabsCredentials(ProviderKey):
    """The key of ElevenLabs, which makes voices, effects and music."""

    provider: ClassVar[str] = "elevenlabs"
    _block_type_name: ClassVar[str | None] = "WZRD ElevenLabs Credentials"
    _block_type_slug: ClassVar[str | None] = CREDENTIALS[provider].block
    _logo_url: ClassVar[HttpUrl | None] = HttpUrl("https://github.com/elevenlabs.png")
    _documentation_url: ClassVar[HttpUrl | None] = HttpUrl("https://elevenlabs.io/docs/api-reference/authentication")


class LovableCredentials(ProviderKey):
    """The key of the Lovable AI gateway, which serves Google's and OpenAI's text models."""

    provider: ClassVar[str] = "lovable-ai"
    _block_type_name: ClassVar[str | None] = "WZRD Lovable Credentials"
    _block_type_slug: ClassVar[str | None] = CREDENTIALS[provider].block
    _logo_url: ClassVar[HttpUrl | None] = HttpUrl("https://github.com/lovablelabs.png")
    _documentation_url: ClassVar[HttpUrl | None] = HttpUrl("https://docs.lovable.dev/integrations/ai")


class GeminiCredentials(ProviderKey):
    """The key of Google's Gemini, asked where the gateway has no key."""

    provider: ClassVar[str] = "gemini"
    _block_type_name: ClassVar[str | None] = "WZRD Gemini Credentials"
    _block_type_slug: ClassVar[str | None] = CREDENTIALS[provider].block
    _logo_url: ClassVar[HttpUrl | None] = HttpUrl("https://github.com/google-gemini.png")
    _documentation_url: ClassVar[HttpUrl | None] = HttpUrl("https://ai.google.dev/gemini-api/docs/api-key")


class OpenAiCredentials(ProviderKey):
    """The key of OpenAI, asked where the gateway has no key."""

    provider: ClassVar[str] = "openai"
    _block_type_name: ClassVar[str | None] = "WZRD OpenAI Credentials"
    _block_type_slug: ClassVar[str | None] = CREDENTIALS[provider].block
    _logo_url: ClassVar[HttpUrl | None] = HttpUrl("https://github.com/openai.png")
    _documentation_url: ClassVar[HttpUrl | None] = HttpUrl(
        "https://platform.openai.com/docs/api-reference/authentication"
    )


class ChatServerCredentials(ProviderKey):
    """The key of your own chat server (Ollama, vLLM, llama.cpp at WZRD_CHAT_BASE_URL), if it wants one."""

    provider: ClassVar[str] = "local"
    _block_type_name: ClassVar[str | None] = "WZRD Chat Server Credentials"
    _block_type_slug: ClassVar[str | None] = CREDENTIALS[provider].block
    _logo_url: ClassVar[HttpUrl | None] = HttpUrl("https://github.com/ollama.png")
    _documentation_url: ClassVar[HttpUrl | None] = HttpUrl("https://github.com/ollama/ollama/blob/main/docs/openai.md")
