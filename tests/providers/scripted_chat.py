"""Rig that the tests of the chat adapter share: a request, and an adapter that asks for usage."""

from datetime import UTC, datetime
from typing import Any

import httpx
from pydantic import SecretStr

from wzrd.providers.base import Request
from wzrd.providers.chat import Chat, ChatEndpoint

ASK = {"messages": [{"role": "user", "content": "write JSON"}]}


def now() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


def make_chat(http: httpx.AsyncClient, base_url: str) -> Chat:
    endpoint = ChatEndpoint("openai", base_url, SecretStr("k" * 20), "OPENAI_API_KEY", stream_options=True)
    return Chat(endpoint, http, now=now)


def asked(**inputs: Any) -> Request:
    return Request("m", "text", {**ASK, **inputs}, 5.0)
