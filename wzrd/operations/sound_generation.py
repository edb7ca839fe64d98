"""Speech, effects and music by their own functions: checked, chosen and priced; and made in a child, offline.

The child is the offline studio's own program. It gets one JSON object on its standard input and leaves one file.
"""

import asyncio
import base64
import contextlib
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from wzrd.assets.temporary_folder import temporary_folder
from wzrd.contracts.sounds import SoundRequest
from wzrd.contracts.wire import dumps, loads
from wzrd.domain.errors import NotConfigured, ProviderFailed
from wzrd.domain.money import read_money
from wzrd.models.routing import routed_catalog
from wzrd.models.sounds import NO_KEY, PROVIDER, SoundKeyMissing, offline_inputs, translate
from wzrd.operations.generate import Chosen, GenerateParams, choose
from wzrd.providers.base import Output
from wzrd.runtime.process import Runtime
from wzrd.slots import LoopSlots


def sound_params(
    runtime: Runtime, user_id: UUID, function: str, body: SoundRequest, settings: Mapping[str, Any]
) -> GenerateParams:
    """The generation that a request means; `settings` are the function's own fields, named as on the wire.

    Raises:
        BadRequest: as `wzrd.models.sounds.translate`.
        SoundKeyMissing: the provider cannot be asked, and nothing may stand in.
    """
    said = {"text": body.text, "prompt": body.prompt, **settings}
    inputs = {name: value for name, value in said.items() if value is not None}
    call = translate(function, inputs)
    if call.kind == "effects":
        inputs["duration"] = call.body["duration_seconds"]
    return GenerateParams(
        user_id=user_id,
        project_id=body.project_id,
        request_id=body.request_id,
        function=function,
        model=function,
        media_type="audio",
        inputs=inputs,
        references=tuple(body.reference_assets),
        output=body.output_config.model_copy(update={"count": None, "format": None}),
        metadata=body.metadata,
        max_credits=body.max_credits,
        money=read_money(body.max_usd, body.allow_unpriced),
        chosen=choose_sound(runtime, function, inputs),
    )


def choose_sound(runtime: Runtime, model: str, inputs: Mapping[str, Any]) -> Chosen:
    """Choose what makes the sound here and now.

    Raises:
        SoundKeyMissing: the provider cannot be asked, and nothing may stand in.
    """
    try:
        return choose(runtime, model, inputs, (), "audio")
    except NotConfigured:
        if runtime.providers.obstacle(PROVIDER, "audio") is not None:
            raise SoundKeyMissing(NO_KEY, provider=PROVIDER) from None
        raise


PROGRAM = "wzrd.animatic"
SECONDS = 120.0
"""The longest that a child may take: the longest speech takes a third of that on one core."""
AT_ONCE = 2
"""Children of one process; more would only slow each other."""
_slots = LoopSlots(AT_ONCE)


async def make_offline(runtime: Runtime, function: str, params: GenerateParams) -> Output:
    """The sound that animatic mode makes of the inputs, as a `data:` URI, and what it says of it.

    Raises:
        ProviderFailed: the child failed, or took too long.
    """
    async with _slots.slot(), temporary_folder(runtime) as folder:
        path = folder / "sound.mp3"
        asked = {**offline_inputs(routed_catalog().models[function], params.inputs), "path": str(path)}
        made = loads(await _run(dumps(asked)))
        data = await asyncio.to_thread(path.read_bytes)
    return Output(media=(f"data:audio/mpeg;base64,{base64.b64encode(data).decode()}",), cost_usd=0.0, raw=made)


async def _run(asked: bytes) -> bytes:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", PROGRAM, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True
    )
    try:
        async with asyncio.timeout(SECONDS):
            stdout, _ = await child.communicate(asked)
    except TimeoutError:
        raise ProviderFailed(f"animatic mode did not make the sound within {SECONDS:.0f} s") from None
    finally:
        await _end(child)
    if child.returncode != 0:
        raise ProviderFailed("animatic mode could not make the sound: see `wzrd doctor`")
    return stdout


async def _end(child: Process) -> None:
    """No child outlives the call."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await asyncio.shield(child.wait())
