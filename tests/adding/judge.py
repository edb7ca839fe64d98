"""Adds a toy to the copy of this repository where it runs, and forgets each of its files in turn.

Started as `python -m tests.adding.judge` in the copy, with a database of its own in WZRD_DATABASE_URL. It writes a
line of JSON for each of `CHECKS`: by the file that was forgotten (empty: none) the error that told of it. Every try is
a fork of a process that has imported all that the toy cannot change.
"""

import asyncio
import importlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

LIBRARIES = (
    *("prefect", "prefect.artifacts", "fastapi", "sqlalchemy.ext.asyncio", "psycopg", "pydantic_settings", "httpx"),
    *("uvicorn", "numpy", "PIL.Image", "av", "pytest", "hypothesis", "orjson", "jwt", "prometheus_client", "yaml"),
)
ROOTS: Mapping[str, tuple[str, ...]] = {
    "kind": ("flows", "server.api.app", "tests.server.stack.test_prefect_file", "tests.server.served"),
    "function": ("server.api.app", "tests.server.served", "server.fakes", "wzrd.client", "wzrd.providers.opening"),
    "provider": ("blocks", "server.fakes", "tests.providers.test_credentials"),
}
"""Modules that a try imports, by the toy's name."""
ROOMS = ("wzrd", "server", "flows", "tasks", "blocks", "tests")
FOUND_BY_NAME = {"server.api.routes"}
"""Modules that import whatever stands beside them."""
IMPORT = re.compile(
    rf"^ *(?:from|import) ((?:{'|'.join(ROOMS)})\b[\w.]*)(?: import (?:\(([^)]*)\)|(.+)))?", re.MULTILINE
)
SUFFIX = ".txt"
"""Files of a toy are no Python here: what they import is nowhere but in the copy."""


class Toy:
    """The files of a toy: new ones, and edits of others as `[old, new]`, by their paths in the repository."""

    def __init__(self, folder: Path) -> None:
        self.new = {str(path.relative_to(folder)).removesuffix(SUFFIX): path for path in folder.rglob(f"*{SUFFIX}")}
        self.edits: Mapping[str, list[tuple[str, str]]] = json.loads((folder / "edits.json").read_text())

    @property
    def files(self) -> list[str]:
        """Every file that has to be touched."""
        return sorted([*self.new, *self.edits])

    @contextmanager
    def added(self, forgotten: str, root: Path) -> Generator[None]:
        """The toy is in the tree, but for one file."""
        before = {path: (root / path).read_bytes() for path in self.edits}
        try:
            for path in self.new.keys() - {forgotten}:
                (root / path).write_bytes(self.new[path].read_bytes())
            for path in self.edits.keys() - {forgotten}:
                (root / path).write_text(edited((root / path).read_text(), self.edits[path], path))
            yield
        finally:
            for path in self.new:
                (root / path).unlink(missing_ok=True)
            for path, content in before.items():
                (root / path).write_bytes(content)


def edited(text: str, edits: list[tuple[str, str]], path: str) -> str:
    """The file with the edits in it."""
    for old, new in edits:
        assert text.count(old) == 1, f"{path} has {old!r} {text.count(old)} times, and the toy needs it once"
        text = text.replace(old, new)
    return text


def _app() -> Any:
    """The application, over a database that is not asked."""
    from server.api.app import create_app
    from wzrd.db.engine import open_engine
    from wzrd.operations import KINDS
    from wzrd.runtime.process import make_runtime
    from wzrd.settings import Settings

    engine = open_engine("postgresql://nobody:none@127.0.0.1:9/none")
    return create_app(make_runtime(Settings.model_validate({}), engine, KINDS))


def _look_at_documents(forgotten: str) -> None:
    """The tests that compare documents with the code: where a document was forgotten, and where nothing was."""
    if not forgotten or forgotten.startswith("docs/wire/"):
        from tests.server.api import test_openapi_wire

        test_openapi_wire.test_the_page_lists_every_route()


