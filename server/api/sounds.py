"""A sound's run as a route's answer: the file itself, from the store, or the documented error."""

import logging
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

from fastapi import Request
from starlette.responses import Response

from server.api import texts
from server.api.auth import Anonymous, AuthUser
from server.api.bodies import json_response
from server.api.described import File
from server.api.envelopes import bare, name_run
from server.api.services import Services
from server.api.texts import as_refused, open_text, read_failure
from server.api.waiting import wait_for_end
from wzrd.contracts.sounds import SoundRequest
from wzrd.domain.errors import InsufficientCredits, NotConfigured, NotFound, TooMany
from wzrd.domain.ids import UserId
from wzrd.operations.generate import GenerateParams, start_generate
from wzrd.operations.inline_end import InlineEnd, ended_of
from wzrd.operations.inline_run import Offline
from wzrd.operations.sound_generation import sound_params

log = logging.getLogger(__name__)

CONTENT_TYPE = "audio/mpeg"
MAX_BODY = 2 << 20
"""Bytes of a request: 40,000 characters of any script, and more."""
STATUSES = {**texts.STATUSES, "media_failed": 502, "bad_source": 502, "storage_full": 507, "too_large": 507}
FAILURES = {**STATUSES, NotConfigured.code: 500}
"""The statuses of what may fail after a run has begun, and of a server without a key."""
SOUND = File((CONTENT_TYPE,))
ANYBODYS = frozenset({"text", "prompt", "voice_id", "model_id", "duration", "max_credits"})
"""The fields that count in a call with the anon key."""
NOT_NOW = "Nobody pays for this at the moment: sign in"
RETRY_SECONDS = 3600


def order_sound(
    services: Services, caller: AuthUser | Anonymous, function: str, body: SoundRequest, settings: Mapping[str, Any]
) -> GenerateParams:
    """The generation that a request means, and who pays for it.

    Nobody in particular calls with the anon key: such a call is no other one's repetition, and reaches nothing that is
    the paying account's own: no project, no file, no place in the store.

    Raises:
        as `sound_params`.
    """
    runtime = services.runtime
    if isinstance(caller, AuthUser):
        return sound_params(runtime, caller.user_id, function, body, settings)
    account = runtime.settings.anon_sounds_user
    assert account is not None, "sound_caller has let the caller in"
    theirs = {name: value for name, value in body if name in ANYBODYS}
    params = sound_params(runtime, account, function, type(body).model_construct(**theirs), settings)
    return replace(params, day_credits=runtime.settings.anon_sounds_credits)


@contextmanager
def _hidden_balance(params: GenerateParams) -> Generator[None]:
    """Hides what an account has from whoever holds the anon key.

    Raises:
        TooMany: it has too little, and nobody in particular has called.
    """
    try:
        yield
    except InsufficientCredits as error:
        if params.day_credits is None:
            raise
        log.warning("the account %s of WZRD_ANON_SOUNDS_USER has too few credits", params.user_id)
        raise TooMany(NOT_NOW, retry_after=RETRY_SECONDS) from error


async def answer_inline(
    request: Request, services: Services, params: GenerateParams, what: str, offline: Offline
) -> Response:
    """Make the sound in this process and answer with it; it is made if the client goes away, too.

    Raises:
        as `server.api.texts.open_text`; TooMany for InsufficientCredits where nobody has signed in.
    """
    with _hidden_balance(params):
        run = await open_text(request, services, _payer(params), params, offline)
    ended = await run.whole(request)
    return await _answer(services, ended, what, run.sound)


def _payer(params: GenerateParams) -> AuthUser:
    assert params.user_id is not None, "somebody pays for every sound"
    return AuthUser(UserId(params.user_id), None, {})


async def answer_by_flow(request: Request, services: Services, params: GenerateParams, what: str) -> Response:
    """Have the sound made by a flow run, and answer with it once it is there.

    Raises:
        as `start_generate`, `wait_for_end`; TooMany for InsufficientCredits where nobody has signed in.
    """
    with closing(services.hub.admit(_payer(params).user_id)):
        with _hidden_balance(params):
            started = await start_generate(services.runtime, params)
        name_run(request, started.run_id)
        if started.row is not None:
            services.dispatcher.send_soon(started.run_id, started.row)
        run = await wait_for_end(request, services, started.run_id)
    return await _answer(services, ended_of(run, run.run_id), what)


async def _answer(services: Services, ended: InlineEnd, what: str, sound: bytes | None = None) -> Response:
    """The sound, from memory (`sound`) or from the store."""
    if ended.status != "succeeded":
        return _failed(ended, what)
    url = str(ended.result.get("url") or "")
    return Response(sound or await read_file(services, url), media_type=CONTENT_TYPE)


async def read_file(services: Services, url: str) -> bytes:
    """A file of ours, by its address.

    Raises:
        NotFound: it is gone.
    """
    storage = services.runtime.storage
    location = storage.locate(url)
    if location is None:
        raise NotFound("The sound is no longer in the store: ask for it under a new requestId")
    async with storage.open(*location) as opened:
        return b"".join([chunk async for chunk in opened.chunks])


def _failed(ended: InlineEnd, what: str) -> Response:
    """`{error}`, with the provider's own status where it refused."""
    status, message, headers = read_failure(ended, "The sound could not be made", STATUSES, as_refused)
    code = ended.error_code
    facts: dict[str, Any] = {"code": code, "given": True} if code else {}
    return json_response(bare(f"{what} generation failed: {message}", facts), status, headers)
