"""What an install takes: the packages and MB of the plain one and of each extra, as they are installed here.

    python -m benchmarks.install_sizes

MB are those of the installed files as `pip` lists them. An extra is counted beyond the plain install.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cascade.commands.exit_status import exit_status

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Taken:
    """What an install takes; missing: packages of it that are not installed here, so that it is larger."""

    name: str
    packages: int
    mb: float
    missing: tuple[str, ...] = ()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.install_sizes", description=__doc__)
    parser.add_argument("--json", action="store_true", help="a JSON list in place of a table")
    asked = parser.parse_args(arguments)
    return exit_status(lambda: _print(taken(PROJECT), as_json=asked.json))


def taken(project: Path) -> list[Taken]:
    """What the plain install of a project takes, and what each of its extras takes beyond it."""
    described = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    plain, gone = _closure(described["dependencies"])
    rows = [_row(PLAIN, plain, gone)]
    for extra, needed in described.get("optional-dependencies", {}).items():
        with_it, gone = _closure([*described["dependencies"], *needed])
        rows.append(_row(extra, {name: each for name, each in with_it.items() if name not in plain}, gone))
    return rows


def _closure(needed: Iterable[str]) -> tuple[dict[str, Distribution], set[str]]:
    """The installed packages that requirements need, with theirs, by name; and the names of those that are missing."""
    found: dict[str, Distribution] = {}
    missing: set[str] = set()
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(each) for each in needed]
    while waiting:
        asked = waiting.pop()
        name, extras = canonicalize_name(asked.name), frozenset(asked.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            missing.add(name)
            continue
        for text in found[name].requires or ():
            further = Requirement(text)
            marker = further.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in (extras or {""})):
                waiting.append(further)
    return found, missing


def _row(name: str, packages: Mapping[str, Distribution], missing: Iterable[str]) -> Taken:
    size = sum(map(_bytes, packages.values()))
    return Taken(name, len(packages), round(size / 1e6, 1), tuple(sorted(missing)))


def _bytes(package: Distribution) -> int:
    """The size of a package's files, without those that Python compiled from them."""
    files = [Path(str(file.locate())) for file in package.files or () if file.suffix != ".pyc"]
    return sum(file.stat().st_size for file in files if file.is_file())


def _print(rows: Sequence[Taken], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
        return
    print("| install | packages | MB |\n|---|---|---|")
    for row in rows:
        print(f"| `{row.name}` | {row.packages} | {row.mb:,.0f} |")
    for row in rows:
        if row.missing:
            print(f"not installed here, of {row.name}: {', '.join(row.missing)}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
