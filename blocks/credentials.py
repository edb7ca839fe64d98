"""The providers' API keys as a Prefect block: entered in Prefect's UI, kept encrypted there, read by any worker.

The fields are spelled out, as Prefect shows them as a form; which provider each belongs to stands in
`wzrd.providers.credentials`.
"""

from typing import ClassVar

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from wzrd.providers.credentials import BLOCK_SLUG, Keys, read_keys


class ProviderCredentials(Block):
    """API keys of the generation providers. An empty field means: take the environment's."""

    _block_type_name: ClassVar[str | None] = "WZRD Provider Credentials"
    _block_type_slug: ClassVar[str | None] = BLOCK_SLUG

    groq_api_key: SecretStr | None = Field(default=None, description="Groq, the shot writer")
    fal_key: SecretStr | None = Field(default=None, description="fal")
    gmi_cloud_api_key: SecretStr | None = Field(default=None, description="GMI Cloud")
    elevenlabs_api_key: SecretStr | None = Field(default=None, description="ElevenLabs")
    lovable_api_key: SecretStr | None = Field(default=None, description="The AI gateway")
    gemini_api_key: SecretStr | None = Field(default=None, description="Gemini")
    openai_api_key: SecretStr | None = Field(default=None, description="OpenAI")
    chat_api_key: SecretStr | None = Field(default=None, description="Your own chat server, if it wants a key")

    def keys(self) -> Keys:
        """The keys that are filled in."""
        return read_keys(self)
