"""A key from Prefect's block, or from the environment, opens its adapters in worker and API."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from blocks.resolve import resolve_runtime
from server.api.compose import compose
from server.fakes import Fakes
from tests.fakes.prefect import FakePrefect, prefect_server
from tests.providers.conformance import KEY, SUBJECTS, Subject, hear, said_of
from wzrd.domain.errors import ProviderRejected
from wzrd.operations import KINDS
from wzrd.providers.credentials import CREDENTIALS, KEY_FIELD
from wzrd.providers.registry import Providers
from wzrd.runtime.process import open_runtime
from wzrd.settings import Settings

pytestmark = pytest.mark.usefixtures("module_fakes")

Root: TypeAlias = Callable[[Settings], AbstractAsyncContextManager[Providers]]
KEYED = [one for one in SUBJECTS if not CREDENTIALS[one.provider].keyless]


@pytest.fixture
async def prefect() -> AsyncGenerator[FakePrefect]:
    async with prefect_server() as made:
        yield made


@asynccontextmanager
async def worker(settings: Settings) -> AsyncGenerator[Providers]:
    """The providers of a worker."""
    with temporary_settings({PREFECT_API_URL: settings.prefect_api_url}):
        async with resolve_runtime(settings, application="test") as runtime:
            yield runtime.providers


@asynccontextmanager
async def api(settings: Settings) -> AsyncGenerator[Providers]:
    """The providers of the API."""
    async with open_runtime(settings, KINDS, application="test") as runtime, compose(runtime):
        yield runtime.providers


EACH_ROOT = pytest.mark.parametrize("root", [worker, api], ids=["worker", "api"])


def settings_of(database_url: str, prefect: FakePrefect, fakes: Fakes, keys: Mapping[str, str]) -> Settings:
    """Every address at the fakes, and these keys alone."""
    addresses = {
        name: value for name, value in fakes.environment().items() if not name.endswith(("_KEY", "CHAT_BASE_URL"))
    }
    own = {"WZRD_DATABASE_URL": database_url, "PREFECT_API_URL": prefect.url}
    return Settings.model_validate({**addresses, **own, **keys})


@EACH_ROOT
@pytest.mark.parametrize("place", ["block", "environment"])
@pytest.mark.parametrize("subject", KEYED, ids=lambda one: one.name)
async def test_a_key_opens_its_adapters(
    database_url: str, prefect: FakePrefect, fakes: Fakes, root: Root, place: str, subject: Subject
) -> None:
    """Wherever it stands, the provider is asked at the configured address with it; no other provider is open."""
    await fakes.reset()
    row = CREDENTIALS[subject.provider]
    if place == "block":
        prefect.blocks[row.block] = {KEY_FIELD: KEY}
    keys = {row.variable: KEY} if place == "environment" else {}
    async with root(settings_of(database_url, prefect, fakes, keys)) as providers:
        opened = {one.provider for one in KEYED if providers.obstacle(one.provider, one.media_type) is None}
        assert opened == {subject.provider}
        heard = await hear(providers.find(subject.provider, subject.media_type), subject.asked())
        assert heard.output
        assert KEY not in repr(vars(providers))
    assert len(await fakes.paid_submits(subject.provider)) == 1


@EACH_ROOT
async def test_a_key_that_is_refused_is_told_by_its_variable(
    database_url: str, prefect: FakePrefect, fakes: Fakes, root: Root
) -> None:
    """The block's key is what was tried, and the error says where to look."""
    await fakes.reset()
    prefect.blocks[CREDENTIALS["fal-ai"].block] = {KEY_FIELD: KEY}
    async with root(settings_of(database_url, prefect, fakes, {"FAL_KEY": "another-key-0123456789"})) as providers:
        adapter = providers.find("fal-ai", "image")
        with pytest.raises(ProviderRejected, match="check FAL_KEY") as caught:
            await hear(adapter, KEYED[0].asked("[fake: 401]"))
    assert KEY not in said_of(caught.value)
