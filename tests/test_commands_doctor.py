"""`cascade-ner doctor` and `cascade-ner adapters`: what is wrong is found, and what is whole is not."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tiny_models import save_shelf

from cascade.adapters.card import CARD, WEIGHTS
from cascade.adapters.checksum_list import SUMS
from cascade.commands import doctor
from cascade.commands.console import main
from cascade.model.base_model import BaseModel
from cascade.model.conversion_cache import LAYOUT, changed_files, converted
from cascade.pipeline.checks import cache, installation, machine, models
from cascade.pipeline.checks.adapter_files import findings
from cascade.pipeline.checks.outcome import FAIL, OK, WARN, Outcome, size_of


@pytest.fixture(scope="module")
def shelf(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_shelf(gemma, gemma_folder, tmp_path_factory.mktemp("shelf"), own=("de",))


@pytest.fixture
def copy(shelf: Path, tmp_path: Path) -> Path:
    """Adapters that a test may damage."""
    return Path(shutil.copytree(shelf, tmp_path / "adapters"))


def weights(folder: Path) -> Path:
    return sorted(folder.rglob(WEIGHTS))[0]


def problems(folder: Path) -> list[str]:
    return [problem for each in findings(folder) for problem in each.problems]


def test_whole_adapters_are_verified(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adapters", "verify", str(shelf), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found) == len(list(shelf.rglob(CARD)))
    assert all(len(each["sha256"]) == 64 and each["problems"] == [] for each in found)


def test_a_pair_of_ones_own_is_verified_by_its_name(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = next(folder for folder in shelf.iterdir() if folder.name != "de")  # that builds on nothing
    shutil.copytree(pair, tmp_path / "claims")
    monkeypatch.setenv("CASCADE_NER_ADAPTERS", str(tmp_path))
    assert main(["adapters", "verify", "claims", "--json"]) == 0
    assert {each["name"] for each in json.loads(capsys.readouterr().out)} >= {"extractor", "classifier"}


def test_a_file_that_is_cut_off_is_found(copy: Path) -> None:
    file = weights(copy)
    file.write_bytes(file.read_bytes()[:-3])
    assert any("ends outside the file, which is cut off or damaged" in each for each in problems(copy))


def test_a_number_that_is_none_is_found(copy: Path) -> None:
    file = weights(copy)
    content = bytearray(file.read_bytes())
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8 : 8 + length])
    kind = next(value["dtype"] for name, value in header.items() if name != "__metadata__")
    number = {"F32": b"\0\0\xc0\x7f", "BF16": b"\xc0\x7f"}[kind]
    content[8 + length : 8 + length + len(number)] = number
    file.write_bytes(content)
    assert any("holds numbers that are infinite or none at all" in each for each in problems(copy))


def test_bytes_behind_the_tensors_are_found(copy: Path) -> None:
    with weights(copy).open("ab") as file:
        file.write(b"more")
    assert f"{WEIGHTS}: has 4 bytes behind its tensors" in problems(copy)


def test_weights_whose_reading_may_run_code_are_found(copy: Path) -> None:
    (weights(copy).parent / "optimizer.pt").write_bytes(b"x")
    assert any(each.startswith("has optimizer.pt; expected weights as safetensors alone") for each in problems(copy))


def test_checksums_of_a_list_are_compared(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = weights(copy)
    (copy / SUMS).write_text(f"{'0' * 64}  {file.relative_to(copy)}\n{'1' * 64}  gone.txt\n")
    assert main(["adapters", "verify", str(copy)]) == 2
    said = capsys.readouterr().out
    assert "listed is 000000000000" in said
    assert "is listed and not there" in said


def test_a_difference_without_the_adapter_that_it_builds_on_is_found(copy: Path) -> None:
    cards = sorted(copy.rglob(CARD))
    value = json.loads(cards[0].read_text())
    cards[0].write_text(json.dumps({**value, "builds_on": "a" * 64}))
    assert f"builds on an adapter (aaaaaaaaaaaa) that is not below {copy}" in problems(copy)


def test_adapters_are_listed_with_what_their_cards_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adapters", "list", "--json"]) == 0
    found = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    german = found["de/extractor"]
    assert (german["languages"], german["builds_on"], german["stage"]) == (
        ["de"],
        "multilingual/extractor",
        "extractor",
    )
    assert german["licences"] == sorted(german["licences"])
    assert german["licences"]


def test_a_pair_is_shown_with_both_stages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adapters", "show", "multilingual"]) == 0
    said = capsys.readouterr().out
    assert "multilingual/extractor (extractor)" in said
    assert "multilingual/classifier (classifier)" in said
    assert "uner_en-ewt" in said
    assert said.count("types alone") == 1  # of the classifier


def checked(*outcomes: Outcome) -> Any:
    return lambda *_: iter(outcomes)


@pytest.mark.parametrize(("status", "code"), [(OK, 0), (WARN, 0), (FAIL, 2)])
def test_doctor_ends_with_2_if_a_check_fails(
    status: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "outcomes_of", checked(Outcome("disk", status, "full", "free some")))
    assert main(["doctor"]) == code
    assert capsys.readouterr().out.splitlines()[:2] == [f"{status:<4}  disk: full", "      -> free some"]


def test_doctor_tells_all_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(doctor, "outcomes_of", checked(Outcome("a", OK, "b"), Outcome("c", WARN, "d", "e")))
    assert main(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "checks": [
            {"check": "a", "status": "ok", "found": "b", "remedy": ""},
            {"check": "c", "status": "warn", "found": "d", "remedy": "e"},
        ],
        "counts": {"ok": 1, "warn": 1, "fail": 0},
    }


def test_versions_are_compared_with_the_stated_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "version", {"a": "1.5", "b": "3.0"}.__getitem__)
    monkeypatch.setattr(installation, "PackageNotFoundError", KeyError)
    stated = {"": ["a>=1,<2", "b>=1,<2", "c>=1"], "x": ["a>=1"], "y": ["a>=1", "c"], "z": ["c"]}
    assert list(installation.check_packages(stated)) == [
        Outcome("a", OK, "1.5"),
        Outcome("b", WARN, "3.0 is outside the range that was tested: b>=1,<2", "pip install 'b>=1,<2'"),
        Outcome("c", FAIL, "not installed", "pip install 'c>=1'"),
    ]
    assert [(each.status, each.found) for each in installation.check_extras(stated)] == [
        (OK, "installed"),
        (OK, "in part: without c; pip install 'cascade-ner[y]'"),
        (OK, "not installed; pip install 'cascade-ner[z]'"),
    ]


def test_requirements_of_an_installed_package_are_those_of_the_clone(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["torch>=2", 'bm25s>=0.3; extra == "demonstrations"', "peft>=0.20 ; extra == 'train'"]
    monkeypatch.setattr(installation, "requires", lambda _: lines)
    monkeypatch.setattr(
        installation, "metadata", lambda _: SimpleNamespace(get_all=lambda _: ["demonstrations", "train"])
    )
    assert installation.stated_requirements(Path("/nowhere")) == {
        "": ["torch>=2"],
        "demonstrations": ["bm25s>=0.3"],
        "train": ["peft>=0.20"],
    }


def test_this_installation_has_what_inference_needs() -> None:
    stated = installation.stated_requirements()
    needed = [each for each in installation.check_packages(stated) if each.status == FAIL]
    assert [each for each in needed if each.check not in ("rich-argparse", "shtab")] == []


def test_a_device_that_is_not_there_fails_and_the_cpu_does_not() -> None:
    assert next(machine.check_device("cpu")).status == OK
    [failed] = machine.check_device("abacus")
    assert failed.status == FAIL
    assert failed.remedy.startswith("name one of cpu")


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CASCADE_NER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_cache_folder_that_is_not_there_yet_is_no_fault(cached: Path) -> None:
    folder, _ = cache.check_folder()
    assert folder == Outcome("cache folder", OK, f"{cached} (will be made by the first run)")
    assert [each.status for each in cache.check_models()] == [OK]
    assert not cached.exists()


def test_a_cache_folder_that_is_a_file_fails(cached: Path) -> None:
    cached.write_text("")
    [found] = cache.check_folder()
    assert (found.status, found.remedy) == (FAIL, "set CASCADE_NER_CACHE to a folder")


def test_a_full_disk_fails(cached: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=12_000_000))
    _, room = cache.check_folder()
    assert (room.status, room.found) == (FAIL, "12 MB free, 1.5 GB needed")


def test_a_converted_model_is_compared_with_the_checksums_of_its_conversion(
    cached: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def convert(gguf: Path, target: Path, *, report: Any) -> None:
        target.mkdir()
        (target / "model.safetensors").write_bytes(b"weights")

    monkeypatch.setattr("cascade.model.gguf_conversion.convert", convert)
    target = cached / f"tiny-bf16-0123-v{LAYOUT}"
    converted(target, lambda folder: folder, what="", origin="here", remedy="", report=lambda line: None)
    assert changed_files(target) == []
    assert Outcome("model tiny", OK, "all files are as they were written (0.0 MB)") in list(cache.check_models())
    (target / "model.safetensors").write_bytes(b"weighty")
    (target / "SOURCE").unlink()
    assert changed_files(target) == ["SOURCE", "model.safetensors"]
    assert [each.status for each in cache.check_models() if each.check == "model tiny"] == [FAIL]


def test_models_of_earlier_versions_and_without_checksums_are_told(cached: Path) -> None:
    (cached / f"a-bf16-1-v{LAYOUT - 1}").mkdir(parents=True)
    (cached / f"b-bf16-1-v{LAYOUT}").mkdir()
    found = {each.check: each for each in cache.check_models()}
    assert (found["model of before"].status, found["model of before"].remedy) == (WARN, "it may be removed")
    assert (found["model b"].status, found["model b"].remedy) == (
        WARN,
        "remove the folder; the next run makes it anew",
    )


def test_damaged_adapters_fail(copy: Path) -> None:
    assert [each.status for each in models.check_adapters(copy)] == [OK]
    weights(copy).write_bytes(b"")
    [found] = models.check_adapters(copy)
    assert (found.status, found.remedy) == (FAIL, "copy the adapters again")
    assert found.found.endswith("is no safetensors file, or is cut off")


@pytest.mark.real_model
@pytest.mark.slow
def test_the_scores_of_the_shipped_adapters_are_as_tested() -> None:
    assert list(models.check_scores("cpu", None)) == [Outcome("scores", OK, "as this version was tested with")]


@pytest.mark.parametrize(("number", "said"), [(5, "0.0 MB"), (1_900_000, "1.9 MB"), (57e6, "57 MB"), (2.4e9, "2.4 GB")])
def test_sizes_are_told_as_people_read_them(number: int, said: str) -> None:
    assert size_of(number) == said
