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
            try:
                while True:
                    try:
                        yield blocking.wait(anext(things))
                    except StopAsyncIteration:
                        return
            finally:
                if blocking.is_open:
                    blocking.wait(things.aclose())

        return iterate


class BlockingGenerationService:
    """`UnifiedGenerationService` without async: the same arguments and methods, used as a context manager.

    A thread of its own runs the event loop; `on_progress` and `on_wait` are called there. Any number of threads may
    call it at once.
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
        self._running: tuple[asyncio.AbstractEventLoop, threading.Thread] | None = None

    def __enter__(self) -> Self:
        if self._running is not None:
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
        try:
            self.wait(self.service.__aexit__(kind, error, trace))
        finally:
            self._stop()

    @property
    def is_open(self) -> bool:
        """Whether it can be asked."""
        return self._running is not None

    def _stop(self) -> None:
        """End the loop and its thread; streams that are still open end with them."""
        assert self._running is not None
        loop, thread = self._running
        asyncio.run_coroutine_threadsafe(loop.shutdown_asyncgens(), loop).result()
        self._running = None
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def wait(self, work: Coroutine[Any, Any, _R]) -> _R:
        """Run it on the loop and wait; an interrupted wait ends the work, too.

        Raises:
            RuntimeError: the service is not open, or its own thread would wait for itself: `on_progress` may only note
                what it is told.
        """
        if self._running is None:
            work.close()
            raise RuntimeError("the service is not open: use it in a with statement")
        loop, thread = self._running
        if threading.current_thread() is thread:
            work.close()
            raise RuntimeError("on_progress and on_wait cannot wait for the service that calls them: note it, return")
        future: Future[_R] = asyncio.run_coroutine_threadsafe(work, loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

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
    auto_generate = _Waiting(UnifiedGenerationService.auto_generate)
    plan_auto_generate = _Waiting(UnifiedGenerationService.plan_auto_generate)
    director_cut = _Waiting(UnifiedGenerationService.director_cut)
    download = _Waiting(UnifiedGenerationService.download)
    save_graph = _Waiting(UnifiedGenerationService.save_graph)
    plan_compute = _Waiting(UnifiedGenerationService.plan_compute)
    open_compute = _Iterating(UnifiedGenerationService.open_compute)
    upload_file = _Waiting(UnifiedGenerationService.upload_file)
