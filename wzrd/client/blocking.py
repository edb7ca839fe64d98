"""The service for programs without an event loop, made from the async one: no method is written twice."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar

from wzrd.client.generations import GMI_SECONDS
from wzrd.client.repeating import FIRST_DELAY, RECONNECTS, OnWait
from wzrd.client.service import UnifiedGenerationService

_P = ParamSpec("_P")
_R = TypeVar("_R")


async def _next_of(things: AsyncGenerator[_R]) -> _R:
    """`anext`, called in the loop's own thread: a generator belongs to the loop of the thread that first asks it."""
    return await anext(things)


async def _end_tasks() -> None:
    """Cancel all of this loop's tasks but the caller's, and wait for their ends."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class _Waiting(Generic[_P, _R]):
    """A method of the async service as one that waits for its result."""

    def __init__(self, method: Callable[Concatenate[UnifiedGenerationService, _P], Coroutine[Any, Any, _R]]) -> None:
        self.method = method
        self.__doc__ = method.__doc__

    def __get__(self, blocking: "BlockingGenerationService", _: object = None) -> Callable[_P, _R]:
        def wait(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            return blocking.wait(self.method(blocking.service, *args, **kwargs))

        return wait


class _Iterating(Generic[_P, _R]):
    """A method that yields, as one that waits for each thing that is yielded."""

    def __init__(self, method: Callable[Concatenate[UnifiedGenerationService, _P], AsyncGenerator[_R]]) -> None:
        self.method = method
        self.__doc__ = method.__doc__

    def __get__(self, blocking: "BlockingGenerationService", _: object = None) -> Callable[_P, Generator[_R]]:
        def iterate(*args: _P.args, **kwargs: _P.kwargs) -> Generator[_R]:
            things = self.method(blocking.service, *args, **kwargs)
            blocking.streams.add(things)
            try:
                while True:
                    try:
                        yield blocking.wait(_next_of(things))
                    except StopAsyncIteration:
                        return
            finally:
                blocking.streams.discard(things)
                if blocking.is_open:
                    blocking.wait(things.aclose())

        return iterate


class BlockingGenerationService:
    """`UnifiedGenerationService` without async: the same arguments and methods, used as a context manager.

    A thread of its own runs the event loop; `on_progress` and `on_wait` are called there. Any number of threads may
    call it at once; what they still wait for when it is left is canceled (`concurrent.futures.CancelledError`).
    """

    def __init__(
        self,
        url: str,
        token: str | Callable[[], str],
        reconnects: int = RECONNECTS,
        first_delay: float = FIRST_DELAY,
        on_wait: OnWait | None = None,
        gmi_timeout: float = GMI_SECONDS,
    ) -> None:
        self.service = UnifiedGenerationService(url, token, reconnects, first_delay, on_wait, gmi_timeout)
        self.streams = set[AsyncGenerator[Any]]()
        self._running: tuple[asyncio.AbstractEventLoop, threading.Thread] | None = None
        self._lock = threading.Lock()  # nothing is given to a loop that has been asked to end

    def __enter__(self) -> Self:
        if self.is_open:
            raise RuntimeError("the service is open already: share it, or make another")
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="wzrd-client", daemon=True)
        self._running = loop, thread
        thread.start()
        try:
            self.wait(self.service.__aenter__())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def is_open(self) -> bool:
        """True if it can be asked."""
        return self._running is not None

    def _stop(self) -> None:
        """Take nothing more, end what is under way, then the loop and its thread."""
        with self._lock:
            assert self._running is not None
            (loop, thread), self._running = self._running, None
            ending = asyncio.run_coroutine_threadsafe(self._end(), loop)
        try:
            ending.result()
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    async def _end(self) -> None:
        """End what other threads wait for, then the streams left open, then the connection."""
        await _end_tasks()
        for things in list(self.streams):
            await things.aclose()
        await self.service.__aexit__(None, None, None)
        await asyncio.get_running_loop().shutdown_asyncgens()
        await asyncio.sleep(0)  # generators that were dropped in the meantime are given tasks that close them
        await _end_tasks()

    def wait(self, work: Coroutine[Any, Any, _R]) -> _R:
        """Run it on the loop and wait; an interrupted wait ends the work, too.

        Raises:
            CancelledError: the service was left meanwhile (that of concurrent.futures).
            RuntimeError: the service is not open, or its own thread would wait for itself: `on_progress` may only note
                what it is told.
        """
        with self._lock:
            future = self._begin(work)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _begin(self, work: Coroutine[Any, Any, _R]) -> Future[_R]:
        if self._running is None:
            work.close()
            raise RuntimeError("the service is not open: use it in a with statement")
        loop, thread = self._running
        if threading.current_thread() is thread:
            work.close()
            raise RuntimeError("on_progress and on_wait cannot wait for the service that calls them: note it, return")
        return asyncio.run_coroutine_threadsafe(work, loop)

    generate = _Waiting(UnifiedGenerationService.generate)
    generate_image = _Waiting(UnifiedGenerationService.generate_image)
    generate_video = _Waiting(UnifiedGenerationService.generate_video)
    generate_audio = _Waiting(UnifiedGenerationService.generate_audio)
    generate_text = _Waiting(UnifiedGenerationService.generate_text)
    route = _Waiting(UnifiedGenerationService.route)
    result = _Waiting(UnifiedGenerationService.result)
    gen_shots = _Iterating(UnifiedGenerationService.gen_shots)
    open_gen_shots = _Iterating(UnifiedGenerationService.open_gen_shots)
    follow = _Iterating(UnifiedGenerationService.follow)
    run = _Waiting(UnifiedGenerationService.run)
    runs = _Waiting(UnifiedGenerationService.runs)
    cancel = _Waiting(UnifiedGenerationService.cancel)
    retry = _Waiting(UnifiedGenerationService.retry)
    breakdown = _Waiting(UnifiedGenerationService.breakdown)
    edit_breakdown = _Waiting(UnifiedGenerationService.edit_breakdown)
    plan_reading = _Waiting(UnifiedGenerationService.plan_reading)
    read_breakdown = _Waiting(UnifiedGenerationService.read_breakdown)
    shot_brief = _Waiting(UnifiedGenerationService.shot_brief)
    auto_generate = _Waiting(UnifiedGenerationService.auto_generate)
    plan_auto_generate = _Waiting(UnifiedGenerationService.plan_auto_generate)
    director_cut = _Waiting(UnifiedGenerationService.director_cut)
    bible = _Waiting(UnifiedGenerationService.bible)
    give_sheet = _Waiting(UnifiedGenerationService.give_sheet)
    delete_sheet = _Waiting(UnifiedGenerationService.delete_sheet)
    takes = _Waiting(UnifiedGenerationService.takes)
    choose_take = _Waiting(UnifiedGenerationService.choose_take)
    judge = _Waiting(UnifiedGenerationService.judge)
    download = _Waiting(UnifiedGenerationService.download)
    save_graph = _Waiting(UnifiedGenerationService.save_graph)
    plan_compute = _Waiting(UnifiedGenerationService.plan_compute)
    open_compute = _Iterating(UnifiedGenerationService.open_compute)
    upload_file = _Waiting(UnifiedGenerationService.upload_file)
    import_project = _Waiting(UnifiedGenerationService.import_project)
    projects = _Waiting(UnifiedGenerationService.projects)
    scenes = _Waiting(UnifiedGenerationService.scenes)
    storyboard = _Waiting(UnifiedGenerationService.storyboard)
    graph = _Waiting(UnifiedGenerationService.graph)
    plan_voices = _Waiting(UnifiedGenerationService.plan_voices)
    costs = _Waiting(UnifiedGenerationService.costs)
    spending = _Waiting(UnifiedGenerationService.spending)
