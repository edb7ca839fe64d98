"""docs/adding.md, tried: a toy kind of run, function and provider are added to a copy of this repository.

Each works with the files that the page names, in as few as are promised; and each file that is forgotten is told, by
an error where a process starts or by a test.
"""

import asyncio
import json
import os
import re
import shutil
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from server.stack import postgres
from tests.adding.judge import CHECKS, Toy
from tests.databases import fresh_database
from wzrd.operations import KINDS

ROOT = Path(__file__).parent.parent
COPIED = ("wzrd", "server", "flows", "tasks", "blocks", "docs", "tests", "prefect.yaml", "pyproject.toml")
MOST = {"kind": 8, "function": 6, "provider": 7}
"""Most files that may be touched, tests and documents aside."""
MOST_NAMED = 4
"""Most kinds of run that one file may name: each of four has a promise of its own in wzrd/db/invariants.py."""
SECTIONS = {
    "kind": ("A kind of run", "gen_shots"),
    "function": ("A function", "fal_stream"),
    "provider": ("A provider", "elevenlabs"),
}
"""Where the page tells of it, and the name of what it takes as its model."""


def copied(root: Path) -> Path:
    """This repository as it is now, with what Python has made of it, in a folder."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name)
        else:
            shutil.copy2(ROOT / name, root / name)
    return root


@pytest.fixture(scope="module")
async def verdicts(cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """By toy and forgotten file, the error that told of it; by nothing forgotten, what went wrong all the same."""
    copy, home = copied(tmp_path_factory.mktemp("copy")), tmp_path_factory.mktemp("home")
    async with fresh_database(cluster) as url:
        environment = {**os.environ, "WZRD_DATABASE_URL": url, "WZRD_HOME": str(home)}
        command = [sys.executable, "-m", "tests.adding.judge"]
        judge = await asyncio.create_subprocess_exec(*command, cwd=copy, env=environment, stdout=PIPE, stderr=PIPE)
        output, complaint = await judge.communicate()
    assert judge.returncode == 0, complaint.decode()
    lines = [line for line in output.decode().splitlines() if line.startswith("{")]
    assert len(lines) == len(CHECKS), (output, complaint)
    return dict(zip(CHECKS, map(json.loads, lines), strict=True))


def code_of(toy: Toy) -> set[str]:
    """The files that count."""
    return {path for path in toy.files if not path.startswith(("docs/", "tests/"))}


@pytest.mark.parametrize("name", CHECKS)
def test_the_page_names_the_files(name: str) -> None:
    """Each step of the page begins with a file to be touched: those of the toy, and no more than are promised."""
    title, model = SECTIONS[name]
    section = (ROOT / "docs" / "adding.md").read_text().partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    named = re.findall(r"^\d+\. `([^`]+)`", section, re.MULTILINE)
    code = code_of(Toy(ROOT / "tests" / "adding" / name))
    assert sorted(path.replace(model, "toy") for path in named) == sorted(code)
    assert len(code) <= MOST[name]


def test_no_second_table_lists_the_kinds() -> None:
    """Most kinds of run are named together in no source file: they are read from the one table of them."""
    names = re.compile(rf"[\"'/]({'|'.join(KINDS)})[\"'/]")
    rooms = [path for room in COPIED[:5] for path in (ROOT / room).rglob("*.py")]
    found = {str(path.relative_to(ROOT)): set(names.findall(path.read_text())) for path in rooms}
    assert {path: kinds for path, kinds in found.items() if len(kinds) > MOST_NAMED} == {}


@pytest.mark.parametrize("name", CHECKS)
def test_a_toy_is_added(name: str, verdicts: dict[str, dict[str, str]]) -> None:
    """It works with all its files; without any one of them an error tells what is missing, by its name."""
    told = dict(verdicts[name])
    assert told.pop("") == ""
    assert len(told) >= len(code_of(Toy(ROOT / "tests" / "adding" / name)))
    silent = {file: error for file, error in told.items() if not is_told(file, error)}
    assert silent == {}, "forgotten, and not told"


def is_told(file: str, error: str) -> bool:
    """True if the error names the file, as path or module, or the toy in the table that lacks it."""
    names = (file, file.removesuffix(".py").replace("/", "."), Path(file).name, "toy")
    return any(name in error for name in names)
