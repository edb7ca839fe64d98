"""The adapters of a process, made of its keys and settings. Connects to nothing."""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial

import httpx

from wzrd.domain.errors import NotConfigured
from wzrd.net.http import open_http
from wzrd.providers.base import AnyProvider
from wzrd.providers.chat import Chat, ChatEndpoint
from wzrd.providers.credentials import CREDENTIALS, Keys, read_keys
from wzrd.providers.fal import Fal, FalEndpoint
from wzrd.providers.registry import Providers
from wzrd.settings import Settings

log = logging.getLogger(__name__)

USAGE_ON_REQUEST = frozenset({"openai"})
"""Who reports a chat's usage only when asked."""


def chat_endpoints(settings: Settings, keys: Keys) -> tuple[ChatEndpoint, ...]:
    """The chat providers, of the table of credentials."""
    return tuple(
        ChatEndpoint(
            row.provider,
            getattr(settings, row.chat),
            keys.get(row.provider),
            row.variable,
            stream_options=row.provider in USAGE_ON_REQUEST,
        )
        for row in CREDENTIALS.values()
        if row.chat is not None
    )


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def fal_endpoint(settings: Settings, keys: Keys) -> FalEndpoint:
    """fal, of the settings; it can call us back where there is a public address."""
    public = settings.public_url is not None
    return FalEndpoint(settings.fal_queue_url, settings.fal_rest_url, keys.get(Fal.name), webhooks=public)


def _adapters(settings: Settings, keys: Keys, http: httpx.AsyncClient) -> Iterator[Callable[[], AnyProvider]]:
    """How each provider is made whose key is there."""
    for endpoint in chat_endpoints(settings, keys):
        if endpoint.api_key is not None:
            yield partial(Chat, endpoint, http, now=utc_now)
    if Fal.name in keys:
        yield partial(Fal, fal_endpoint(settings, keys), http, now=utc_now)


def open_providers(settings: Settings, keys: Keys | None = None, *, local: Iterable[AnyProvider] = ()) -> Providers:
    """The providers that this process has keys for (of the environment unless given), and the `local` ones.

    A malformed key counts as none and is logged, without itself. Connects to nothing.
    """
    keys = read_keys(settings) if keys is None else keys
    if not keys:
        return Providers(local)
    http = open_http(idle=settings.writer_timeout)
    made: list[AnyProvider] = list(local)
    malformed: set[str] = set()
    for adapter in _adapters(settings, keys, http):
        try:
            made.append(adapter())
        except NotConfigured as error:
            malformed.add(str(error.details.get("provider")))
            log.warning("a provider is not used: %s", error.message)
    limits = {endpoint.name: endpoint.concurrency for endpoint in chat_endpoints(settings, keys)}
    return Providers(made, keyed=keys.keys() - malformed, limits=limits, close=http.aclose)
