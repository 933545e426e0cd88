"""What can be chosen by environment variables.

PONGO_SERVER         the binary under test (default: build/release/pongo-server below the project's root)
PONGO_ORACLE         the redis-server to compare with (default: the one on PATH)
PONGO_REACTORS       reactors of every server under test (default: the server's own choice)
PONGO_EXAMPLES       sequences that the generator draws (default: 150)
PONGO_TIMEOUT_SCALE  factor on every time limit, for sanitizer builds and slow machines (default: 1)
PONGO_MEMORY_SCALE   factor on limits of memory, for sanitizer builds (default: 1)
PONGO_TEST_CLIENTS   clients of the many-clients test (default: 10000)
PONGO_LOAD_SECONDS   how long a test that runs under a load keeps it up (default: 1)
PONGO_LOAD_SCALE     factor on the sizes of load tests (default: 1; 2.5 for their full size)
PONGO_DUMPED_VALUES  values that DUMP and RESTORE carry in each direction (default: 2000)
PONGO_CRASHES        crashes of each kind that a server recovers from (default: 2; 50 for 200 in all)
PONGO_EXCHANGED_FILES  files of each kind that go from Redis to Pongo and back (default: 5; 1000 for all)
PONGO_DAMAGED_FILES  damaged files of each kind that are loaded (default: 200; 100000 for an evening)
"""

import os
import shutil
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SCALE = float(os.environ.get("PONGO_TIMEOUT_SCALE", "1"))
MEMORY_SCALE = float(os.environ.get("PONGO_MEMORY_SCALE", "1"))
EXAMPLES = int(os.environ.get("PONGO_EXAMPLES", "150"))
MANY_CLIENTS = int(os.environ.get("PONGO_TEST_CLIENTS", "10000"))
LOAD_SECONDS = float(os.environ.get("PONGO_LOAD_SECONDS", "1"))
LOAD_SCALE = float(os.environ.get("PONGO_LOAD_SCALE", "1"))
CRASHES = int(os.environ.get("PONGO_CRASHES", "2"))
EXCHANGED_FILES = int(os.environ.get("PONGO_EXCHANGED_FILES", "5"))
DAMAGED_FILES = int(os.environ.get("PONGO_DAMAGED_FILES", "200"))
DUMPED_VALUES = int(os.environ.get("PONGO_DUMPED_VALUES", "2000"))


def seconds(limit):
    """A time limit in seconds, stretched for slow builds."""
    return limit * TIMEOUT_SCALE


def server_binary():
    path = Path(os.environ.get("PONGO_SERVER") or PROJECT_ROOT / "build" / "release" / "pongo-server")
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(f"there is no server to test at {path}: build it or set PONGO_SERVER")
    return path


def oracle_binary():
    found = os.environ.get("PONGO_ORACLE") or shutil.which("redis-server")
    if not found:
        raise FileNotFoundError("there is no redis-server to compare with: install it or set PONGO_ORACLE")
    return Path(found)


def is_pongo(binary):
    """False when another server stands in for Pongo, as when the harness itself is checked."""
    return Path(binary).name.startswith("pongo")


def reactor_flags(binary):
    reactors = os.environ.get("PONGO_REACTORS")
    return ["--reactors", reactors] if reactors and is_pongo(binary) else []
