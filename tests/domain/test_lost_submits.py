"""Which listed request is a lost submit."""

import uuid
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.lost_submits import CLOCKS, ListedRequest, OpenSubmit, Sighting, find_submit, pair_in_order
from wzrd.domain.submission import fingerprint

START = datetime(2026, 3, 1, tzinfo=UTC)
CAT: dict[str, Any] = {"prompt": "a cat"}
SEEDED = {**CAT, "seed": 7}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def submit(seconds: float, payload: dict[str, Any] = CAT, *, may_answer: bool = False) -> OpenSubmit:
    return OpenSubmit(uuid.uuid4(), fingerprint(payload), at(seconds), may_answer)


def listed(name: str, seconds: float, payload: dict[str, Any] = CAT) -> ListedRequest:
    return ListedRequest(name, payload, at(seconds))


def test_one_of_its_payload_is_it() -> None:
    """Whatever else is listed; one that was sent long before is another."""
    own = submit(100)
    others = [listed("dog", 100, {"prompt": "a dog"}), listed("before", 100 - CLOCKS.total_seconds() - 1)]
    assert find_submit(own.job_id, [own], others) is None
    assert find_submit(own.job_id, [own], [*others, listed("a", 101)]) == Sighting("a", 1)


def test_the_vendor_may_have_filled_in_defaults() -> None:
    """It lists what we sent, and more."""
    own = submit(0)
    assert find_submit(own.job_id, [own], [listed("a", 1, {**CAT, "num_images": 1})]) == Sighting("a", 1)


def test_a_request_is_whose_payload_it_has_most_of() -> None:
    """One without a seed is not taken for one with it, while that one is looked for."""
    plain, seeded = submit(0), submit(1, SEEDED)
    found = [listed("seeded", 2, SEEDED)]
    assert find_submit(plain.job_id, [plain, seeded], found) is None
    assert find_submit(seeded.job_id, [plain, seeded], found) == Sighting("seeded", 1)
    found.append(listed("plain", 3))
    assert find_submit(plain.job_id, [plain, seeded], found) == Sighting("plain", 1)


def test_equal_ones_are_told_apart_by_the_order_of_sending() -> None:
    """Whichever is listed first, and whichever is looked for first: never both the same; and it is told."""
    submits = [submit(0), submit(0.5), submit(1)]
    requests = [listed("a", 1.1), listed("b", 1.2), listed("c", 1.3)]
    for shown in permutations(requests):
        found = [find_submit(one.job_id, submits[::-1], shown) for one in submits]
        assert found == [Sighting(name, 3) for name in "abc"]


def test_one_of_two_equal_ones_is_the_nearer() -> None:
    """The first of ours was sent half an hour ago and never arrived: what came now is the second."""
    old, new = submit(0), submit(1800)
    requests = [listed("new", 1800.2)]
    assert find_submit(old.job_id, [old, new], requests) is None
    assert find_submit(new.job_id, [old, new], requests) == Sighting("new", 2)


def test_an_equal_one_whose_answer_is_on_its_way_is_awaited() -> None:
    """Its own process will say which it is: nobody takes it before."""
    own, other = submit(0), submit(1, may_answer=True)
    assert find_submit(own.job_id, [own, other], [listed("a", 0.5)]) is None
    assert find_submit(own.job_id, [own, submit(1, SEEDED, may_answer=True)], [listed("a", 0.5)]) == Sighting("a", 1)


def test_one_that_is_open_no_more_is_not_looked_for() -> None:
    """Somebody else has found it."""
    assert find_submit(uuid.uuid4(), [submit(0)], [listed("a", 1)]) is None


MOMENTS = st.lists(st.integers(0, 200), max_size=6).map(lambda found: [at(one) for one in sorted(found)])


@given(MOMENTS, MOMENTS)
def test_pairs_are_as_many_as_can_be_in_order(ours: list[datetime], theirs: list[datetime]) -> None:
    """None is used twice, none crosses another, none was sent before ours; more there cannot be."""
    pairs = sorted(pair_in_order(ours, theirs).items())
    assert [their for _, their in pairs] == sorted({their for _, their in pairs})
    assert all(theirs[their] >= ours[our] - CLOCKS for our, their in pairs)
    at_least = left = 0
    for moment in ours:  # the earliest that fits is as many as there can be
        left = next((one for one in range(left, len(theirs)) if theirs[one] >= moment - CLOCKS), len(theirs))
        at_least, left = at_least + (left < len(theirs)), left + 1
    assert len(pairs) == at_least
