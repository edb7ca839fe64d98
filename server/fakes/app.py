"""The ASGI application: whose fake a request is for, by its path, or by the vendor's own name in `Host`."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from server.fakes import chat, control, elevenlabs, fal, fal_storage, files, gmi, supabase
from server.fakes.calls import Answer, Call, Receive, Scope, Send, abort, json_answer, read_call, send_answer
from server.fakes.state import Handler, Refused, State
from server.fakes.vendors import VENDORS, refuse

HOSTS: Mapping[str, str] = {
    "queue.fal.run": "/fal/queue",
    "rest.fal.ai": "/fal/rest",
    "v3.fal.media": "",
    "console.gmicloud.ai": "/gmi",
    "api.gmi-serving.com": "/gmi-chat",
    "api.elevenlabs.io": "/elevenlabs",
    "storage.googleapis.com": "",
    "api.groq.com": "/groq",
    "api.openai.com": "/openai",
    "generativelanguage.googleapis.com": "/gemini",
    "ai.gateway.lovable.dev": "/gateway",
}
"""The vendors' own names: whoever brings their requests here (a proxy that ends TLS) is answered as they would."""


@dataclass(frozen=True, slots=True)
class Fake:
    """One fake: what answers its calls, and how it spells a refusal."""

    answer: Handler
    refuse: Callable[[Refused], Answer]


async def _file(call: Call, state: State) -> Answer:
    if call.method in {"GET", "HEAD"}:
        return await files.serve_file(call, state)
    return await fal_storage.upload(call, state)


FILES = Fake(_file, fal.refuse)
FAKES: Mapping[str, Fake] = {
    "/fal/queue": Fake(fal.answer, fal.refuse),
    "/fal/rest": Fake(fal_storage.answer, fal.refuse),
    "/gmi": Fake(gmi.answer, gmi.refuse),
    "/elevenlabs": Fake(elevenlabs.answer, elevenlabs.refuse),
    "/supabase": Fake(supabase.answer, supabase.refuse),
    "/control": Fake(control.answer, control.refuse),
    **{vendor.prefix: Fake(chat.handler_of(vendor), partial(refuse, vendor)) for vendor in VENDORS},
}
"""The fakes by the paths that they answer at."""


class FakesApp:
    """The application over one state."""

    def __init__(self, state: State) -> None:
        self.state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        try:
            call = await read_call(scope, receive)
            await send_answer(await self._answer(call), send, bare=call.method == "HEAD")
        except ConnectionError:
            await abort(send)
        except asyncio.CancelledError:
            if not self.state.is_closing:
                raise
            await abort(send)

    async def _answer(self, call: Call) -> Answer:
        host = call.headers.get("host", "").partition(":")[0]
        prefix = HOSTS.get(host)
        if prefix is not None:
            call.path, call.origin = prefix + call.path, f"https://{host}"
        if call.path.startswith("/files/"):
            return await self._ask(FILES, call)
        for name, fake in FAKES.items():
            if call.path.startswith(f"{name}/"):
                call.path = call.path.removeprefix(name)
                call.origin += name if prefix is None else ""
                return await self._ask(fake, call)
        return json_answer({"error": f"No fake answers at {call.path[:100]}: see docs/fakes.md"}, 404)

    async def _ask(self, fake: Fake, call: Call) -> Answer:
        try:
            return await fake.answer(call, self.state)
        except Refused as refused:
            return fake.refuse(refused)
