"""What the documents say of the code is drawn from the code: WZRD_WRITE_DOCS=1 redraws, otherwise they are compared."""

import os
import re
from pathlib import Path

import pytest

from wzrd.domain.runs import HOLD, ITEM, PROVIDER_JOB, RUN, Machine

ROOT = Path(__file__).parent.parent
STATES = ROOT / "docs" / "states.md"
MACHINES: dict[str, Machine] = {"run": RUN, "item": ITEM, "provider_job": PROVIDER_JOB, "hold": HOLD}


def draw(machine: Machine) -> str:
    """A Mermaid state diagram of a table: its first row is where everything begins, rows without steps are ends."""
    lines = ["```mermaid", "stateDiagram-v2", "    direction LR", f"    [*] --> {next(iter(machine))}"]
    for status, steps in machine.items():
        lines += [f"    {status} --> {to}" + ("" if news == to else f": {news}") for news, to in steps.items()]
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
    """docs/operating.md lists every place that WZRD_FAULTS can name, and no other."""
    sources = [path for room in ("wzrd", "tasks", "flows", "blocks", "server") for path in ROOT.glob(f"{room}/**/*.py")]
    places = {name for path in sources for name in re.findall(r"\bfault\(\"(\w+)\"\)", path.read_text())}
    section = (ROOT / "docs" / "operating.md").read_text().partition("## Fail points\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == places


@pytest.mark.parametrize("document", sorted(ROOT.glob("docs/**/*.md")), ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    """A relative link names a file that is there."""
    targets = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []
