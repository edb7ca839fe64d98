"""One free, authenticated call of each provider: whether it takes its key. No key is in an answer.

Sources of the calls: each vendor's reference (a list of models; ElevenLabs' subscription; fal_client's upload token,
which fal refuses with 403 while an account is locked). The gateway documents none: it gets a chat without messages.
"""

from datetime import UTC, datetime

import httpx
from pydantic import SecretStr

from wzrd.domain.checks import Check, judge, subscription_left
from wzrd.domain.errors import NotConfigured, ProviderError
from wzrd.providers.credentials import CREDENTIALS, Credential, FreeCall
from wzrd.providers.http_border import MAX_MESSAGE, JsonCalls, Reply, RequestState, usable_key
from wzrd.providers.provider_json import words_of
from wzrd.settings import Settings

CHECK_SECONDS = 4.5
"""The longest that one check takes, its connection included."""


async def check_key(
    settings: Settings, provider: str, key: SecretStr | None, http: httpx.AsyncClient, *, in_block: bool = False
) -> Check:
    """Ask the provider whether it takes `key`; at the settings' address, in 5 s at most.

    `in_block`: it stands in a Prefect block, else in the environment; the answer names the place.
    """
    row = CREDENTIALS[provider]
    free = row.free
    where = row.place(in_block=in_block)
    address: str | None = getattr(settings, getattr(row, free.at))
    if address is None:
        return Check(provider, None, "no address: set WZRD_CHAT_BASE_URL")
    if key is None and not row.keyless:
        return Check(provider, None, f"no key: set {row.variable}, or fill {row.place(in_block=True)}")
    try:
        return await _ask(row, free, address, key, http, where)
    except NotConfigured as error:
        return Check(provider, "refused", error.message)
    except ProviderError as error:
        return Check(provider, "unreachable", error.message[:MAX_MESSAGE])


async def _ask(
    row: Credential, free: FreeCall, address: str, key: SecretStr | None, http: httpx.AsyncClient, where: str
) -> Check:
    usable = usable_key(key, variable=where, provider=row.provider) if key else ""
    calls = JsonCalls(
        row.provider,
        http,
        key=usable,
        key_variable=where,
        scheme=free.scheme if usable else "",
        header=free.header,
        now=lambda: datetime.now(UTC),
    )
    state = RequestState(row.provider, "ask")
    with calls.translated(state):
        reply = await calls.call(state, free.method, address + free.path, json=free.json, within=CHECK_SECONDS)
    return read_reply(row, free, reply, calls.scrub(words_of(reply.value)), where if usable else "")


def read_reply(row: Credential, free: FreeCall, reply: Reply, message: str, where: str) -> Check:
    """Check read from an answer; `message` is its text without the key, which stands at `place` (empty: none was sent).

    Success that is no JSON is somebody else's page.
    """
    verdict = judge(reply.status, message, refused_only=free.malformed)
    if reply.is_success and reply.value is None:
        return Check(row.provider, "unreachable", "answered with something that is no JSON: check its address")
    if free.subscription and reply.is_success and not subscription_left(reply.members or {}):
        return Check(row.provider, "out of quota", f"the subscription of {where} has its characters used up")
    match verdict:
        case "valid":
            return Check(row.provider, verdict, f"{where} is taken" if where else "it answers")
        case "refused":
            return Check(row.provider, verdict, f"check {where or row.variable}: {message} ({reply.status})")
        case _:
            return Check(row.provider, verdict, f"{message} ({reply.status})" + (f", with {where}" if where else ""))
