"""state.json: written whole, private, and believed only when it can be."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.stack.errors import StackError
from server.stack.process import Identity, identify
from server.stack.state import (
    AUTH_FILE,
    SECRET_FILE,
    STATE_FILE,
    PartState,
    StackState,
    client_settings,
    ensure_auth,
    read_state,
    write_private,
    write_state,
)
from wzrd.models.checked_settings import load
from wzrd.settings import Settings

identities = st.none() | st.builds(Identity, st.integers(min_value=1, max_value=2**22), st.text())
part_states = st.builds(
    PartState,
    st.text(),
    st.sampled_from(["starting", "up", "down", "stopped", "given"]),
    identities,
    st.floats(min_value=0, max_value=1e12),
    st.integers(min_value=0, max_value=10**6),
    st.text(),
)
states = st.builds(
    StackState,
    supervisor=identities,
    api_url=st.text(),
    database_url=st.text(),
    prefect_api_url=st.text(),
    prefect_ui_url=st.text(),
    since=st.floats(min_value=0, max_value=1e12),
    ready=st.booleans(),
    prefect_auth=st.text(),
    parts=st.dictionaries(st.text(min_size=1), part_states, max_size=5),
)


HERE = StackState(identify(os.getpid()), "http://a", "postgresql://d", "http://p/api", "http://p", ready=True)


@given(states)
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, state: StackState) -> None:
    """Every state comes back as it was."""
    home = tmp_path_factory.mktemp("home")
    write_state(home, state)
    assert read_state(home) == state


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"parts": 3}', '{"supervisor": {"pid": "x"}}', "\udcff"])
def test_a_torn_file_is_no_state(tmp_path: Path, content: str) -> None:
    """Whatever lies there instead of a state means that nothing is recorded."""
    (tmp_path / STATE_FILE).write_text(content, errors="surrogateescape")
    assert read_state(tmp_path) is None


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    """The state holds a given database's password: mode 0600, and no draft stays beside it."""
    write_state(tmp_path, HERE)
    assert (tmp_path / STATE_FILE).stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [STATE_FILE]


def test_a_home_makes_its_auth_string_once(tmp_path: Path) -> None:
    """Each home its own, private, the same at every start, and in no `repr` of what is recorded."""
    made = ensure_auth(tmp_path)
    assert (ensure_auth(tmp_path), (tmp_path / AUTH_FILE).stat().st_mode & 0o777) == (made, 0o600)
    (tmp_path / "other").mkdir()
    assert ensure_auth(tmp_path / "other") != made
    state = replace(HERE, prefect_auth=made)
    write_state(tmp_path, state)
    found = client_settings(tmp_path, load())
    assert found.prefect_auth == made
    assert made not in repr(state) + repr(found)


def test_a_reader_never_sees_half_of_it(tmp_path: Path) -> None:
    """While one process rewrites the state, another always reads a whole one."""
    write_state(tmp_path, HERE)
    stop = threading.Event()

    def rewrite() -> None:
        while not stop.is_set():
            write_state(tmp_path, replace(HERE, api_url="http://" + "x" * 5000))

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        assert all(read_state(tmp_path) is not None for _ in range(500))
    finally:
        stop.set()
        writer.join()


def test_clients_find_the_running_stack(tmp_path: Path) -> None:
    """Addresses and the home's own secret, once it is up."""
    write_state(tmp_path, HERE)
    write_private(tmp_path / SECRET_FILE, "s" * 40 + "\n")
    found = client_settings(tmp_path, load())
    assert (found.api_url, found.database_url, found.prefect_ui_url) == ("http://a", "postgresql://d", "http://p")
    assert found.jwt_secret == "s" * 40


def test_operators_of_servers_of_their_own_need_no_stack(tmp_path: Path) -> None:
    """They are found by a container's environment; a stack that runs in the home goes before it."""
    values = {"WZRD_DATABASE_URL": "postgresql://own", "PREFECT_API_URL": "http://own:4200/api", "WZRD_PORT": "8000"}
    settings = Settings.model_validate(values | {"SUPABASE_JWT_SECRET": "s" * 40, "PREFECT_API_AUTH_STRING": "a:b"})
    found = client_settings(tmp_path, settings)
    assert (found.api_url, found.database_url) == ("http://127.0.0.1:8000", "postgresql://own")
    assert (found.prefect_api_url, found.prefect_ui_url) == ("http://own:4200/api", "http://own:4200")
    assert (found.jwt_secret, found.prefect_auth) == ("s" * 40, "a:b")
    write_state(tmp_path, HERE)
    assert client_settings(tmp_path, settings).database_url == "postgresql://d"


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (None, "nothing runs"),
        (replace(HERE, supervisor=Identity(os.getpid(), "another")), "nothing runs"),
        (replace(HERE, supervisor=None), "nothing runs"),
        (replace(HERE, ready=False), "still starting"),
    ],
)
def test_clients_are_told_when_there_is_none(tmp_path: Path, state: StackState | None, says: str) -> None:
    """A record of a dead supervisor is no stack; an unfinished start is not one yet. Each tells what to do."""
    if state is not None:
        write_state(tmp_path, state)
    with pytest.raises(StackError, match=says) as caught:
        client_settings(tmp_path, load())
    assert "wzrd" in caught.value.remedy
