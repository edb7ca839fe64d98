"""Encoders: which entries of the log a stream sends, and how."""

import uuid
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.contracts.encoders import gen_shots, plain
from wzrd.contracts.events import TERMINAL_EVENTS, RunEvent
from wzrd.domain.runs import TERMINAL_RUN
from wzrd.domain.settlement import Ending
from wzrd.operations import KINDS

RUN = uuid.UUID(int=1)


def entry(event: str, data: dict[str, Any], seq: int = 1) -> RunEvent:
    return RunEvent(RUN, seq, 1, event, data)


def test_a_frame_to_the_byte() -> None:
    """Id, name and data in this order, JSON compact and in the order in which it was written."""
    frame = gen_shots(entry("shot", {"id": "s", "shot_number": 1, "thumbnail": None, "title": "Ä"}, 42))
    assert frame == 'id: 42\nevent: shot\ndata: {"id":"s","shot_number":1,"thumbnail":null,"title":"Ä"}\n\n'.encode()


@pytest.mark.parametrize("event", ["meta", "shot", "done", "error"])
def test_gen_shots_tells_the_documented_four(event: str) -> None:
    """The encoder of gen-shots gives the bytes of the plain one."""
    assert gen_shots(entry(event, {"a": 1})) == plain(entry(event, {"a": 1}))


@given(
    st.text("abcdefghijklmnopqrstuvwxyz_-", max_size=12).filter(lambda e: e not in {"meta", "shot", "done", "error"})
)
def test_gen_shots_is_silent_about_everything_else(event: str) -> None:
    """The documented client knows four events; what more the log holds is for `/runs/{id}/events`."""
    assert gen_shots(entry(event, {})) is None
    assert plain(entry(event, {})) is not None


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers() | st.none(), max_size=4))
def test_an_encoder_is_a_pure_function(data: dict[str, Any]) -> None:
    """An entry gives the same bytes each time and stays as it was."""
    data = {key: value for key, value in data.items() if value is None or abs(value) < 2**63}
    before = orjson.dumps(data)
    assert plain(entry("shot", data)) == plain(entry("shot", data))
    assert orjson.dumps(data) == before


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("status", sorted(TERMINAL_RUN))
def test_every_end_of_every_kind_is_told(kind: str, status: str) -> None:
    """Whatever a run's end is, its kind's stream says a terminal event: no client waits for ever."""
    new_event = KINDS[kind].terminal(Ending("run", "request", status, 1, "words"))
    assert new_event.event in TERMINAL_EVENTS
    assert KINDS[kind].encoder(entry(new_event.event, new_event.data)) is not None
