"""The adapters of a process, made of its keys and settings. Connects to nothing."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from importlib import import_module

import httpx

from wzrd.domain.errors import NotConfigured
from wzrd.net.http import open_http
from wzrd.providers.base import AnyProvider, OpenAdapter
from wzrd.providers.chat import Chat, ChatEndpoint
from wzrd.providers.credentials import CREDENTIALS, Credential, Keys, read_keys
from wzrd.providers.registry import Adapters, Providers
from wzrd.settings import Settings

log = logging.getLogger(__name__)


def chat_endpoints(settings: Settings, keys: Keys) -> tuple[ChatEndpoint, ...]:
    """The chat providers that can be asked, of the table of credentials: with a key, or an address that needs none."""
    found: list[ChatEndpoint] = []
    for row in CREDENTIALS.values():
        address = getattr(settings, row.chat) if row.chat else None
        if address and (row.keyless or row.provider in keys):
            key, usage = keys.get(row.provider), row.asks_usage
            endpoint = ChatEndpoint(row.provider, address, key, row.variable, stream_options=usage, keyless=row.keyless)
            found.append(endpoint)
    return tuple(found)


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def adapter_of(row: Credential) -> OpenAdapter:
    """Function that opens the adapter of a provider: `open_adapter` of its module.

    Raises:
        RuntimeError: the row names a module that there is not, or that opens none.
    """
    path = f"wzrd.providers.{row.adapter}"
    try:
        opening: OpenAdapter | None = getattr(import_module(path), "open_adapter", None)
    except ModuleNotFoundError as error:
        if error.name != path:
            raise
        opening = None
    if opening is None:
        file = f"{path.replace('.', '/')}.py"
        raise RuntimeError(f"the provider {row.provider} needs {file} with its `open_adapter`")
    return opening


ADAPTERS: Mapping[str, OpenAdapter] = {row.provider: adapter_of(row) for row in CREDENTIALS.values() if row.adapter}
"""Functions that open each provider's own adapter, by the provider's name."""


def _adapters(settings: Settings, keys: Keys, http: httpx.AsyncClient) -> Iterator[Callable[[], AnyProvider]]:
    """Yield a factory of each provider that can be asked."""
    for chat in chat_endpoints(settings, keys):
        yield partial(Chat, chat, http, now=utc_now)
    for name, opening in ADAPTERS.items():
        if name in keys:
            yield partial(opening, settings, keys[name], http, now=utc_now)


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
