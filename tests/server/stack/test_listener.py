"""Ports that are found free and stay ours."""

import socket

import pytest

from server.stack.errors import StackError
from server.stack.listener import client_url, listen

HOST = "127.0.0.1"


def test_a_taken_port_means_the_next_free_one() -> None:
    """Two stacks with the same wish get different ports, and each knows its own."""
    with listen(HOST, 0, exactly=False).socket as first:
        wanted = first.getsockname()[1]
        second = listen(HOST, wanted, exactly=False)
        with second.socket:
            assert second.port > wanted
            assert second.url == f"http://{HOST}:{second.port}"


def test_a_named_port_is_taken_or_nothing() -> None:
    """Who names a port gets that one or an error which names it."""
    with listen(HOST, 0, exactly=False).socket as first:
        taken = first.getsockname()[1]
        with pytest.raises(StackError, match=str(taken)) as caught:
            listen(HOST, taken, exactly=True)
    assert "--port" in caught.value.remedy


def test_a_host_that_is_none() -> None:
    """A host that cannot be resolved is an error that names the variable."""
    with pytest.raises(StackError, match="not an address") as caught:
        listen("not an address", 0, exactly=False)
    assert "WZRD_HOST" in caught.value.remedy


@pytest.mark.parametrize("port", [-1, 65536, 99999])
def test_a_port_that_is_none(port: int) -> None:
    """A resolver would take 34463 for 99999."""
    with pytest.raises(StackError, match=f"{port} is no port"):
        listen(HOST, port, exactly=True)


def test_a_port_at_the_end_of_the_range() -> None:
    """Looking for the next free port does not run past the last one."""
    try:
        found = listen(HOST, 65535, exactly=False)
    except StackError:
        return
    with found.socket:
        assert found.port == 65535


def test_clients_wait_while_nobody_serves() -> None:
    """A connection made while the server is away is queued, not refused."""
    listener = listen(HOST, 0, exactly=False)
    with listener.socket, socket.create_connection((HOST, listener.port), timeout=60) as client:
        served, _ = listener.socket.accept()
        with served:
            served.sendall(b"late")
            assert client.recv(4) == b"late"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:1"),
        ("::", "http://[::1]:1"),
        ("::1", "http://[::1]:1"),
        ("", "http://127.0.0.1:1"),
        ("10.0.0.9", "http://10.0.0.9:1"),
    ],
)
def test_an_address_that_can_be_opened(host: str, url: str) -> None:
    """The address to listen on is not always the one to connect to."""
    assert client_url(host, 1) == url
