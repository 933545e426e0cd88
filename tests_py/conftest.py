"""Fixtures: `server` is shared and empty, `start_server` makes servers of a test's own.

`both` is the oracle and the server under test, side by side."""

import itertools
import signal

import pytest

from support import settings
from support.differential import Pair
from support.server import Server, SharedServer, ServerFault, running


def pytest_configure(config):
    # In the background of a shell it is ignored, and would be by all that the tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "pongo_only: what only Pongo does; skipped for a stand-in")
    config.addinivalue_line("markers", "measures_memory: means nothing in a sanitizer build")


def pytest_collection_modifyitems(items):
    if settings.is_pongo(settings.server_binary()):
        return
    for item in items:
        if item.get_closest_marker("pongo_only"):
            item.add_marker(pytest.mark.skip(reason="another server stands in for Pongo"))


def pytest_report_header():
    return [f"server under test: {settings.server_binary()}", f"oracle: {settings.oracle_binary()}"]


@pytest.fixture(autouse=True)
def no_server_has_a_fault():
    """After every test each server lives, and no sanitizer has spoken."""
    yield
    faults = []
    for server in list(running):
        fault = server.fault()
        if fault:
            running.discard(server)
            faults.append(f"{fault}; its output:\n{server.log()[-20000:]}")
            server.kill()
    if faults:
        raise ServerFault("\n".join(faults))


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory):
    shared = SharedServer(lambda: Server(settings.server_binary(), tmp_path_factory.mktemp("shared")))
    yield shared
    shared.stop()


@pytest.fixture
def server(shared_server):
    """The shared server, with no keys, with no clients of earlier tests, and with fresh statistics."""
    server = shared_server.get()
    with server.raw() as client:
        client.ask("CLIENT", "UNPAUSE")
        client.ask("CLIENT", "KILL", "TYPE", "normal")
        client.ask("FLUSHALL")
        client.ask("CONFIG", "RESETSTAT")
    return server


@pytest.fixture
def client(server):
    """A redis-py client of the shared server."""
    with server.redis() as client:
        yield client


@pytest.fixture
def start_server(tmp_path):
    """Makes and starts servers of a test's own; see Server for the arguments.

    `start=False` leaves starting to the test.
    """
    made, numbers = [], itertools.count()

    def make(*flags, start=True, wait_for="default", binary=None, **options):
        directory = options.pop("directory", None) or tmp_path / f"server{next(numbers)}"
        directory.mkdir(exist_ok=True)
        server = Server(binary or settings.server_binary(), directory, flags, **options)
        made.append(server)
        if start:
            server.start() if wait_for == "default" else server.start(wait_for)
        return server

    yield make
    faults = []
    for server in made:
        try:
            server.stop()
        except ServerFault as fault:
            faults.append(str(fault))
    if faults:
        raise ServerFault("\n".join(faults))


@pytest.fixture(scope="session")
def shared_oracle(tmp_path_factory):
    shared = SharedServer(lambda: Server(settings.oracle_binary(), tmp_path_factory.mktemp("oracle")))
    yield shared
    shared.stop()


@pytest.fixture
def oracle(shared_oracle):
    """redis-server, with no keys."""
    server = shared_oracle.get()
    with server.raw() as client:
        client.ask("FLUSHALL")
        client.ask("CONFIG", "RESETSTAT")
    return server


@pytest.fixture(scope="session")
def shared_pair(tmp_path_factory):
    def make(binary, name):
        return SharedServer(lambda: Server(binary, tmp_path_factory.mktemp(name)))

    pair = Pair(make(settings.oracle_binary(), "pair-oracle"), make(settings.server_binary(), "pair-server"))
    yield pair
    pair.stop()


@pytest.fixture
def both(shared_pair):
    """The oracle and the server under test, side by side, in the same empty state."""
    shared_pair.reset()
    return shared_pair
