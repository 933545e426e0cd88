"""The form of the sources: layers, headers, length, format. What a compiler does not see."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# A folder may include itself and those before it.
LAYERS = ["base", "lua", "resp", "stats", "structures", "values", "effects", "keyspace", "engine", "net",
          "scripting", "persistence", "replication", "cluster", "http", "commands", "server"]
# A program of its own, which is a client like any other.
CLI_MAY_INCLUDE = {"cli", "base"}

MOST_LINES = 700
MOST_COLUMNS = 110
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def files(*patterns):
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern))


def names(paths):
    return [str(path.relative_to(ROOT)) for path in paths]


SOURCES = files("src/**/*.h", "src/**/*.cpp")
CPP = SOURCES + files("tests_cpp/**/*.h", "tests_cpp/**/*.cpp", "fuzz/*.cpp", "examples/*.cpp")
PYTHON = files("tests_py/**/*.py", "bench/*.py")
HEADERS = files("src/**/*.h")


def test_the_sources_are_where_this_test_looks_for_them():
    assert len(SOURCES) > 50 and len(PYTHON) > 10


def may_include(folder, included):
    if folder == "cli":
        return included in CLI_MAY_INCLUDE
    return LAYERS.index(included) <= LAYERS.index(folder)


@pytest.mark.parametrize("path", files("src/*/*"), ids=names(files("src/*/*")))
def test_includes_point_to_the_same_or_a_lower_layer(path):
    folder = path.parent.name
    for included in INCLUDE.findall(path.read_text()):
        target, slash, _ = included.partition("/")
        assert slash, f'"{included}" has no folder: includes are written from src on'
        assert (ROOT / "src" / included).is_file(), f'"{included}" is not a file of src'
        assert may_include(folder, target), f'"{included}" is above {folder}'


def test_every_folder_of_the_sources_is_a_layer():
    folders = {path.name for path in (ROOT / "src").iterdir() if path.is_dir()}
    assert folders <= {*LAYERS, "cli"}


@pytest.mark.parametrize("path", HEADERS, ids=names(HEADERS))
def test_a_header_is_included_once_and_says_what_it_is_for(path):
    lines = [line for line in path.read_text().splitlines() if line]
    assert "#pragma once" in lines
    opening = next(line for line in lines if not re.match(r"#|namespace |class \w+;", line))
    assert opening.startswith("//"), f"this comes before any comment: {opening}"


@pytest.mark.parametrize("path", CPP + PYTHON, ids=names(CPP + PYTHON))
def test_files_are_short_and_finished(path):
    lines = path.read_text().splitlines()
    assert len(lines) < MOST_LINES
    if path == Path(__file__).resolve():
        return
    assert not [line for line in lines if UNFINISHED.search(line)]


@pytest.mark.parametrize("path", PYTHON, ids=names(PYTHON))
def test_lines_of_python_fit(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        assert len(line) <= MOST_COLUMNS, f"line {number} is too long"
        assert line == line.rstrip() and "\t" not in line, f"line {number} has tabs or ends in spaces"


@pytest.mark.skipif(not shutil.which("clang-format"), reason="clang-format is not installed")
@pytest.mark.parametrize("folder", ["src", "tests_cpp", "fuzz", "examples"])
def test_clang_format_has_nothing_to_change(folder):
    paths = [str(path) for path in CPP if path.is_relative_to(ROOT / folder)]
    result = subprocess.run(["clang-format", "--dry-run", "--Werror", *paths], capture_output=True, text=True,
                            cwd=ROOT, check=False)
    assert result.returncode == 0, result.stderr[:4000]
