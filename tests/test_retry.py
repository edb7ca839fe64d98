"""`retry`: what failed for the moment is done again by its policy, what is final or paid for is not."""

import asyncio
from collections.abc import Callable

import pytest

from wzrd.domain.errors import CancelRequested, NotFound, ProviderUnsent, TooMany, WzrdError
from wzrd.domain.submission import RetryPolicy
from wzrd.retry import is_transient, retry

POLICY = RetryPolicy(tries=4, first=1.0, longest=3.0)


class Work:
    """Raises what its script says, call by call, and then returns its number of calls."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.calls = 0
        self.slept: list[float] = []
        self.reported: list[tuple[str, float]] = []

    async def once(self) -> int:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.calls

    async def wait(self, seconds: float) -> None:
        self.slept.append(seconds)

    def report(self, error: Exception, seconds: float) -> None:
        self.reported.append((str(error), seconds))

    async def run(self, retryable: Callable[[Exception], bool] = is_transient) -> int:
        return await retry(
            POLICY, self.once, on_retry=self.report, retryable=retryable, jitter=lambda: 1.0, sleep=self.wait
        )


async def test_what_passes_is_done_again_after_growing_pauses() -> None:
    """Each pause is twice the former, up to the longest, and is reported with its error before it begins."""
    work = Work(TooMany("one"), TooMany("two"), TooMany("three"))
    assert await work.run() == 4
    assert work.slept == [1.0, 2.0, 3.0]
    assert work.reported == [("one", 1.0), ("two", 2.0), ("three", 3.0)]


async def test_the_last_error_is_raised_as_it_is() -> None:
    """After the policy's last try there is no pause more, and the caller gets that try's error itself."""
    last = TooMany("four")
    work = Work(TooMany("one"), TooMany("two"), TooMany("three"), last, TooMany("never"))
    with pytest.raises(TooMany) as raised:
        await work.run()
    assert (raised.value is last, work.calls, len(work.slept)) == (True, 4, 3)


@pytest.mark.parametrize(
    "error", [NotFound(), CancelRequested(), ProviderUnsent(), RuntimeError("a bug"), WzrdError("final")], ids=repr
)
async def test_what_is_final_is_raised_at_once(error: Exception) -> None:
    """A bug, a stopped run, and whatever a provider said: `retryable` or not, a paid call is not repeated here."""
    work = Work(error)
    with pytest.raises(type(error)):
        await work.run()
    assert (work.calls, work.slept, work.reported) == (1, [], [])


async def test_the_caller_may_say_what_passes() -> None:
    """Another rule replaces the usual one."""
    work = Work(RuntimeError("away"))
    assert await work.run(lambda error: isinstance(error, RuntimeError)) == 2


async def test_a_cancel_is_no_failure_to_be_repeated() -> None:
    """Cancelled in a try or in a pause, the work ends."""
    work = Work(asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await work.run(lambda _: True)
    assert work.calls == 1
    work = Work(TooMany("one"))
    waiting = asyncio.Event()

    async def wait(_seconds: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    pausing = asyncio.create_task(retry(POLICY, work.once, on_retry=work.report, sleep=wait))
    await waiting.wait()
    pausing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pausing
    assert work.calls == 1
