"""Benchmarks measure the product as its users have it: through public names, with nothing in it exchanged."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from project_tree import ROOT, sources, tracked_files

OURS = {"self", "cls"}
SUFFIXES = {".json", ".jsonl", ".png", ".py", ".md", ".txt"}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def own_names(tree: ast.Module) -> set[str]:
    """The private names that a file makes itself: its functions, classes, methods, values and attributes."""
    made = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    made |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return made | {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }


def reaching_in(file: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file that import or use private names of others, or put something in the place of what others
    made.
    """
    tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
    own, imported = own_names(tree), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            parts = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            imported |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
            yield from ((node.lineno, part) for part in parts if any(map(is_private, part.split("."))))
            if "unittest" in {part.partition(".")[0] for part in parts}:
                yield node.lineno, "unittest"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"setattr", "delattr"}:
            yield node.lineno, node.func.id
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        whose = node.value.id if isinstance(node.value, ast.Name) else ""
        if is_private(node.attr) and not (whose in OURS and node.attr in own):
            yield node.lineno, node.attr
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(node.ctx, ast.Load) and isinstance(root, ast.Name) and root.id in imported:
            yield node.lineno, ast.unparse(node)


def test_benchmarks_reach_into_nothing_private_and_exchange_nothing() -> None:
    assert [
        f"{file.relative_to(ROOT)}:{line}: {name}" for file in sources("benchmarks") for line, name in reaching_in(file)
    ] == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("from cascade.text.tokens import _spelled", "_spelled"),
        ("from cascade._text import cut", "cascade._text"),
        ("import cascade._text", "cascade._text"),
        ("from unittest.mock import patch", "unittest"),
        ("ner._stages = {}", "_stages"),
        ("print(ner.base._files)", "_files"),
        ("print(self._base)", "_base"),
        ("import cascade\ncascade.stages.extractor.decode = None", "cascade.stages.extractor.decode"),
        ("from cascade import pipeline as ours\ndel ours.facade.DEFAULT_TYPES", "ours.facade.DEFAULT_TYPES"),
        ("setattr(stage, 'read', counted)", "setattr"),
    ],
)
def test_what_reaches_in_would_be_found(line: str, found: str, tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(line + "\n", encoding="utf-8")
    assert [name for _, name in reaching_in(tmp_path / "wrong.py")] == [found]


def test_a_file_may_use_what_is_private_to_itself(tmp_path: Path) -> None:
    (tmp_path / "right.py").write_text(
        "_FEW = 3\nclass Own:\n    def __init__(self): self._few = _FEW\n    def few(self): return self._few\n",
        encoding="utf-8",
    )
    assert list(reaching_in(tmp_path / "right.py")) == []


def test_the_benchmarks_folder_holds_commands_results_and_texts_alone() -> None:
    files = [file.relative_to(ROOT / "benchmarks") for file in tracked_files() if "benchmarks" in file.parts]
    files = [file for file in files if (ROOT / "benchmarks" / file).is_file()]
    assert {file.parent.as_posix() for file in files} == {".", "contenders", "everyday", "results", "systems"}
    assert {file.suffix for file in files} <= SUFFIXES
    assert {file.parent.as_posix() for file in files if file.suffix == ".jsonl"} == {"everyday"}
    figures = [file for file in files if file.name != "injected_forms.json"]  # lines that a command puts into texts
    assert [
        file for file in figures if (file.suffix in {".json", ".png"}) != (file.parent.as_posix() == "results")
    ] == []


def test_the_product_never_imports_a_benchmark() -> None:
    named = [
        str(file.relative_to(ROOT))
        for file in sources("cascade", "data_formats", "train", "infer.py", "evaluate.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        and any("benchmarks" in (part or "") for part in [getattr(node, "module", None), *(a.name for a in node.names)])
    ]
    assert named == []


def test_where_results_go_is_a_path_so_that_none_are_lost_at_the_end() -> None:
    """A name of another type fails only when everything was measured."""
    untyped = []
    for file in (*sources("benchmarks"), *sources("train")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] != "add_argument":
                continue
            names = {each.value for each in node.args if isinstance(each, ast.Constant)}
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            is_path = given.get("type") in ("Path", "named_path")
            if names & {"--out", "--json"} and "action" not in given and not is_path:
                untyped.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert untyped == []
