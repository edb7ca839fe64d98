"""A runtime whose providers are the vendors' fakes."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from server.fakes import Fakes
from wzrd.animatic.provider import Animatic
from wzrd.domain.submission import RetryPolicy
from wzrd.providers.opening import open_providers
from wzrd.runtime.process import Runtime
from wzrd.settings import Settings


def settings_with(settings: Settings, environment: Mapping[str, str | None]) -> Settings:
    """Settings with these variables, the fakes' keys and addresses for one; an empty one is none, as in a process."""
    given = settings.model_dump(by_alias=True) | dict(environment)
    return Settings.model_validate({name: value for name, value in given.items() if value != ""})


@asynccontextmanager
async def asking(fakes: Fakes, runtime: Runtime, *, tries: int = 3, keys: str = "") -> AsyncGenerator[Runtime]:
    """The runtime asks the fakes, and repeats `tries` times without long waits; its providers are closed afterwards.

    Only the providers whose variables begin with `keys` are configured.
    """
    environment = {name: value for name, value in fakes.environment().items() if name.startswith(keys)}
    runtime.settings = settings_with(runtime.settings, environment)
    runtime.providers = open_providers(runtime.settings, local=[Animatic()])
    runtime.providers.retry_policy = RetryPolicy(tries=tries, first=0.02, longest=0.1)
    try:
        yield runtime
    finally:
        await runtime.providers.aclose(grace=0.1)