async def try_kind(forgotten: str) -> None:
    """A worker and the API start, the deployment is there; a route starts a run, and its flow's work ends it."""
    from flows import FLOWS
    from server.worker.flow_schemas import describe
    from tasks.artifacts.publishing import PAGES
    from tests.server.stack import test_prefect_file
    from wzrd.operations import KINDS

    if not forgotten:
        kind = KINDS["toy"]
        assert describe(f"flows.{kind.module}.{kind.module}")["flow_name"] == "toy"
        assert (FLOWS["toy"].name, PAGES["toy"].__module__) == ("toy", "tasks.artifacts.toy")
    _app()
    test_prefect_file.test_our_own_file()
    test_prefect_file.test_operators_are_told_of_every_deployment()
    if "toy" not in KINDS:
        raise LookupError("tasks/toy.py, and all else of a toy, is of no kind: add it to wzrd/operations/__init__.py")
    _look_at_documents(forgotten)
    if not forgotten:
        await _run_kind()


async def _run_kind() -> None:
    from prefect.logging import disable_run_logger

    from blocks.resolve import serving
    from tests.rows import make_studio
    from tests.server.served import bearer, calling
    from wzrd.runs.execute import claim, execute

    work = importlib.import_module("flows.toy").work
    async with _open_runtime({}) as runtime, calling(runtime) as (client, _), serving(runtime):
        studio = await make_studio(runtime)
        me, body = bearer(studio.user_id), {"projectId": str(studio.project_id), "turns": 3}
        answer = await client.post("/functions/v1/toy", json=body, headers=me)
        assert answer.status_code == 202, answer.text
        lease = await claim(runtime, answer.json()["runId"], flow_run_id=None)
        assert lease is not None
        with disable_run_logger():
            assert await execute(runtime, lease, work) == "succeeded"
        shown = (await client.get(f"/functions/v1/runs/{lease.run_id}", headers=me)).json()
        assert (shown["kind"], shown["status"]) == ("toy", "succeeded"), shown


async def try_function(forgotten: str) -> None:
    """The API starts, row and route agree; the route answers with what a fake has said, to the Python client, too."""
    from tests.server.api import test_functions

    _app()
    test_functions.test_the_table_has_every_route_that_generates()
    _look_at_documents(forgotten)
    if not forgotten:
        await _call_function()


async def _call_function() -> None:
    from server.fakes import open_fakes
    from tests.rows import balance, make_studio
    from tests.server.served import bearer, calling
    from wzrd.client import GenerationInput, UnifiedGenerationService
    from wzrd.providers.opening import open_providers

    async with open_fakes() as fakes, _open_runtime(fakes.environment()) as runtime:
        runtime.providers = open_providers(runtime.settings)
        async with calling(runtime) as (client, _):
            studio = await make_studio(runtime)
            me = bearer(studio.user_id)
            body = {"prompt": "a lamp", "model": "any"}
            answer = await client.post("/functions/v1/toy", json=body, headers=me)
            assert (answer.status_code, set(answer.json())) == (200, {"rhyme"}), answer.text
            token = me["authorization"].removeprefix("Bearer ")
            asked = GenerationInput(model="no/model", prompt="a lamp", parameters={"_edgeFunction": "toy"})
            async with UnifiedGenerationService(str(client.base_url), token) as service:
                made = await service.generate(asked)
            assert made.metadata.raw["text"] == answer.json()["rhyme"]
            assert await balance(runtime, studio.user_id) == 98
        await runtime.providers.aclose(grace=0.1)


async def try_provider(forgotten: str) -> None:
    """Adapter, settings, block and fake are there; a process that has the key makes something with the fake."""
    import blocks
    from server.fakes.app import environment
    from tests.providers import test_credentials
    from wzrd.providers.credentials import CREDENTIALS
    from wzrd.providers.opening import ADAPTERS

    environment("http://127.0.0.1:9")
    test_credentials.test_each_row_has_its_settings()
    test_credentials.test_each_setting_of_a_provider_has_its_row()
    test_credentials.test_every_provider_is_held_to_the_suite()
    test_credentials.test_the_operators_manual_has_the_table()
    if not forgotten:
        assert "toy" in CREDENTIALS.keys() & ADAPTERS.keys()
        assert "wzrd-toy-credentials" in {kind.get_block_type_slug() for kind in blocks.TYPES}
        await _ask_provider()


async def _ask_provider() -> None:
    from server.fakes import open_fakes
    from wzrd.providers.base import Output, Request, is_queue
    from wzrd.providers.opening import open_providers
    from wzrd.settings import Settings

    async with open_fakes() as fakes:
        providers = open_providers(Settings.model_validate(dict(fakes.environment())))
        provider = providers.find("toy", "audio")
        assert not is_queue(provider)
        made = [one async for one in provider.stream(Request("toy", "audio", {"prompt": "a-bell"}))]
        assert isinstance(made[-1], Output)
        assert made[-1].media[0].endswith("/files/a-bell.mp3")
        await providers.aclose(grace=0.1)


