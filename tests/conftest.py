"""Fixtures that every test can ask for: a real PostgreSQL, a fresh database cloned from a migrated template."""

import faulthandler
import gc
import os
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator, Mapping
from pathlib import Path
from typing import Any, cast

from wzrd.runtime.gc_tuning import no_collections

with no_collections():
    import certifi
    import pytest
    from hypothesis import settings
    from sqlalchemy.ext.asyncio import AsyncEngine
    from xdist.remote import Producer
    from xdist.scheduler import LoadFileScheduling

    from server.fakes import Fakes, open_fakes
    from server.stack import postgres
    from tests.databases import TEMPLATE, close_databases, fresh_database
    from tests.selection import OneStack, last_of_files
    from tests.server.served import shared_runtime
    from tests.waiting import let_others_run
    from wzrd.db.engine import migrate, open_engine
    from wzrd.operations import KINDS
    from wzrd.runtime.process import Runtime, make_runtime
    from wzrd.settings import Settings

# Each HTTP client reads all authorities, 10 ms each time; tests call loopback alone, and one is enough.
_END = "-----END CERTIFICATE-----\n"
_authority = tempfile.NamedTemporaryFile("w", prefix="wzrd-t", suffix=".pem")  # noqa: SIM115 - it ends with the process
_authority.write(Path(certifi.where()).read_text().partition(_END)[0] + _END)
_authority.flush()
os.environ["SSL_CERT_FILE"] = _authority.name

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("drawn", deadline=None)
settings.register_profile("few", derandomize=True, deadline=None, max_examples=20)
settings.load_profile("drawn" if os.environ.get("SEEDS") else "same")
# A change lands or not by what it is, not by what was drawn: `SEEDS=1 make test` draws other examples each time.


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--few`, for a second Python: what differs there differs in the way that a file is imported and its tests go."""
    parser.addoption("--few", action="store_true", help="of each file, run the last test, in one case")


def pytest_configure(config: pytest.Config) -> None:
    """Where few tests run, few examples are drawn."""
    if config.getoption("--few"):
        settings.load_profile("few")


def pytest_sessionfinish() -> None:
    """A process that does not end after its last test shows its stacks and ends; pytest watches over tests alone."""
    faulthandler.dump_traceback_later(120, exit=True, file=sys.__stderr__ or 2)


def pytest_unconfigure(config: pytest.Config) -> None:
    """A process of xdist has ended what is ours; it waits for the others."""
    if hasattr(config, "workerinput"):
        faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thousands of tests are no garbage: they are looked through neither while they are collected nor afterwards."""
    gc.disable()
    faulthandler.dump_traceback_later(300, exit=True, file=sys.__stderr__ or 2)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()
        gc.enable()
        gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what `--few` leaves out."""
    if config.getoption("--few"):
        kept = last_of_files([item.nodeid for item in items])
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in kept])
        items[:] = [item for item in items if item.nodeid in kept]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    """Tests of one file stay together; those of the stack, too."""
    return OneStack(config, log)


@pytest.fixture
def no_litter() -> None:
    """Garbage of other tests is collected, and told, before a test that looks at the log or at warnings."""
    gc.collect()


@pytest.fixture(scope="session")
async def cluster() -> AsyncGenerator[postgres.Cluster]:
    """One PostgreSQL for the whole session, without durability, on a unix socket in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="wzrd-t", ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        root.chmod(0o755)
        made = postgres.Cluster(root / "data", root / "s")
        process = await postgres.start(made, root / "log", durable=False)
        await postgres.wait(made)
        try:
            await postgres.ensure_database(made, TEMPLATE)
            engine = open_engine(made.url(TEMPLATE))
            await migrate(engine)
            await engine.dispose()
            yield made
            await close_databases(made)
        finally:
            await postgres.stop(process)


@pytest.fixture
async def database_url(cluster: postgres.Cluster) -> AsyncGenerator[str]:
    """The address of a database of the test's own, with the schema in place."""
    async with fresh_database(cluster) as url:
        yield url


@pytest.fixture
async def engine(database_url: str) -> AsyncGenerator[AsyncEngine]:
    """An engine on the test's own database."""
    made = open_engine(database_url, pool_size=20, pool_seconds=120)  # on a busy host hundreds wait for long
    yield made
    await made.dispose()
    await let_others_run()


@pytest.fixture
async def own_runtime(database_url: str, engine: AsyncEngine, tmp_path: Path) -> AsyncGenerator[Runtime]:
    """A process's runtime on the test's own database, with a home of the test's own."""
    values = {"WZRD_HOME": tmp_path / "home", "WZRD_DATABASE_URL": database_url, "SUPABASE_JWT_SECRET": "s" * 40}
    made = make_runtime(Settings.model_validate(values), engine, KINDS)
    yield made
    await made.aclose()


@pytest.fixture(scope="module")
def environment(request: pytest.FixtureRequest) -> Mapping[str, object]:
    """Variables that a module names in its ENVIRONMENT, as settings spell them."""
    return getattr(cast("Any", request).module, "ENVIRONMENT", {})


@pytest.fixture(scope="module")
async def module_runtime(cluster: postgres.Cluster, environment: Mapping[str, object]) -> AsyncGenerator[Runtime]:
    """One database for a module; every test has makers of its own."""
    async with shared_runtime(cluster, **environment) as made:
        yield made


@pytest.fixture
def runtime(request: pytest.FixtureRequest) -> Runtime:
    """The module's runtime where the module uses one (`usefixtures("module_runtime")`), else one of the test's own."""
    shared = "module_runtime" in request.fixturenames
    return request.getfixturevalue("module_runtime" if shared else "own_runtime")


@pytest.fixture(scope="module")
async def module_fakes() -> AsyncGenerator[Fakes]:
    """Fakes of the providers for a module, in this process."""
    async with open_fakes() as made:
        yield made


@pytest.fixture
async def fakes(request: pytest.FixtureRequest) -> AsyncGenerator[Fakes]:
    """The module's fakes of the providers, which have forgotten what was, where it has some; else the test's own."""
    if "module_fakes" in request.fixturenames:
        made: Fakes = request.getfixturevalue("module_fakes")
        await made.reset()
        yield made
        return
    async with open_fakes() as made:
        yield made
