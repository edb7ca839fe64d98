"""Steering the fakes over HTTP: `POST /control/script`, `/release`, `/reset`, and `GET /control/submits`."""

from server.fakes.calls import Answer, Call, json_answer
from server.fakes.script import read_behaviours
from server.fakes.state import FakeState, Refused
from wzrd.contracts.wire import loads
from wzrd.domain.errors import BadRequest

MAX_WAIT = 120.0


async def answer(call: Call, state: FakeState) -> Answer:
    """One call; it raises `Refused`."""
    match call.method, call.path:
        case "POST", "/script":
            return _script(call, state)
        case "POST", "/release":
            return json_answer({"released": state.holds.release(call.query.get("match", ""))})
        case "POST", "/reset":
            state.reset()
            return json_answer({"ok": True})
        case "GET", "/submits":
            return await _submits(call, state)
        case _:
            paths = "POST /control/script, /control/release, /control/reset or GET /control/submits"
            raise Refused(404, f"There is no {call.method} /control{call.path[:100]}: use {paths}")


def refuse(refused: Refused) -> Answer:
    """An error, as this product spells one."""
    return json_answer({"error": refused.message}, refused.status)


def _script(call: Call, state: FakeState) -> Answer:
    try:
        behaviours = read_behaviours(loads(call.body))
    except BadRequest as error:
        raise Refused(400, error.message) from None
    except ValueError as error:
        raise Refused(400, f"the script is no JSON: {error}") from None
    state.script.add(behaviours)
    return json_answer({"added": len(behaviours)})


async def _submits(call: Call, state: FakeState) -> Answer:
    provider, match = call.query.get("provider", ""), call.query.get("match", "")
    count, seconds = _number(call, "at_least", 0), min(MAX_WAIT, _number(call, "within", 10))
    await state.submits.wait(int(count), provider, match, seconds=seconds)
    return json_answer(state.submits.describe(provider, match))


def _number(call: Call, name: str, usual: float) -> float:
    text = call.query.get(name, str(usual))
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e9:
        raise Refused(400, f"{name}={text[:50]!r} is no number: give one from 0")
    return number
