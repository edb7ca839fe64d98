"""The ASGI application: whose fake a request is for, by its path, or by the vendor's own name in `Host`."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from server.fakes import chat, control, elevenlabs, files, gmi, supabase
from server.fakes.calls import Answer, Call, Receive, Scope, Send, abort, json_answer, read_call, send_answer
from server.fakes.fal import platform as fal_platform
from server.fakes.fal import queue as fal
from server.fakes.fal import storage as fal_storage
from server.fakes.state import FakeState, Handler, Refused
from server.fakes.vendors import VENDORS, Vendor, refuse
from wzrd.providers.credentials import CREDENTIALS
from wzrd.settings import Settings


@dataclass(frozen=True, slots=True)
class Fake:
    """One fake: the path that it answers at, what answers its calls, and how it spells a refusal.

    `host` is the vendor's own name. `addresses`: the settings' fields that hold an address of the vendor, each with the
    path of that address below the fake's.
    """

    path: str
    answer: Handler
    refuse: Callable[[Refused], Answer]
    host: str = ""
    addresses: Mapping[str, str] = field(default_factory=dict[str, str])


async def _file(call: Call, state: FakeState) -> Answer:
    if call.method in {"GET", "HEAD"}:
        return await files.serve_file(call, state)
    return await fal_storage.upload(call, state)


def _chat(vendor: Vendor) -> Fake:
    addresses = {CREDENTIALS[vendor.provider].chat or "": vendor.base}
    return Fake(vendor.prefix, chat.handler_of(vendor), partial(refuse, vendor), vendor.host, addresses)


FILES = Fake("/files", _file, fal.refuse)
FILE_HOSTS = ("v3.fal.media", "storage.googleapis.com")
FAKES = (
    Fake("/fal/queue", fal.answer, fal.refuse, "queue.fal.run", {"fal_queue_url": ""}),
    Fake("/fal/run", fal.run, fal.refuse, "fal.run"),
    Fake("/fal/rest", fal_storage.answer, fal.refuse, "rest.fal.ai", {"fal_rest_url": ""}),
    Fake("/fal/api", fal_platform.answer, fal_platform.refuse, "api.fal.ai", {"fal_api_url": fal_platform.PATH}),
    Fake("/gmi", gmi.answer, gmi.refuse, "console.gmicloud.ai", {"gmi_queue_url": gmi.PATH}),
    Fake("/elevenlabs", elevenlabs.answer, elevenlabs.refuse, "api.elevenlabs.io", {"elevenlabs_base_url": ""}),
    Fake("/supabase", supabase.answer, supabase.refuse, addresses={"supabase_url": ""}),
    Fake("/control", control.answer, control.refuse),
    *map(_chat, VENDORS),
)
"""Every fake, the one table of them."""
HOSTS: Mapping[str, str] = {**{fake.host: fake.path for fake in FAKES if fake.host}, **dict.fromkeys(FILE_HOSTS, "")}
"""The vendors' own names: whoever brings their requests here (a proxy that ends TLS) is answered as they would."""


class FakesApp:
    """The application over one state."""

    def __init__(self, state: FakeState) -> None:
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
        for fake in FAKES:
            if call.path.startswith(f"{fake.path}/"):
                call.path = call.path.removeprefix(fake.path)
                call.origin += fake.path if prefix is None else ""
                return await self._ask(fake, call)
        return json_answer({"error": f"No fake answers at {call.path[:100]}: see docs/fakes.md"}, 404)

    async def _ask(self, fake: Fake, call: Call) -> Answer:
        try:
            return await fake.answer(call, self.state)
        except Refused as refused:
            return fake.refuse(refused)


def environment(base_url: str) -> Mapping[str, str]:
    """The variables and their values; the keys are good for fakes alone. `base_url` has no slash at its end.

    Raises:
        RuntimeError: nothing answers for an address of a provider.
    """
    paths = {name: fake.path + below for fake in FAKES for name, below in fake.addresses.items()}
    for row in CREDENTIALS.values():
        if missing := sorted(set(row.addresses) - paths.keys()):
            raise RuntimeError(f"no fake of {row.provider} answers at {missing[0]}: add it in server/fakes/app.py")
    addresses = {_variable(name): base_url + path for name, path in paths.items()}
    addresses |= {
        row.variable: f"fake-{row.provider}-key:for-fakes-only" for row in CREDENTIALS.values() if not row.keyless
    }
    return {**addresses, "SUPABASE_SERVICE_ROLE_KEY": "fake-service-role-key-for-fakes-only"}


def _variable(name: str) -> str:
    variable = Settings.model_fields[name].alias
    assert variable is not None, f"the settings name no variable for {name}"
    return variable
