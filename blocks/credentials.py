"""The providers' API keys as a Prefect block: entered in Prefect's UI, kept encrypted there, read by any worker."""

from typing import ClassVar

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from wzrd.providers.registry import Keys

BLOCK_NAME = "wzrd"
"""The block document that workers look for."""


class ProviderCredentials(Block):
    """API keys of the generation providers. An empty field means: take the environment's."""

    _block_type_name: ClassVar[str | None] = "WZRD Provider Credentials"
    _block_type_slug: ClassVar[str | None] = "wzrd-provider-credentials"

    groq_api_key: SecretStr | None = Field(default=None, description="Groq, the shot writer")
    openai_api_key: SecretStr | None = Field(default=None, description="OpenAI")
    gmi_cloud_api_key: SecretStr | None = Field(default=None, description="GMI Cloud")
    lovable_api_key: SecretStr | None = Field(default=None, description="The AI gateway")

    def keys(self) -> Keys:
        """The keys that are filled in."""
        return Keys(
            groq=_filled(self.groq_api_key),
            openai=_filled(self.openai_api_key),
            gmi=_filled(self.gmi_cloud_api_key),
            gateway=_filled(self.lovable_api_key),
        )


def _filled(key: SecretStr | None) -> SecretStr | None:
    return key if key is not None and key.get_secret_value().strip() else None
