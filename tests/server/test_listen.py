"""Where a server listens: addresses, free ports, and the errors that say what to change."""

import errno
import socket

import pytest

from dify_runtime.errors import ServerError
from dify_runtime.server.listen import bind, refusal, url


def test_a_bound_socket_refuses_connections_until_it_listens():
    with bind("127.0.0.1", 0) as listener:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(listener.getsockname())
        listener.listen()
        socket.create_connection(listener.getsockname()).close()


def test_port_zero_becomes_the_real_port_in_the_url():
    with bind("127.0.0.1", 0) as listener:
        assert url(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert not url(listener).endswith(":0")


def test_an_ipv6_address_is_bracketed_in_the_url():
    with bind("::1", 0) as listener:
        assert url(listener) == f"http://[::1]:{listener.getsockname()[1]}"


def test_the_any_address_of_ipv6_takes_ipv4_as_well():
    with bind("::", 0) as listener:
        listener.listen()
        socket.create_connection(("127.0.0.1", listener.getsockname()[1])).close()


def test_a_name_is_an_address():
    with bind("localhost", 0) as listener:
        assert listener.getsockname()[0] in ("127.0.0.1", "::1")


def test_a_port_in_use_fails_at_once_and_names_the_remedy():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ServerError) as caught:
            bind("127.0.0.1", port)
    assert caught.value.message == f"cannot listen on 127.0.0.1:{port}: the port is in use"
    assert "--port" in caught.value.hint


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_that_is_not_ours_is_an_error_that_names_it(host):
    with pytest.raises(ServerError, match=rf"cannot listen on {host}:5001: .*--host"):
        bind(host, 5001)


def test_a_privileged_port_is_an_error_that_says_so():
    error = refusal(PermissionError(errno.EACCES, "Permission denied"), "::1", 80)
    assert str(error) == "cannot listen on [::1]:80: no permission for this port (choose one above 1023 with --port)"