def _open_runtime(environment: Mapping[str, str]) -> Any:
    """The runtime of a process on the database of the test."""
    from tests.server.conftest import SECRET
    from wzrd.operations import KINDS
    from wzrd.runtime.process import open_runtime
    from wzrd.settings import Settings

    own = {"WZRD_DATABASE_URL": os.environ["WZRD_DATABASE_URL"], "SUPABASE_JWT_SECRET": SECRET}
    home = {"WZRD_HOME": tempfile.mkdtemp(dir=os.environ["WZRD_HOME"])}
    return open_runtime(Settings.model_validate({**own, **home, **environment}), KINDS, application="toy")


CHECKS: Mapping[str, Callable[[str], Awaitable[None]]] = {
    "kind": try_kind,
    "function": try_function,
    "provider": try_provider,
}


async def _await(check: Awaitable[None]) -> None:
    await check


class Imports:
    """Which module of ours imports which, by the text of their files."""

    def __init__(self, root: Path) -> None:
        files = {path.relative_to(root): path for room in ROOMS for path in (root / room).rglob("*.py")}
        self._paths = {module_of(path): file for path, file in files.items()}
        self.of = {name: set(self._read(name, path.read_text())) for name, path in self._paths.items()}

    def _read(self, name: str, source: str) -> Iterator[str]:
        """Imports of a module: modules, their packages, and its own packages."""
        found = {name.rpartition(".")[0]}
        for module, several, one in IMPORT.findall(source):
            found |= {module, *(f"{module}.{word}" for word in re.findall(r"\w+", several or one))}
        for module in found:
            parts = module.split(".")
            yield from (known for end in range(1, len(parts) + 1) if (known := ".".join(parts[:end])) in self._paths)

    def changed_by(self, modules: Iterable[str]) -> set[str]:
        """The modules that import one of these, directly or not, and these themselves."""
        changed, before = set(modules), set[str]()
        while changed != before:
            before = set(changed)
            changed |= {name for name, imported in self.of.items() if imported & changed}
        return changed

    def needed_by(self, modules: Iterable[str]) -> set[str]:
        """Modules that these import, directly or not, and these themselves."""
        needed, new = set[str](), set(modules)
        while new:
            needed |= new
            new = {one for name in new for one in self.of.get(name, ())} - needed
        return needed


def module_of(path: Path) -> str:
    """The module of a file, by its path in the repository."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def import_ground(name: str, toy: Toy, root: Path) -> None:
    """Import what the tries need of ours and the toy does not change."""
    imports = Imports(root)
    changed = imports.changed_by({module_of(Path(path)) for path in toy.edits} | FOUND_BY_NAME)
    for module in sorted(imports.needed_by(ROOTS[name]) - changed):
        importlib.import_module(module)


def in_fork(work: Callable[[], str]) -> str:
    """Result of `work` in a process of its own, or the error that it ends with."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            told = work()
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is told
            told = f"{type(error).__name__}: {error}"
        with os.fdopen(writing, "w") as pipe:
            pipe.write(told)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    os.waitpid(pid, 0)
    return told


def try_one(name: str, forgotten: str) -> str:
    """Nothing, where all is well.

    Raises:
        Exception: whatever tells that it is not.
    """
    importlib.invalidate_caches()
    asyncio.run(_await(CHECKS[name](forgotten)))
    return ""


def judge(name: str, root: Path) -> str:
    """As JSON, what is told of the toy with all of its files (under an empty name), and without each of them."""
    toy, told = Toy(root / "tests" / "adding" / name), dict[str, str]()
    import_ground(name, toy, root)
    for forgotten in ("", *toy.files):
        with toy.added(forgotten, root):
            told[forgotten] = in_fork(partial(try_one, name, forgotten))
    return json.dumps(told)


if __name__ == "__main__":
    sys.dont_write_bytecode = True  # a toy's file and the one without it may be of one second and one size
    for library in LIBRARIES:
        importlib.import_module(library)
    for toy_name in CHECKS:
        print(in_fork(partial(judge, toy_name, Path.cwd())), flush=True)  # noqa: T201 - our product
