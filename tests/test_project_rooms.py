"""The rooms of `cascade`: sub-packages and single modules beside them, whose imports point one way."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from project_tree import ROOT

MOST_ARROWS = 50
CORE = ROOT / "cascade"
# rooms around the core: each is a user of what `cascade` hands out, so that others can build the like without it
OUTER = ("integrations", "published", "scale", "serving")


def modules(folder: Path) -> dict[str, Path]:
    """Every module below a package's folder by its full name."""
    named = {}
    for file in sorted(folder.rglob("*.py")):
        parts = (folder.name, *file.relative_to(folder).with_suffix("").parts)
        named[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return named


def imports(file: Path, known: Mapping[str, Path]) -> Iterator[str]:
    """The modules of the package that a file imports, also inside functions and for types alone."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in known else node.module for name in names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def room(module: str) -> str:
    """The room of a module: the part of its name behind the package's; the package itself has none."""
    return module.split(".")[1] if "." in module and not module.endswith(".__main__") else ""


def arrows(folder: Path) -> dict[tuple[str, str], list[str]]:
    """Which room of the core imports from which, with the imports; without what the package itself hands out.

    Outer rooms are left out: who may import one is a claim of its own.
    """
    known = modules(folder)
    found: dict[tuple[str, str], list[str]] = {}
    for module, file in known.items():
        for name in imports(file, known):
            if name.split(".")[0] != folder.name or room(module) in ("", *OUTER) or room(name) in OUTER:
                continue
            if room(name) != room(module):
                found.setdefault((room(module), room(name)), []).append(f"{module} -> {name}")
    return found


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """A circle of the graph, its first place again at the end; empty where there is none."""
    done: set[str] = set()

    def walk(place: str, way: list[str]) -> list[str]:
        if place in way:
            return [*way[way.index(place) :], place]
        if place in done:
            return []
        for following in sorted(graph.get(place, ())):
            if found := walk(following, [*way, place]):
                return found
        done.add(place)
        return []

    return next((found for place in sorted(graph) if (found := walk(place, []))), [])


def test_rooms_import_in_no_circle_and_few_from_each_other() -> None:
    found = arrows(CORE)
    graph: dict[str, set[str]] = {}
    for left, right in found:
        graph.setdefault(left, set()).add(right)
    assert circle(graph) == []
    assert len(found) <= MOST_ARROWS, sorted(found)


def test_no_room_imports_what_the_package_hands_out() -> None:
    assert [each for (_, right), all_of_them in arrows(CORE).items() if not right for each in all_of_them] == []


def test_outer_rooms_import_only_what_the_package_hands_out_and_its_errors() -> None:
    known = modules(CORE)
    inner = [
        f"{module} -> {name}"
        for module, file in known.items()
        if room(module) in OUTER
        for name in imports(file, known)
        if name.split(".")[0] == CORE.name and room(name) not in ("", "errors", room(module))
    ]
    assert inner == []


def test_only_commands_import_outer_rooms() -> None:
    known = modules(CORE)
    users = {
        room(module)
        for module, file in known.items()
        for name in imports(file, known)
        if name.split(".")[0] == CORE.name and room(name) in OUTER
    }
    assert users <= {"", "commands", *OUTER}


@pytest.mark.parametrize("package", ["cascade", "data_formats", "train", "benchmarks"])
def test_modules_of_a_room_import_in_no_circle(package: str) -> None:
    known = modules(ROOT / package)
    graph = {
        module: {name for name in imports(file, known) if name in known and name != module}
        for module, file in known.items()
        if file.name != "__init__.py"  # what a package hands out is imported by name at first use
    }
    assert circle(graph) == []


def test_a_circle_would_be_found(tmp_path: Path) -> None:
    for name, text in {
        "a/__init__": "",
        "a/one": "from pack.b import two",
        "b/__init__": "",
        "b/two": "import pack.a.one",
        "__init__": "from pack.a import one",
    }.items():
        file = tmp_path / "pack" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    found = arrows(tmp_path / "pack")
    assert sorted(found) == [("a", "b"), ("b", "a")]
    assert circle({"a": {"b"}, "b": {"a"}}) == ["a", "b", "a"]
