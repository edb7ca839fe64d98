"""Encoders of each kind of stream: an encoder is a pure function of an event; None sends nothing."""

from collections.abc import Callable
from typing import TypeAlias

from wzrd.contracts import compute as graphs
from wzrd.contracts import gen_shots as shots
from wzrd.contracts import generate
from wzrd.contracts.events import RunEvent
from wzrd.contracts.sse import encode
from wzrd.contracts.wire import dumps

EventEncoder: TypeAlias = Callable[[RunEvent], bytes | None]


def plain(event: RunEvent) -> bytes:
    """Every event by its own name: the encoder of `/runs/{id}/events`."""
    return encode(event.event, dumps(event.data), event.seq)


def gen_shots(event: RunEvent) -> bytes | None:
    """The documented four events and nothing else; what more the log has is sent by `/runs/{id}/events`."""
    return plain(event) if event.event in shots.EVENTS else None


def compute(event: RunEvent) -> bytes | None:
    """The documented five events of compute-execute and nothing else."""
    return plain(event) if event.event in graphs.EVENTS else None


def fal_stream(event: RunEvent) -> bytes | None:
    """The frames of fal-stream: no event's name, `type` first inside the JSON."""
    if event.event not in generate.EVENTS:
        return None
    return encode(None, dumps({"type": event.event, **event.data}), event.seq)
