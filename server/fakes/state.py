"""State of the fakes of one process, and the way of every paid submit through the script."""

import asyncio
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from server.fakes.calls import Answer, Call, Refused
from server.fakes.jobs import Holds, Jobs
from server.fakes.media import MediaMaker
from server.fakes.references import unreachable
from server.fakes.script import Behaviour, Question, Reply, Script
from server.fakes.submits import Submits
from server.fakes.supabase_objects import Objects
from server.fakes.webhooks import WebhookSender

UPLOAD_BYTES = 256 << 20
"""Bytes of uploaded files that are kept; the oldest go first."""
WRONG = "wrong"
"""A key with this word in it is refused, so that a front end can try what it does then."""
GRANTS = 2000
"""Tokens and places that are remembered."""


class Uploads:
    """Files that callers uploaded, by their place, with their type."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, tuple[bytes, str]] = OrderedDict()
        self._granted: OrderedDict[str, None] = OrderedDict()

    def grant(self, granted: str) -> None:
        """Give out a token that allows uploading, or a place where a file may be put without one."""
        self._granted[granted] = None
        if len(self._granted) > GRANTS:
            self._granted.popitem(last=False)

    def allows(self, granted: str) -> bool:
        """True if a token, or a place, is one that was given out."""
        return granted in self._granted

    def put(self, location: str, data: bytes, kind: str) -> None:
        """Keep a file; beyond the bound the oldest are forgotten."""
        self._files[location] = (data, kind)
        while sum(len(kept) for kept, _ in self._files.values()) > UPLOAD_BYTES and len(self._files) > 1:
            self._files.popitem(last=False)

    def get(self, location: str) -> tuple[bytes, str] | None:
        """A file and its type."""
        return self._files.get(location)

    def read(self, url: str) -> bytes:
        """The bytes at an address, as far as a fake has them: an upload, or the data itself; else none."""
        head, comma, body = url.partition(",")
        if comma and head.startswith("data:") and head.endswith(";base64"):
            try:
                return b64decode(body)
            except ValueError:
                return b""
        kept = self.get(urlsplit(url).path)
        return kept[0] if kept else b""

    def reset(self) -> None:
        """Forget the files; tokens stay good."""
        self._files.clear()


@dataclass(slots=True)
class FakeState:
    """Everything that is remembered."""

    script: Script
    submits: Submits = field(default_factory=Submits)
    holds: Holds = field(default_factory=Holds)
    media: MediaMaker = field(default_factory=MediaMaker)
    fal_jobs: Jobs = field(default_factory=Jobs)
    gmi_jobs: Jobs = field(default_factory=Jobs)
    uploads: Uploads = field(default_factory=Uploads)
    objects: Objects = field(default_factory=Objects)
    webhooks: WebhookSender = field(default_factory=WebhookSender)
    voices: dict[str, str] = field(default_factory=dict[str, str])
    """Voices that were cloned at ElevenLabs: the name of each by its id."""
    is_closing: bool = False

    def reset(self) -> None:
        """As if just started; what is under way goes on."""
        self.script.reset()
        self.submits.reset()
        self.fal_jobs.reset()
        self.gmi_jobs.reset()
        self.uploads.reset()
        self.voices.clear()
        self.objects.reset()
        self.holds.release()

    async def take(self, provider: str, model: str, prompt: str, body: Mapping[str, Any], *, bad: int) -> Behaviour:
        """Decide on a paid submit that is well-formed: how it is to be answered, once it is accepted.

        Raises:
            Refused: an address in it cannot be reached from a cloud (status `bad`), or the script refuses it.
        """
        for location, problem in unreachable(body):
            self.submits.add(provider, model, prompt, body, "", paid=False)
            where = ".".join(map(str, location))
            raise Refused(
                bad, f"{where}: {problem} from here: give a public https address or a data: URI", loc=location
            )
        behaviour = self.script.take(provider, model, prompt)
        if behaviour.wait:
            await asyncio.sleep(behaviour.wait)
        if behaviour.status is not None:
            self.submits.add(provider, model, prompt, body, "", paid=False)
            raise Refused(behaviour.status, behaviour.text or "", retry_after=behaviour.retry_after)
        return behaviour

    async def ask(self, on: Question, provider: str, model: str, prompt: str) -> Reply:
        """Way in which to answer a call that follows a submit; see `answer_for`."""
        return (await self.answer_for(on, provider, model, prompt)).reply

    async def answer_for(self, on: Question, provider: str, model: str, prompt: str) -> Behaviour:
        """The behaviour of a call that follows a submit, after whatever wait the script wants.

        Raises:
            Refused: the script answers an error.
        """
        behaviour = self.script.take_question(on, provider, model, prompt)
        if behaviour.wait:
            await asyncio.sleep(behaviour.wait)
        if behaviour.hold == "reply":
            await self.holds.add(model, prompt)
        if behaviour.status is not None:
            raise Refused(behaviour.status, behaviour.text or "", retry_after=behaviour.retry_after)
        return behaviour

    async def accept(
        self,
        provider: str,
        model: str,
        prompt: str,
        body: Mapping[str, Any],
        request_id: str,
        behaviour: Behaviour,
        *,
        start_seconds: float | None = None,
    ) -> None:
        """Count a submit as accepted, and paid; wait where the script holds the answer back.

        Raises:
            Refused: the script answers an error although the request was accepted.
        """
        self.submits.add(provider, model, prompt, body, request_id, paid=True, start_seconds=start_seconds)
        if behaviour.hold == "reply":
            await self.holds.add(model, prompt)
        if behaviour.accepted_status is not None:
            raise Refused(behaviour.accepted_status, retry_after=behaviour.retry_after)


def is_key(key: str) -> bool:
    """True if a key is taken: any that can be one, but those that say of themselves that they are wrong."""
    return bool(key) and " " not in key and key.isprintable() and WRONG not in key.lower()


def key_of(headers: Mapping[str, str], *schemes: str) -> str:
    """The key in the Authorization header, if its form is right: one of the schemes, a blank, a key without blanks.

    Raises:
        Refused: there is none (401); the key is never repeated.
    """
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() not in schemes or not is_key(key):
        raise Refused(401, "Authentication is required: send the Authorization header with a key")
    return key


__all__ = ["FakeState", "Handler", "Refused", "Uploads", "key_of"]

Handler: TypeAlias = Callable[[Call, FakeState], Awaitable[Answer]]
"""Function that answers the calls of one fake; it may raise `Refused`."""
