"""The command line that all the scripts share: which servers, on which cores, and what to draw."""

from __future__ import annotations

import argparse
import os
import shlex
from pathlib import Path

from servers import ServerSpec

ROOT = Path(__file__).resolve().parent.parent


def argument_parser(description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--redis", metavar="PATH", default="redis-server",
                        help="the redis-server to compare with")
    parser.add_argument("--pongo", metavar="PATH", default=str(ROOT / "build/release/pongo-server"),
                        help="the pongo-server to measure (default: the release build)")
    parser.add_argument("--peer", metavar="NAME='COMMAND'", type=_peer, action="append", default=[],
                        help="one more server; its command line holds {port}, and {dir} if it wants a "
                             "directory, and must be the server itself, not a script that starts one")
    parser.add_argument("--only", metavar="NAMES", default="redis,pongo",
                        help="redis, pongo or both, beside the peers")
    parser.add_argument("--server-cpus", metavar="CPUS", type=_cpus,
                        help="cores of the servers, such as 0 or 0,1 (default: the first)")
    parser.add_argument("--load-cpus", metavar="CPUS", type=_cpus,
                        help="cores of the load generator (default: the last)")
    parser.add_argument("--chart", metavar="FILE", type=Path, help="draw a chart into this .png or .svg")
    return parser


def chosen_servers(args: argparse.Namespace, flags: str = "", reactors: int = 1) -> list[ServerSpec]:
    """The servers to measure. The first, redis-server unless left out, is what the others are compared with.

    `flags` in Redis's syntax are added for the servers that know it; peers bring their own.
    """
    own = {"redis": redis_spec(args, flags), "pongo": pongo_spec(args, flags, reactors)}
    try:
        return [own[name] for name in args.only.split(",")] + args.peer
    except KeyError as unknown:
        raise SystemExit(f"--only {args.only}: there is no {unknown}") from None


def redis_spec(args: argparse.Namespace, flags: str = "") -> ServerSpec:
    return ServerSpec("redis", f"{shlex.quote(args.redis)} --port {{port}} --save '' --appendonly no {flags}")


def pongo_spec(args: argparse.Namespace, flags: str = "", reactors: int = 1,
               name: str = "pongo") -> ServerSpec:
    return ServerSpec(name, f"{shlex.quote(args.pongo)} --port {{port}} --reactors {reactors} --save '' "
                            f"--appendonly no {flags}")


def pin(args: argparse.Namespace) -> str:
    """Fills in the default cores, pins this process to the load generator's, and says so for the report."""
    cpus = sorted(os.sched_getaffinity(0))
    args.server_cpus = args.server_cpus or {cpus[0]}
    args.load_cpus = args.load_cpus or {cpus[-1]}
    os.sched_setaffinity(0, args.load_cpus)
    return f"servers on core {_listed(args.server_cpus)}, load generator on core {_listed(args.load_cpus)}"


def _cpus(text: str) -> set[int]:
    return {int(cpu) for cpu in text.split(",")}


def _listed(cpus: set[int]) -> str:
    return ",".join(str(cpu) for cpu in sorted(cpus))


def _peer(text: str) -> ServerSpec:
    name, separator, command = text.partition("=")
    if not separator or "{port}" not in command:
        raise argparse.ArgumentTypeError(f"expected NAME='COMMAND with {{port}}', got {text!r}")
    return ServerSpec(name, command)
