"""The wheel: what it holds, and that its packages stand beside others of common names."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZipFile

import pytest

from cascade.adapters.card import CARD, WEIGHTS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
BUILT_FROM = ("pyproject.toml", "README.md", "LICENSE", "NOTICE")
PACKAGES = ("cascade", "data_formats", "train")
# what our packages could be taken for, and what could be taken for one of them
COMMON_NAMES = ("commands", "corpora", "formats", "model", "pipeline", "scoring", "text", "tests", "infer")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel with adapters without weights."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in BUILT_FROM:
        shutil.copy(ROOT / name, source / name)
    for stage in ("extractor", "classifier"):
        adapter = source / "adapters" / "tiny" / stage
        adapter.mkdir(parents=True)
        (adapter / WEIGHTS).write_bytes(b"weights")
        (adapter / CARD).write_text("{}")
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder))
    run("-m", "pip", "wheel", *options, str(source))
    (built,) = folder.glob("cascade_ner-*.whl")
    return built


def run(*arguments: str, folder: Path | None = None, path: Iterable[Path] = ()) -> str:
    """What Python prints; its packages are looked for in `path` first, never in the clone."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path)), "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_a_wheel_holds_the_adapters_and_the_licences(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    adapters = {
        f"cascade/shipped_adapters/tiny/{stage}/{name}"
        for stage in ("extractor", "classifier")
        for name in (WEIGHTS, CARD)
    }
    name_and_version = "-".join(wheel.name.split("-")[:2])
    licences = {f"{name_and_version}.dist-info/licenses/{name}" for name in ("LICENSE", "NOTICE")}
    library = {name for name in names if name.startswith("cascade_kernels.")}  # where there is a compiler
    assert len(library) <= 1
    assert library or shutil.which("g++") is None
    code = {f"{file.relative_to(ROOT)}" for package in PACKAGES for file in (ROOT / package).rglob("*.py")}
    endings = (".yaml", ".json", ".tsv", ".txt")
    recipes = {f"{file.relative_to(ROOT)}" for file in (ROOT / "train").rglob("*") if file.suffix in endings}
    assert {"train/extractor.yaml", "train/synthetic/carriers/en.json"} <= recipes
    others = {"cascade/pipeline/golden_scores.json", "cascade/py.typed", "data_formats/py.typed"}
    others.add("cascade/layers/native/kernels.cpp")
    others |= {
        f"{file.relative_to(ROOT)}"
        for kind in ("css", "js", "html", "svg", "schema.json")
        for file in (ROOT / "cascade").rglob(f"*.{kind}")
    }
    assert {name for name in names if "dist-info" not in name} == adapters | code | recipes | others | library
    assert licences <= names


def test_the_library_of_a_wheel_serves_all_versions_of_python(wheel: Path) -> None:
    _, _, python, abi, _ = wheel.stem.split("-")
    assert (python, abi) == ("cp311", "abi3")


@pytest.mark.parametrize("ours_first", [True, False])
def test_an_installed_wheel_and_packages_of_common_names_leave_each_other_alone(
    wheel: Path, tmp_path: Path, ours_first: bool
) -> None:
    ours, foreign = tmp_path / "ours", tmp_path / "foreign"
    ZipFile(wheel).extractall(ours)
    for name in COMMON_NAMES:
        (foreign / name).mkdir(parents=True)
        (foreign / name / "__init__.py").write_text(f"WHOSE = {name!r}\n")
    path = (ours, foreign) if ours_first else (foreign, ours)
    code = (
        f"import importlib\nfor name in {COMMON_NAMES}:\n    assert importlib.import_module(name).WHOSE == name, name\n"
        "import cascade, cascade.commands.console, cascade.pipeline.facade, data_formats, train\n"
        "print(cascade.__file__, data_formats.__file__, train.__file__, sep='\\n')\n"
        "cascade.commands.console.main(['--help'])"
    )
    printed = run("-c", code, folder=tmp_path, path=path).splitlines()
    assert printed[:3] == [str(ours / package / "__init__.py") for package in PACKAGES]
    assert printed[3] == "usage: cascade-ner COMMAND ..."
    file = tmp_path / "news.conll"
    file.write_text("Ada\tB-PER\nslept\tO\n", encoding="utf-8")
    run("-m", "data_formats", str(file), str(tmp_path / "news.jsonl"), folder=tmp_path, path=path)
    assert '"type": "PER"' in (tmp_path / "news.jsonl").read_text(encoding="utf-8")
