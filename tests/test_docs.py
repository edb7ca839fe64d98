"""Parts of the documents that are drawn from the code: WZRD_WRITE_DOCS=1 redraws, otherwise they are compared."""

import os
import re
from pathlib import Path

import pytest

from tests.named_places import documents, missing_in, prose_of, sources
from wzrd.domain.buckets import BUCKETS, PUBLIC_BUCKETS
from wzrd.domain.runs import HOLD, ITEM, PROVIDER_JOB, RUN, Machine

ROOT = Path(__file__).parent.parent
STATES = ROOT / "docs" / "states.md"
MACHINES: dict[str, Machine] = {"run": RUN, "item": ITEM, "provider_job": PROVIDER_JOB, "hold": HOLD}


def draw(machine: Machine) -> str:
    """A Mermaid state diagram of a table: its first row is where everything begins, rows without steps are ends."""
    lines = ["```mermaid", "stateDiagram-v2", "    direction LR", f"    [*] --> {next(iter(machine))}"]
    for status, steps in machine.items():
        lines += [f"    {status} --> {to}" + ("" if event == to else f": {event}") for event, to in steps.items()]
        lines += [] if steps else [f"    {status} --> [*]"]
    return "\n".join([*lines, "```"])


def redraw(document: str) -> str:
    """The document with every diagram as the tables have it now."""
    for name, machine in MACHINES.items():
        block = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        assert len(block.findall(document)) == 1, f"docs/states.md has no place for the {name} diagram"
        diagram = draw(machine)
        document = block.sub(lambda found, text=diagram: f"{found[1]}{text}\n{found[2]}", document)
    return document


def test_the_state_diagrams_are_the_tables() -> None:
    """docs/states.md draws exactly the steps that the code allows."""
    document = STATES.read_text()
    if os.environ.get("WZRD_WRITE_DOCS"):
        STATES.write_text(redraw(document))
    assert STATES.read_text() == redraw(document), "run WZRD_WRITE_DOCS=1 pytest tests/test_docs.py"


@pytest.mark.parametrize("name", sorted(MACHINES))
def test_a_drawing_has_every_step(name: str) -> None:
    """Each step of a table is one arrow, and nothing else is, but the beginning and the ends."""
    machine = MACHINES[name]
    steps = {(status, to) for status, steps in machine.items() for to in steps.values()}
    arrows = set(re.findall(r"^ +(\w+) --> (\w+)", draw(machine), re.MULTILINE))
    assert arrows == steps


def test_the_fail_points_are_those_of_the_code() -> None:
    """docs/operating/faults.md lists every place that WZRD_FAULTS can name, and no other."""
    sources = [path for room in ("wzrd", "tasks", "flows", "blocks", "server") for path in ROOT.glob(f"{room}/**/*.py")]
    places = {name for path in sources for name in re.findall(r"\bfault\(\"(\w+)\"\)", path.read_text())}
    page = (ROOT / "docs" / "operating" / "faults.md").read_text()
    section = page.partition("## Fail points\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == places


def test_the_buckets_are_those_of_the_code() -> None:
    """docs/wire/files.md lists every public bucket, and the private one, once."""
    row = next(line for line in (ROOT / "docs" / "wire" / "files.md").read_text().splitlines() if "Public: `" in line)
    public, _, private = row.partition("Public: ")[2].partition("Private: ")
    assert set(re.findall(r"`([a-z-]+)`", public)) == PUBLIC_BUCKETS
    assert set(re.findall(r"`([a-z-]+)`", private)) == BUCKETS.keys() - PUBLIC_BUCKETS


@pytest.mark.parametrize("document", sorted(ROOT.glob("docs/**/*.md")), ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    """A relative link names a file that is there."""
    targets = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


def anchors(page: str) -> set[str]:
    """The names by which the headings of a page are linked."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", page, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")], ids=lambda path: path.name)
def test_links_lead_to_a_heading(document: Path) -> None:
    """A link to a part of a page names a heading that this page has."""
    links = re.findall(r"\]\((?!https?://)([^)#\s]*)#([^)\s]+)\)", document.read_text())
    pages = {path: (document.parent / path if path else document).read_text() for path, _ in links}
    assert [f"{path}#{part}" for path, part in links if part not in anchors(pages[path])] == []


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_what_a_document_names_is_there(document: Path) -> None:
    """Paths, file names and modules in a document are those of this repository as it is now."""
    assert missing_in(document.read_text()) == []


@pytest.mark.parametrize("folder", ["wzrd", "server", "tasks", "flows", "blocks", "tests", "benchmarks"])
def test_what_docstrings_and_comments_name_is_there(folder: str) -> None:
    """Docstrings, comments and code that tests hold as text cite no file that is not here."""
    files = {path: path.read_text() for path in sources() if path.is_relative_to(ROOT / folder)}
    suspects = {path: source for path, source in files.items() if missing_in(source)}  # few files need to be parsed
    missing = {
        str(path): found for path, source in suspects.items() if (found := missing_in("\n".join(prose_of(source))))
    }
    assert missing == {}


@pytest.mark.parametrize(
    "stale",
    [
        "see wzrd/nowhere/at_all.py",
        "`server/app_of_old.py`,",
        "tasks/none/.",
        "behaviours.md 2.2",
        "wzrd.domain.nowhere",
        "wzrd.runs.start.no_such_function",
    ],
)
def test_what_is_gone_is_found(stale: str) -> None:
    """The two tests above fail for a path, a file name, a module or a member that is not there."""
    assert missing_in(stale) != []


def test_code_held_as_text_is_read() -> None:
    """Text that a test hands to another process is code too: the modules that it imports are looked for."""
    script = f"""RUN = \'\'\'\nimport sys\n{"from"} wzrd.media.gone import x\n\'\'\'"""
    assert missing_in("\n".join(prose_of(script))) == ["wzrd.media.gone"]


def test_adding_names_its_files() -> None:
    """docs/adding.md and the plan of the house name files and folders in full, so that the tests above see them."""
    adding = (ROOT / "docs" / "adding.md").read_text()
    assert len(set(re.findall(r"`(?:wzrd|server|tasks|flows|blocks|tests)/[^`]+`", adding))) >= 30
    house = (ROOT / "README.md").read_text().partition("## The house")[2]
    rooms = {f"wzrd/{path.parent.name}/" for path in ROOT.glob("wzrd/*/__init__.py")}
    assert {room for room in rooms if room not in house} == set()
