"""The adapters of a process, made of its keys and settings. Connects to nothing."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime

from wzrd.domain.errors import NotConfigured
from wzrd.net.http import open_http
from wzrd.providers.base import AnyProvider
from wzrd.providers.chat import Chat, ChatEndpoint
from wzrd.providers.credentials import CREDENTIALS, Keys, read_keys
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


def open_providers(settings: Settings, keys: Keys | None = None, *, local: Iterable[AnyProvider] = ()) -> Providers:
    """The providers that this process has keys for (of the environment unless given), and the `local` ones.

    A malformed key counts as none and is logged, without itself. Connects to nothing.
    """
    keys = read_keys(settings) if keys is None else keys
    endpoints = [endpoint for endpoint in chat_endpoints(settings, keys) if endpoint.api_key is not None]
    keyed = keys.keys() - {endpoint.name for endpoint in endpoints}  # a chat's key counts where it is found well-formed
    if not endpoints:
        return Providers(local, keyed=keyed)
    http = open_http(idle=settings.writer_timeout)
    made: list[AnyProvider] = list(local)
    for endpoint in endpoints:
        try:
            made.append(Chat(endpoint, http, now=utc_now))
        except NotConfigured as error:
            log.warning("%s is not used: %s", endpoint.name, error.message)
    return Providers(
        made, keyed=keyed, limits={endpoint.name: endpoint.concurrency for endpoint in endpoints}, close=http.aclose
    )
