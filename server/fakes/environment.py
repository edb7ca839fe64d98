"""The environment that sends every provider's calls to the fakes at an address. Pure."""

from collections.abc import Mapping

from server.fakes.gmi import PATH
from server.fakes.vendors import VENDORS
from wzrd.providers.credentials import CREDENTIALS
from wzrd.settings import Settings


def environment(base_url: str) -> Mapping[str, str]:
    """The variables and their values; the keys are good for fakes alone. `base_url` has no slash at its end."""
    told = {
        "FAL_KEY": "fake-fal-key:for-fakes-only",
        "FAL_QUEUE_URL": f"{base_url}/fal/queue",
        "FAL_REST_URL": f"{base_url}/fal/rest",
        "GMI_QUEUE_URL": f"{base_url}/gmi{PATH}",
        "ELEVENLABS_API_KEY": "fake-elevenlabs-key-for-fakes-only",
        "ELEVENLABS_BASE_URL": f"{base_url}/elevenlabs",
        "SUPABASE_URL": f"{base_url}/supabase",  # used where WZRD_STORAGE=supabase
        "SUPABASE_SERVICE_ROLE_KEY": "fake-service-role-key-for-fakes-only",
    }
    for vendor in VENDORS:
        row = CREDENTIALS[vendor.provider]
        address = Settings.model_fields[row.chat or ""].alias
        assert address is not None, f"the settings name no variable for {row.chat}"
        told[address] = f"{base_url}{vendor.prefix}{vendor.base}"
        if not row.keyless:
            told[row.variable] = f"fake-{vendor.provider}-key-for-fakes-only"
    return told
