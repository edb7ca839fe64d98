"""The circuit breaker, with a clock of the test's own."""

from hypothesis import given
from hypothesis import strategies as st

from wzrd.providers.limits import Breaker


def test_it_opens_waits_probes_and_closes() -> None:
    """Failures in a row open it; after the window exactly one probe goes out; its success closes it."""
    breaker = Breaker(threshold=2, window=10)
    breaker.failed(0)
    assert breaker.admit(1)
    breaker.failed(1)
    assert not breaker.admit(5)
    assert breaker.wait(5) == 6
    assert breaker.admit(11)
    assert not breaker.admit(11)
    breaker.succeeded()
    assert breaker.admit(11)
    assert breaker.admit(11)


def test_a_failed_probe_opens_it_anew_and_a_withdrawn_one_frees_the_place() -> None:
    """One failure in the half-open state is enough; a probe that learnt nothing lets another try."""
    breaker = Breaker(threshold=2, window=10)
    breaker.failed(0)
    breaker.failed(0)
    assert breaker.admit(10)
    breaker.inconclusive()
    assert breaker.admit(10)
    breaker.failed(12)
    assert not breaker.admit(21)
    assert breaker.admit(22)


def test_a_success_forgets_old_failures() -> None:
    """Only failures in a row count."""
    breaker = Breaker(threshold=2)
    for _ in range(10):
        breaker.failed(0)
        breaker.succeeded()
    assert breaker.admit(0)


@given(st.lists(st.sampled_from(["ask", "succeeded", "failed", "inconclusive"]), max_size=60))
def test_never_two_probes_at_once_and_never_stuck(moves: list[str]) -> None:
    """Property: while open, at most one call is out; given reports and time, it always admits again."""
    breaker, now, out = Breaker(threshold=2, window=3), 0.0, 0
    for move in moves:
        now += 1
        if move == "ask":
            was_open = breaker.open_until is not None
            out += (admitted := breaker.admit(now))
            assert not (was_open and admitted and not breaker.probing)
        elif out:
            out -= 1
            breaker.failed(now) if move == "failed" else getattr(breaker, move)()
    while out:
        out -= 1
        breaker.inconclusive()
    assert breaker.admit(now + 100)
