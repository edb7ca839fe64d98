"""Which behaviour a request takes: scripted ones in turn, by provider, words and call; then the prompt's own words."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.fakes.script import GOOD_DAY, WORDS, Behaviour, Script, dump_behaviours, read_behaviours, steer
from wzrd.domain.errors import BadRequest


def take(script: Script, prompt: str = "a cat", model: str = "fal-ai/flux", provider: str = "fal-ai") -> Behaviour:
    return script.take(provider, model, prompt)


def test_behaviours_are_taken_in_turn() -> None:
    """Each as often as it says; then it is a good day again."""
    script = Script()
    script.add([Behaviour(status=429, times=2), Behaviour(status=500)])
    assert [take(script).status for _ in range(4)] == [429, 429, 500, None]


def test_a_behaviour_waits_for_whom_it_is_meant() -> None:
    """By provider, and by words of the model or the prompt, whatever their case; others pass it by."""
    script = Script()
    script.add([Behaviour(status=500, provider="gmi-cloud"), Behaviour(status=501, match="DOG")])
    assert take(script).status is None
    assert take(script, prompt="a dog").status == 501
    assert take(script, provider="gmi-cloud", prompt="a dog").status == 500


def test_zero_times_is_for_ever() -> None:
    """And those that come before it are still taken first."""
    script = Script()
    script.add([Behaviour(status=402), Behaviour(seconds=2, times=0)])
    assert take(script).status == 402
    assert {take(script).seconds for _ in range(50)} == {2}


def test_calls_that_follow_a_submit_have_behaviours_of_their_own() -> None:
    """A submit takes none that is meant for a status, and the other way round; words in the prompt are for submits."""
    script = Script(Behaviour(status=503))
    script.add([Behaviour(on="status", status=500)])
    assert take(script).status == 503
    assert script.take_question("result", "fal-ai", "m", "[fake: 404]") == GOOD_DAY
    assert script.take_question("status", "fal-ai", "m", "").status == 500
    assert script.take_question("status", "fal-ai", "m", "") == GOOD_DAY


def test_a_reset_goes_back_to_the_start() -> None:
    """A behaviour that was added is forgotten; one that held from the start holds again."""
    script = Script(first=[Behaviour(status=402)])
    take(script)
    script.add([Behaviour(status=500)])
    script.reset()
    assert [take(script).status for _ in range(2)] == [402, None]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("429", {"status": 429}),
        ("429 retry 7", {"status": 429, "retry_after": "7"}),
        ("accepted 500", {"accepted_status": 500}),
        ("queue 3", {"places": 3, "place_seconds": 1.0}),
        ("queue 3 0.5s", {"places": 3, "place_seconds": 0.5}),
        ("wait 2s", {"wait": 2.0}),
        ("seconds 5", {"seconds": 5.0}),
        ("tokens 0.1", {"token_seconds": 0.1}),
        ("Queue 2 1S,  FAIL", {"places": 2, "place_seconds": 1.0, "outcome": "failure"}),
        ("other  kind", {"media": "other_kind"}),
        ("no such word", {}),
        ("429 please", {}),
        ("accepted 404", {}),
    ],
)
def test_words_in_the_prompt_steer(words: str, expected: dict[str, Any]) -> None:
    """They change what the script says; what is no word of ours changes nothing."""
    steered = steer(f"a cat [fake: {words}] on a roof", Behaviour(usage=False))
    assert steered == replace(Behaviour(usage=False), **expected)


@pytest.mark.parametrize("word", WORDS)
def test_every_plain_word_does_something(word: str) -> None:
    """And nothing else than its own."""
    assert steer(f"[fake:{word}]", GOOD_DAY) != GOOD_DAY
    assert steer(f"{word} [fake: {word} not]", GOOD_DAY) == GOOD_DAY


@given(st.text(max_size=300))
def test_no_prompt_breaks_a_fake(prompt: str) -> None:
    """Whatever stands between the brackets."""
    steer(f"[fake:{prompt}]{prompt}", GOOD_DAY)


def test_behaviours_go_through_json_and_back() -> None:
    """As a script of many, or a single one."""
    behaviours = [Behaviour(seconds=None, places=2), Behaviour(on="list", reply="misshapen", times=0)]
    assert read_behaviours(dump_behaviours(behaviours)) == behaviours
    assert read_behaviours({"status": 404}) == [Behaviour(status=404)]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"reply": "slwo"}, "0.reply: Input should be 'whole', 'dropped'"),
        ({"replay": "slow"}, "0.replay: Unexpected keyword argument"),
        ([{}, {"status": 200}], "1.status: Input should be greater than or equal to 400"),
        ({"seconds": -1}, "0.seconds"),
        ({"seconds": float("inf")}, "0.seconds"),
        ({"on": "poll"}, "0.on"),
        ("slow", "0: "),
        (None, "0: "),
    ],
)
def test_what_is_no_behaviour_is_told_by_name(value: object, told: str) -> None:
    """Nobody waits for a fault that is spelled wrongly."""
    with pytest.raises(BadRequest) as caught:
        read_behaviours(value)
    assert told in caught.value.message
