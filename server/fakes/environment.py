"""The environment that sends every provider's calls to the fakes at an address. Pure."""

from collections.abc import Mapping

from server.fakes.gmi import PATH
from server.fakes.vendors import VENDORS

_CHAT = {
    "groq": ("GROQ_API_KEY", "GROQ_BASE_URL"),
    "openai": ("OPENAI_API_KEY", "OPENAI_BASE_URL"),
    "gemini": ("GEMINI_API_KEY", "GEMINI_BASE_URL"),
    "lovable-ai": ("LOVABLE_API_KEY", "GATEWAY_BASE_URL"),
    "gmi-cloud": ("GMI_CLOUD_API_KEY", "GMI_CHAT_URL"),
    "chat": (None, "WZRD_CHAT_BASE_URL"),
}
"""The variables of each chat vendor's key and address."""


def environment(base_url: str) -> Mapping[str, str]:
    """The variables and their values; the keys are good for fakes alone. `base_url` has no slash at its end."""
    told = {
        "FAL_KEY": "fake-fal-key:for-fakes-only",
        "FAL_QUEUE_URL": f"{base_url}/fal/queue",
        "FAL_REST_URL": f"{base_url}/fal/rest",
        "GMI_QUEUE_URL": f"{base_url}/gmi{PATH}",
    }
    for vendor in VENDORS:
        key, address = _CHAT[vendor.provider]
        told[address] = f"{base_url}{vendor.prefix}{vendor.base}"
        if key is not None:
            told[key] = f"fake-{vendor.provider}-key-for-fakes-only"
    return told
