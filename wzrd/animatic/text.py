"""The offline shot writer as a chat model in JSON mode would answer: `{"shots": [...]}`, a shot a delta."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import asdict
from typing import Any

import orjson

from wzrd.animatic.writer.shots import write_shots
from wzrd.domain.errors import ProviderFailed
from wzrd.domain.shots import SceneBrief, ShotIdea
from wzrd.providers.base import Accepted, Delta, Output, Request


async def write(request: Request) -> AsyncGenerator[Accepted | Delta | Output]:
    """`scene`, `count`, `seed` and `previous` of the inputs become shots.

    Raises:
        ProviderFailed: there is no scene to write about.
    """
    if not isinstance(request.inputs.get("scene"), SceneBrief):
        raise ProviderFailed(f"{request.model} writes shots only: `scene` is missing")
    shots = await asyncio.to_thread(_write, request.inputs)
    yield Accepted()
    opening = '{"shots": ['
    chunks = [opening]
    yield Delta(opening)
    for shot in shots:
        chunks.append((", " if len(chunks) > 1 else "") + orjson.dumps(asdict(shot)).decode())
        yield Delta(chunks[-1])
    chunks.append("]}")
    yield Delta(chunks[-1])
    yield Output(text="".join(chunks), cost_usd=0.0, raw={"finish_reason": "stop", "model": request.model})


def _write(inputs: Mapping[str, Any]) -> list[ShotIdea]:
    scene, count, seed = inputs["scene"], int(inputs.get("count", 3)), int(inputs.get("seed", 0))
    return write_shots(scene, count, seed=seed, previous=tuple(inputs.get("previous", ())))
