"""The adapters of a process: which of them may be given an address of ours to call."""

import httpx
import pytest
from pydantic import SecretStr

from wzrd.net.transport import callback_address
from wzrd.providers.fal.adapter import open_adapter
from wzrd.providers.opening import utc_now
from wzrd.settings import Settings

OWN, PUBLIC, FAL = "http://127.0.0.1:8787", "https://studio.example.org", "https://queue.fal.run"
FAKES = "http://127.0.0.1:9999/fal/queue"


@pytest.mark.parametrize(
    ("vendor", "api", "public", "called"),
    [
        (FAL, OWN, None, None),
        (FAL, OWN, "http://localhost:8000", None),
        (FAL, OWN, "http://192.168.1.5:8787", None),
        (FAL, OWN, "http://studio.home.arpa", None),
        (FAL, OWN, "http://kong:8000", None),
        (FAL, OWN, PUBLIC, PUBLIC),
        (FAL, None, PUBLIC, PUBLIC),
        (FAL, None, None, None),
        (FAKES, OWN, None, OWN),
        (FAKES, OWN, PUBLIC, OWN),
        (FAKES, None, "http://localhost:8000", "http://localhost:8000"),
        (FAKES, None, None, None),
        ("http://[::1]:9/q", OWN, None, OWN),
        ("http://[::ffff:127.0.0.1]:9/q", OWN, None, OWN),
        ("http://LOCALHOST:9/q", OWN, None, OWN),
        ("http://10.0.0.7:9/q", OWN, None, None),
        ("http://127.0.0.1.example.org/q", OWN, None, None),
    ],
)
async def test_who_can_call_us_where(
    http: httpx.AsyncClient, vendor: str, api: str | None, public: str | None, called: str | None
) -> None:
    """A vendor of the internet at a public address, a vendor of this machine at our own; and webhooks follow."""
    told = {"WZRD_API_URL": api, "WZRD_PUBLIC_URL": public, "FAL_QUEUE_URL": vendor, "FAL_KEY": "k"}
    settings = Settings.model_validate({name: value for name, value in told.items() if value})
    assert callback_address(vendor, own=settings.api_url, public=settings.public_url) == called
    fal = open_adapter(settings, SecretStr("k"), http, now=utc_now)
    assert fal.calls_back == bool(called)
