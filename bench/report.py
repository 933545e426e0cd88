"""Prints tables, writes JSON under bench/out/ and draws charts, in one form for all the measurements."""

from __future__ import annotations

import datetime
import json
import math
import os
import platform
import sys
from pathlib import Path
from typing import Any, Mapping, Sequence

OUT_DIR = Path(__file__).resolve().parent / "out"

COLOURS = {"redis": "#8a8f98", "pongo": "#d1495b"}
PEER_COLOURS = ["#30638e", "#edae49", "#00798c", "#6a4c93"]

Row = Mapping[str, Any]


def print_table(title: str, rows: Sequence[Row], columns: Mapping[str, str]) -> None:
    """Prints the rows under the given columns: field of the row → format, such as `.2f` (empty for text).

    Where the first column is the same as in the row above, it stays blank.
    """
    print(f"\n{title}")
    cells = [[_cell(row.get(field), spec) for field, spec in columns.items()] for row in rows]
    table = [list(columns), *cells]
    for above, line in reversed(list(zip(table, table[1:]))):
        if line[0] == above[0]:
            line[0] = ""
    widths = [max(len(line[i]) for line in table) for i in range(len(columns))]
    aligns = ["<" if spec == "" else ">" for spec in columns.values()]
    for number, line in enumerate(table):
        print("  ".join(map("{:{}{}}".format, line, aligns, widths)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))


def progress(text: str) -> None:
    print(f"... {text}", file=sys.stderr, flush=True)


def write_json(name: str, settings: Row, results: Any) -> None:
    OUT_DIR.mkdir(exist_ok=True)
    path = OUT_DIR / f"{name}.json"
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    document = {"bench": name, "time": now, "machine": machine(), "settings": settings, "results": results}
    path.write_text(json.dumps(document, indent=2) + "\n")
    print(f"\nWritten: {os.path.relpath(path)}")


def machine() -> dict[str, Any]:
    return {"cpu": _cpu_model(), "cores": os.cpu_count(), "kernel": platform.release()}


def bar_chart(path: Path, title: str, y_label: str, groups: Sequence[str],
              series: Mapping[str, Sequence[float]], labels: Mapping[str, Sequence[str]] | None = None,
              log: bool = False) -> None:
    """Draws one bar per series in each group. Above it stands its label, or its value."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot

    width = 0.8 / len(series)
    figure, axes = pyplot.subplots(figsize=(max(6.0, 1.1 * len(groups) * max(1.0, len(series) / 2)), 4.2))
    for number, (name, values) in enumerate(series.items()):
        places = [group + (number - (len(series) - 1) / 2) * width for group in range(len(groups))]
        bars = axes.bar(places, values, width * 0.92, label=name, color=colour(name, number))
        texts = labels[name] if labels else map(_short, values)
        axes.bar_label(bars, list(texts), fontsize=7, padding=1)
    axes.set_xticks(range(len(groups)), groups, fontsize=8)
    axes.set_title(title, fontsize=11)
    axes.set_ylabel(y_label, fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    if log:
        axes.set_yscale("log")
    axes.margins(y=0.2)  # Room for the legend.
    axes.legend(frameon=False, fontsize=8, loc="upper right", ncols=len(series))
    figure.tight_layout()
    figure.savefig(path, dpi=144)
    pyplot.close(figure)
    print(f"Drawn: {path}")


def colour(server: str, number: int) -> str:
    return COLOURS.get(server, PEER_COLOURS[number % len(PEER_COLOURS)])


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` of the values do not exceed. `ordered` is sorted and not empty."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def geometric_mean(values: Sequence[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values))


def _cell(value: Any, spec: str) -> str:
    return "" if value is None else format(value, spec)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _cpu_model() -> str:
    with open("/proc/cpuinfo") as cpuinfo:
        models = [line.split(":", 1)[1].strip() for line in cpuinfo if line.startswith("model name")]
    return models[0] if models else platform.machine()
