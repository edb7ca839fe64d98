"""The adapters of a process, made of its keys and settings. Connects to nothing."""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial

import httpx

from wzrd.domain.errors import NotConfigured
from wzrd.net.addresses import is_loopback_url
from wzrd.net.http import open_http
from wzrd.net.public_names import NAMES
from wzrd.providers.base import AnyProvider
from wzrd.providers.chat import Chat, ChatEndpoint
from wzrd.providers.credentials import CREDENTIALS, Keys, read_keys
from wzrd.providers.elevenlabs import ElevenLabs, ElevenLabsEndpoint
from wzrd.providers.fal import Fal, FalEndpoint
from wzrd.providers.gmi import Gmi, GmiEndpoint
from wzrd.providers.registry import Adapters, Providers
from wzrd.settings import Settings

log = logging.getLogger(__name__)

USAGE_UNASKED = frozenset({"groq"})
"""Who reports a streamed chat's usage without being asked; all others do only then."""


def chat_endpoints(settings: Settings, keys: Keys) -> tuple[ChatEndpoint, ...]:
    """The chat providers that can be asked, of the table of credentials: with a key, or an address that needs none."""
    found: list[ChatEndpoint] = []
    for row in CREDENTIALS.values():
        address = getattr(settings, row.chat) if row.chat else None
        if address and (row.keyless or row.provider in keys):
            usage, key = row.provider not in USAGE_UNASKED, keys.get(row.provider)
            endpoint = ChatEndpoint(row.provider, address, key, row.variable, stream_options=usage, keyless=row.keyless)
            found.append(endpoint)
    return tuple(found)


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def callback_address(settings: Settings, vendor: str) -> str | None:
    """Where the vendor at the address `vendor` can call this server; None where it cannot.

    A vendor on this machine (the fakes) calls our own address, any other a public one, as its name resolves.
    """
    if is_loopback_url(vendor):
        return settings.api_url or settings.public_url
    return settings.public_url if settings.public_url and NAMES.leads_outside(settings.public_url) else None


def fal_endpoint(settings: Settings, keys: Keys) -> FalEndpoint:
    """fal, of the settings; it calls us back where it can."""
    webhooks = callback_address(settings, settings.fal_queue_url) is not None
    return FalEndpoint(settings.fal_queue_url, settings.fal_rest_url, keys.get(Fal.name), webhooks=webhooks)


def _adapters(settings: Settings, keys: Keys, http: httpx.AsyncClient) -> Iterator[Callable[[], AnyProvider]]:
    """How each provider is made that can be asked."""
    for chat in chat_endpoints(settings, keys):
        yield partial(Chat, chat, http, now=utc_now)
    if Fal.name in keys:
        yield partial(Fal, fal_endpoint(settings, keys), http, now=utc_now)
    if Gmi.name in keys:
        yield partial(Gmi, GmiEndpoint(settings.gmi_queue_url, keys[Gmi.name]), http, now=utc_now)
    if ElevenLabs.name in keys:
        endpoint = ElevenLabsEndpoint(settings.elevenlabs_base_url, keys[ElevenLabs.name])
        yield partial(ElevenLabs, endpoint, http, now=utc_now)


def make_adapters(
    settings: Settings, keys: Keys, http: httpx.AsyncClient, local: Iterable[AnyProvider] = ()
) -> Adapters:
    """The adapters of every provider that these keys open, over one HTTP client, and the `local` ones.

    A malformed key counts as none and is logged, without itself.
    """
    endpoints = chat_endpoints(settings, keys)
    made: list[AnyProvider] = list(local)
    unusable = {row.provider for row in CREDENTIALS.values() if row.keyless} - {one.name for one in endpoints}
    for adapter in _adapters(settings, keys, http):
        try:
            made.append(adapter())
        except NotConfigured as error:
            unusable.add(str(error.details.get("provider")))
            log.warning("a provider is not used: %s", error.message)
    limits = {endpoint.name: endpoint.concurrency for endpoint in endpoints}
    return Adapters(tuple(made), frozenset(keys.keys() - unusable), limits)


def open_providers(settings: Settings, keys: Keys | None = None, *, local: Iterable[AnyProvider] = ()) -> Providers:
    """The providers that this process has keys for (of the environment unless given), and the `local` ones.

    A malformed key counts as none and is logged, without itself. Connects to nothing.
    """
    http = open_http(idle=settings.writer_timeout)
    made = make_adapters(settings, read_keys(settings) if keys is None else keys, http, local)
    return Providers(made.providers, keyed=made.keyed, limits=made.limits, close=http.aclose)
