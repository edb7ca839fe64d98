"""ElevenLabs over plain REST: speech with its words' times, effects, music, voices. One `stream` is one POST.

Facts: elevenlabs 2.78.0 (paths, fields), elevenlabs.io/docs. Everything is synchronous: there is no job to ask about,
no cancel and no list, so an answer that was lost is lost. What comes is handed on as `data:` URIs.
"""

import base64
import binascii
from collections.abc import AsyncGenerator, Mapping
from dataclasses import asdict
from typing import Any, Literal, Unpack, cast

import httpx
from pydantic import SecretStr

from wzrd.domain.errors import BadRequest, ProviderBusy, ProviderError, ProviderRejected, ProviderUnknown, ResultUseless
from wzrd.models.sounds import PROVIDER, SoundCall, read_words, translate
from wzrd.net.file_types import SNIFF_BYTES, sniff
from wzrd.providers.base import Accepted, Opening, Output, Request
from wzrd.providers.http_border import MAX_BODY, JsonCalls, Reply, RequestState, usable_key
from wzrd.providers.provider_json import members_of, words_of
from wzrd.settings import Settings

KEY_VARIABLE = "ELEVENLABS_API_KEY"
KEY_HEADER = "xi-api-key"
ASK_BYTES = 2 * MAX_BODY
BUSY = "system_busy"
"""Value of `detail.status`: too many requests of everybody, not ours alone."""


class ElevenLabs:
    """The vendor at `base_url`. One object serves a process; `seconds` bound single calls by purpose.

    Raises:
        NotConfigured: there is no usable key; checked here, so that it can't happen after a submit began.
    """

    name = PROVIDER
    media_types = frozenset({"audio"})
    recovery: Literal["none"] = "none"
    paid = True

    def __init__(
        self, base_url: str, api_key: SecretStr | None, http: httpx.AsyncClient, **more: Unpack[Opening]
    ) -> None:
        key = usable_key(api_key, variable=KEY_VARIABLE, provider=self.name)
        self._base = base_url.rstrip("/")
        self._submit_seconds = more.get("seconds", {}).get("submit")
        self._calls = JsonCalls(
            self.name, http, key=key, key_variable=KEY_VARIABLE, scheme="", header=KEY_HEADER, **more
        )

    async def stream(self, request: Request) -> AsyncGenerator[Accepted | Output]:
        """See `StreamProvider.stream`. The sound is a `data:` URI; speech has its `words` in the output's `raw`."""
        try:
            call = translate(request.model, request.inputs)
        except BadRequest as error:
            raise ProviderRejected(error.message, status=400) from None
        state = RequestState(self.name)
        within = min(request.timeout, self._submit_seconds or request.timeout)
        with self._calls.translated(state):
            url = f"{self._base}{call.path}"
            reply = await self._calls.call(state, "POST", url, json=call.body, most=call.most, within=within)
            if not reply.is_success:
                raise self._refusal(reply, state)
            output = self._output(call, reply)
        yield Accepted()
        yield output

    async def list_voices(self) -> list[Mapping[str, Any]]:
        """The voices of the account, as it tells them.

        Raises:
            ProviderError: no answer, or none that is a list.
        """
        found = (await self._ask("GET", "/v1/voices")).get("voices")
        if not isinstance(found, list):
            raise ProviderError(f"{self.name} answered no list of voices")
        return [voice for one in cast("list[object]", found) if (voice := members_of(one)) is not None]

    async def clone_voice(self, name: str, sample: bytes, file_name: str, description: str | None) -> Mapping[str, Any]:
        """A new voice of the account, made from a sample of somebody speaking, as the account tells it.

        Raises:
            ProviderError: it was refused, or is not known to have been made.
        """
        form = httpx.Request(
            "POST",
            f"{self._base}/v1/voices/add",
            data={
                "name": name,
                "remove_background_noise": "true",
                **({"description": description} if description else {}),
            },
            files={"files": (file_name, sample)},
        )
        headers = {"content-type": form.headers["content-type"]}
        voice_id = (await self._ask("POST", "/v1/voices/add", content=form.read(), headers=headers)).get("voice_id")
        if not isinstance(voice_id, str) or not voice_id.isalnum():
            raise ProviderUnknown(f"{self.name} made a voice and told no id for it")
        return await self._ask("GET", f"/v1/voices/{voice_id}")

    async def _ask(self, method: str, path: str, **sent: Any) -> Mapping[str, Any]:
        state = RequestState(self.name, "ask" if method == "GET" else "submit")
        with self._calls.translated(state):
            reply = await self._calls.call(state, method, f"{self._base}{path}", most=ASK_BYTES, **sent)
            if not reply.is_success:
                raise self._refusal(reply, state)
            if reply.members is None:
                raise ProviderError(f"{self.name} answered nothing about {path}")
            return reply.members

    def _refusal(self, reply: Reply, state: RequestState) -> ProviderError:
        """The border's own, but that there are two kinds of 429."""
        error = self._calls.refusal(reply, state)
        if BUSY in words_of(reply.value) and isinstance(error, ProviderRejected):
            return ProviderBusy(error.message, status=error.status, retry_after=error.retry_after)
        return error

    def _output(self, call: SoundCall, reply: Reply) -> Output:
        """The sound, seen to be one, and what was said of it.

        Raises:
            ResultUseless: it answered a sound of no byte.
            ProviderUnknown: it accepted, and what came is no answer of its own.
        """
        facts = {
            "request_id": reply.headers.get("request-id"),
            "characters": _number(reply.headers.get("character-cost")),
        }
        about: dict[str, Any] = {name: value for name, value in facts.items() if value is not None}
        if call.kind != "speech":
            claimed = reply.headers.get("content-type", "").startswith("audio/")
            return Output(media=(self._uri(reply.body, claimed=claimed),), raw=about)
        members = reply.members or {}
        try:
            sound = base64.b64decode(str(members.get("audio_base64") or ""), validate=True)
        except (binascii.Error, ValueError):
            sound = b""
        words = read_words(members.get("alignment"))
        uri = self._uri(sound, claimed="audio_base64" in members)
        return Output(media=(uri,), raw={**about, "words": [asdict(word) for word in words]})

    def _uri(self, sound: bytes, *, claimed: bool) -> str:
        kind = sniff(sound[:SNIFF_BYTES]) or ""
        if not kind.startswith("audio/"):
            if claimed and not sound:
                raise ResultUseless(f"{self.name} answered a sound of no byte")
            raise ProviderUnknown(f"{self.name} accepted the request and answered no sound")
        return f"data:{kind};base64,{base64.b64encode(sound).decode()}"


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 12 else None


def open_adapter(settings: Settings, key: SecretStr, http: httpx.AsyncClient, **more: Unpack[Opening]) -> ElevenLabs:
    """The adapter, of the settings. See `wzrd.providers.base.OpenAdapter`."""
    return ElevenLabs(settings.elevenlabs_base_url, key, http, **more)
