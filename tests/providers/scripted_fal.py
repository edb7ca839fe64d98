"""Rig that the tests of fal's adapter share: the adapter at a scripted server, and a job that it accepted."""

from datetime import UTC, datetime

import httpx
from pydantic import SecretStr

from tests.fakes.chat import ChatServer, answers
from tests.providers.conformance import submit_to
from wzrd.providers.base import Accepted, Request
from wzrd.providers.fal.adapter import Fal, FalEndpoint

KEY = "11111111-aaaa-bbbb-cccc-222222222222:TOPSECRETtopsecret0123456789"
ID = "764cabcf-b745-4b3e-ae38-1200304cf45b"
INPUTS = {"prompt": "Ünï 🎬", "seed": 7, "image_url": "https://cdn.example.org/a.png"}
ASKED = Request("fal-ai/flux/dev/image-to-image", "image", INPUTS, 90.0)


def now() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


def make_fal(http: httpx.AsyncClient, origin: str, *, webhooks: bool = False, seconds: float = 60.0) -> Fal:
    endpoint = FalEndpoint(f"{origin}/queue/", f"{origin}/rest", f"{origin}/api/v1/", SecretStr(KEY), webhooks=webhooks)
    return Fal(endpoint, http, now=now, seconds={"submit": seconds, "ask": seconds, "upload": seconds})


def urls_at(origin: str) -> dict[str, str]:
    base = f"{origin}/queue/fal-ai/flux/requests/{ID}"
    return {"status_url": f"{base}/status", "response_url": base, "cancel_url": f"{base}/cancel"}


async def accepted_by(fal: Fal, server: ChatServer) -> Accepted:
    server.script = [answers({"request_id": ID, **urls_at(server.origin)})]
    return await submit_to(fal, ASKED)
