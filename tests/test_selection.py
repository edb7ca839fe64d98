"""Which tests a second Python runs, and that those of a process that died are not waited for."""

import subprocess
import sys
from pathlib import Path

from tests.selection import last_of_files


def test_one_of_each_file() -> None:
    """The last one, of its cases the first."""
    ids = [f"a.py::test_{at}[{case}]" for at in range(3) for case in "xy"]
    assert last_of_files([*ids, "b.py::two", "c.py::one[0]", "c.py::one[1]"]) == {
        "a.py::test_2[x]",
        "b.py::two",
        "c.py::one[0]",
    }


def test_a_process_that_dies_costs_its_test_alone(tmp_path: Path) -> None:
    """Whatever it had left or ended is no work that others wait for, and the test it died in is not run again."""
    for name in "abcd":
        body = "\n".join(f"def test_{at}(): pass" for at in range(3))
        (tmp_path / f"test_{name}.py").write_text(body)
    (tmp_path / "test_b.py").write_text(
        "import os\ndef test_0(): pass\ndef test_1(): os._exit(3)\ndef test_2(): pass\n"
    )
    scheduler = "def pytest_xdist_make_scheduler(config, log): return OneStack(config, log)"
    (tmp_path / "conftest.py").write_text(f"from tests.selection import OneStack\n{scheduler}")
    root = Path(__file__).parents[1]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        "2",
        "-q",
        "--rootdir",
        str(tmp_path),
        "-c",
        "/dev/null",
        str(tmp_path),
    ]
    ended = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=120, check=False
    )
    assert "1 failed, 11 passed" in ended.stdout, ended.stdout
