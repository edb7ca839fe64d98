"""Rig that the tests of GMI's adapter share: the adapter at a scripted server, a job as GMI tells it."""

from datetime import UTC, datetime
from typing import Any

import httpx
from pydantic import SecretStr

from wzrd.providers.base import Request
from wzrd.providers.gmi import Gmi

KEY = "gmi-TOPSECRETtopsecret0123456789"
ID = "8a1e6f0c-3f5e-4f6c-9b7e-0d1c2b3a4f5e"
ASKED = Request("wan2.7-i2v", "video", {"prompt": "Ünï 🎬", "duration": 4}, 90.0)
PICTURE = "https://files.example/a.png"
PATH = "/api/v1/ie/requestqueue/apikey"


def now() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


def make_gmi(http: httpx.AsyncClient, origin: str, *, seconds: float = 60.0) -> Gmi:
    return Gmi(f"{origin}{PATH}/", SecretStr(KEY), http, now=now, seconds={"submit": seconds, "ask": seconds})


def about(status: str, **more: object) -> dict[str, Any]:
    return {"request_id": ID, "model": ASKED.model, "status": status, "created_at": 1772323200, **more}
