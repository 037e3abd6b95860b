"""Checksums of adapters, of a base model's packages and of its conversion: listed by a command, compared by others."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from installed_parts import NAME, install, part_file
from tiny_gguf import save_gguf
from tiny_models import save_shelf

from cascade.adapters.card import CARD, WEIGHTS
from cascade.adapters.checksum_list import SUMS, listed_sums, sums_of
from cascade.commands.console import main
from cascade.errors import AdapterError
from cascade.model.base_folder import base_folder
from cascade.model.base_model import BaseModel
from cascade.model.named_bases import NAMED_BASES
from cascade.pipeline.checks import adapter_files, cache, models
from cascade.pipeline.checks.adapter_files import findings
from cascade.pipeline.checks.outcome import FAIL, OK


@pytest.fixture(scope="module")
def shelf(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = save_shelf(gemma, gemma_folder, tmp_path_factory.mktemp("shelf"), own=())
    assert main(["adapters", "sums", str(folder)]) == 0
    return folder


@pytest.fixture
def copy(shelf: Path, tmp_path: Path) -> Path:
    """Adapters with a list of checksums, which a test may damage."""
    return Path(shutil.copytree(shelf, tmp_path / "adapters"))


def test_the_list_names_each_file_but_itself_and_what_is_hidden(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "one").write_bytes(b"abc")
    (tmp_path / "a").write_bytes(b"")
    for name in (SUMS, ".hidden"):
        (tmp_path / name).write_bytes(b"x")
    # both values: FIPS 180-4's examples, as `sha256sum` prints them
    assert sums_of(tmp_path) == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\n"
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b/one\n"
    )


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
def test_the_list_is_read_by_sha256sum(copy: Path) -> None:
    done = subprocess.run(["sha256sum", "-c", "--quiet", SUMS], cwd=copy, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_files_as_they_are_listed_are_verified(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adapters", "verify", str(copy), "--json"]) == 0
    assert [each["problems"] for each in json.loads(capsys.readouterr().out)] == [[]] * len(list(copy.rglob(CARD)))


def test_a_changed_file_is_found(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = sorted(copy.rglob(CARD))[0]
    card.write_bytes(card.read_bytes() + b"\n")
    assert main(["adapters", "verify", str(copy), "--json"]) == 2
    [wrong] = [each for each in json.loads(capsys.readouterr().out) if each["problems"]]
    assert wrong["name"] == card.relative_to(copy).as_posix()
    assert wrong["problems"][0].endswith(f"listed is {listed_sums(copy / SUMS)[wrong['name']][:12]}")


def test_an_adapter_that_is_not_listed_is_found_and_the_command_that_lists_it_told(copy: Path) -> None:
    weights = sorted(copy.rglob(WEIGHTS))[0]
    listed = listed_sums(copy / SUMS)
    del listed[weights.relative_to(copy).as_posix()]
    [problem] = [problem for each in findings(copy, listed) for problem in each.problems]
    assert problem == f"is not in the list of checksums; after a change: cascade-ner adapters sums {copy}"


@pytest.mark.parametrize("path", ["../x", "/etc/hostname", "a/../../x", "..\\x", "C:\\x", "C:x"])
def test_a_list_that_leads_out_of_its_folder_is_refused(path: str, tmp_path: Path) -> None:
    (tmp_path / SUMS).write_text(f"{'0' * 64}  {path}\n", encoding="utf-8")
    with pytest.raises(AdapterError) as error:
        listed_sums(tmp_path / SUMS)
    assert str(error.value) == f"{tmp_path / SUMS}:1: path {path!r}; expected one that stays in the adapters' folder"


@pytest.mark.parametrize("entry", [5, [], {}, {"dtype": 1}, {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}])
def test_a_header_of_another_form_is_told(entry: object) -> None:
    header = json.dumps({"a": entry}).encode()
    content = len(header).to_bytes(8, "little") + header
    assert adapter_files._problem_of_weights(content) == "has a header of another form than that of safetensors"


def test_a_folder_that_is_not_there_gets_no_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adapters", "sums", str(tmp_path / "gone")]) == 2
    assert capsys.readouterr().err == (
        f"error: '{tmp_path / 'gone'}' is not a folder; expected one with adapters below it\n"
    )


def test_doctor_compares_all_three(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The packages of a base model, its conversion in the cache, and adapters: whole, and then each changed."""
    packages = tmp_path / "packages"
    monkeypatch.setenv("CASCADE_NER_CACHE", str(tmp_path / "cache"))
    tiny = install(packages, save_gguf(tmp_path / "tiny.gguf").read_bytes())
    monkeypatch.syspath_prepend(str(packages))
    monkeypatch.setitem(NAMED_BASES, NAME, tiny)
    converted = Path(base_folder(NAME))

    def states() -> list[str]:
        models_in_cache = [each for each in cache.check_models() if each.check == f"model {NAME}"]
        parts = [each for each in cache.check_parts_of_models() if each.check == f"packages of {NAME}"]
        return [each.status for each in (*models_in_cache, *parts, *models.check_adapters(copy))]

    assert states() == [OK, OK, OK]
    weights = converted / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01\x02")
    assert states() == [FAIL, OK, OK]
    part = part_file(packages, 1)
    part.write_bytes(bytes([part.read_bytes()[0] ^ 1]) + part.read_bytes()[1:])
    assert states() == [FAIL, FAIL, OK]
    card = sorted(copy.rglob(CARD))[0]
    card.write_bytes(card.read_bytes() + b"\n")
    assert states() == [FAIL, FAIL, FAIL]
