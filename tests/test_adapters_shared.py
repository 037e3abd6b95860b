"""Pairs that are shared: `adapters pack` writes one file, `adapters add` puts it where `--pair NAME` finds it."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZipFile

import pytest
from project_tree import ROOT
from shared_pairs import home, made, pair

from cascade.adapters.base_terms import GEMMA_TERMS, NOTICE, terms_of
from cascade.adapters.card import STAGES, read_adapter, shipped_adapters
from cascade.adapters.pair_archive import FILES, MANIFEST, needed_names
from cascade.adapters.user_folder import ADAPTERS, user_adapters, user_pairs
from cascade.commands import adapters, adapters_add, adapters_pack
from cascade.pipeline.loading import named_retriever

__all__ = ["home", "made", "pair"]  # fixtures

NO_NAME = (
    "cannot be the name of a pair; expected up to 64 letters of ASCII, digits, '.', '_' or '-', such as law-de; name "
    "it with --name"
)
Say = Callable[[], str]


@pytest.fixture
def archive(pair: Path, tmp_path: Path) -> Path:
    assert adapters_pack.main([str(pair)]) == 0
    return tmp_path / "law-en.pair.zip"


@pytest.fixture
def err(capsys: pytest.CaptureFixture[str]) -> Say:
    return lambda: capsys.readouterr().err


def changed(archive: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The archive with other contents."""
    with ZipFile(archive) as zipped:
        files = {name: zipped.read(name) for name in zipped.namelist()}
    change(files)
    other = archive.with_name("changed.zip")
    with ZipFile(other, "w") as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return other


def test_a_pair_that_was_packed_and_added_is_found_by_its_name(
    archive: Path, pair: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert adapters_add.main([str(archive)]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"added law-en for gemma-3-270m, in {home / 'law-en'}",
        "use it: cascade-ner infer texts.txt --pair law-en --types 'person'",
    ]
    extractor, classifier = named_retriever(None, "law-en").named("en")
    assert (extractor.name, classifier.name) == ("law-en/extractor", "law-en/classifier")
    assert extractor.checksum() == read_adapter(pair / "extractor").checksum()
    assert user_pairs() == {"law-en": home / "law-en"}


def test_added_pairs_are_listed_and_shown_beside_the_shipped_ones(
    archive: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert adapters_add.main([str(archive)]) == 0
    capsys.readouterr()
    assert adapters.main(["list"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines() if "/" in line.split()[0]]
    assert {"law-en/extractor", "law-en/classifier", "multilingual/extractor"} <= set(names)
    assert adapters.main(["show", "law-en"]) == 0
    assert str(home / "law-en" / "extractor") in capsys.readouterr().out


def test_the_same_pair_gives_the_same_bytes(pair: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert adapters_pack.main([str(pair), "-o", str(tmp_path / name), "--name", "law-en"]) == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_folder_is_added_without_the_files_that_are_no_part_of_a_pair(
    pair: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pair / "extractor" / "notes.txt").write_text("mine", encoding="utf-8")
    assert adapters_add.main([str(pair), "--name", "other"]) == 0
    assert capsys.readouterr().err == "note: left out, as no part of a pair: extractor/notes.txt\n"
    assert not (home / "other" / "extractor" / "notes.txt").exists()
    assert (home / "other" / "README.md").is_file()


def test_a_pair_of_the_same_name_stays_unless_it_is_to_be_replaced(archive: Path, home: Path, err: Say) -> None:
    assert adapters_add.main([str(archive)]) == 0
    (home / "law-en" / "mark").touch()
    assert adapters_add.main([str(archive)]) == 2
    assert err() == (f"error: {home / 'law-en'}: is there already; expected another --name, or --replace\n")
    assert (home / "law-en" / "mark").is_file()
    assert adapters_add.main([str(archive), "--replace"]) == 0
    assert not (home / "law-en" / "mark").exists()
    assert [each.name for each in home.iterdir()] == ["law-en"]  # no scratch folder stays behind


def test_a_pair_of_another_base_model_is_refused(pair: Path, home: Path, err: Say) -> None:
    for stage in STAGES:
        card = read_adapter(pair / stage).card
        replace(card, base="other-1b", base_fingerprint="v2:0123456789abcdef").write(pair / stage)
    assert adapters_add.main([str(pair)]) == 2
    embedded = read_adapter(shipped_adapters() / "multilingual" / "classifier").card
    assert err() == (
        f"error: {pair}: was made for base model 'other-1b' (v2:0123456789ab), not for the embedded 'gemma-3-270m' "
        f"({embedded.base_fingerprint[:15]}); name the base model that you will use it with, by --base\n"
    )
    assert user_pairs() == {}


def test_the_base_model_that_is_named_is_compared(gemma_folder: Path, pair: Path, err: Say) -> None:
    assert adapters_add.main([str(pair), "--base", str(gemma_folder)]) == 2
    assert "was made for base model 'gemma-3-270m'" in err()


def test_weights_that_were_changed_are_found(archive: Path, home: Path, err: Say) -> None:
    def damage(files: dict[str, bytes]) -> None:
        weights = files["extractor/adapter_model.safetensors"]
        files["extractor/adapter_model.safetensors"] = weights[:-1] + bytes([weights[-1] ^ 1])

    other = changed(archive, damage)
    assert adapters_add.main([str(other)]) == 2
    assert err() == (
        f"error: {other}: extractor/adapter_model.safetensors: is damaged, as its size or checksum is not the one in "
        "pair.json; fetch it again\n"
    )
    assert list(home.iterdir()) == []


def test_half_an_archive_is_refused(archive: Path, home: Path, err: Say) -> None:
    archive.write_bytes(archive.read_bytes()[:-2000])
    assert adapters_add.main([str(archive)]) == 2
    assert err().startswith(f"error: {archive}: cannot be read as an archive of a pair: ")
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("compression", [ZIP_DEFLATED, ZIP_LZMA, ZIP_BZIP2])
def test_a_damaged_archive_that_was_compressed_again_is_refused(
    compression: int, archive: Path, home: Path, tmp_path: Path, err: Say
) -> None:
    again = tmp_path / "again.zip"
    with ZipFile(archive) as stored, ZipFile(again, "w", compression) as zipped:
        for name in stored.namelist():
            zipped.writestr(name, stored.read(name))
        place = zipped.getinfo("extractor/adapter_model.safetensors").header_offset + 200
    content = bytearray(again.read_bytes())
    content[place : place + 400] = b"\xff" * 400
    again.write_bytes(content)
    assert adapters_add.main([str(again)]) == 2
    assert err().startswith(f"error: {again}: ")
    assert not home.exists() or list(home.iterdir()) == []


@pytest.mark.parametrize("name", ["../outside.txt", "/outside.txt", "extractor/weights.pkl", "extractor/../../x"])
def test_an_archive_with_any_other_name_is_refused(name: str, archive: Path, tmp_path: Path, err: Say) -> None:
    other = changed(archive, lambda files: files.update({name: b"x"}))
    before = sorted(tmp_path.rglob("*"))
    assert adapters_add.main([str(other)]) == 2
    assert err() == (
        f"error: {other}: holds {name!r}; expected the files of a pair alone, such as "
        "extractor/adapter_model.safetensors\n"
    )
    assert [each for each in sorted(tmp_path.rglob("*")) if each not in before] == [tmp_path / "home"]


def test_more_bytes_than_the_manifest_says_are_not_written(archive: Path, err: Say) -> None:
    def shrink(files: dict[str, bytes]) -> None:
        told = json.loads(files[MANIFEST])
        told["files"]["README.md"]["bytes"] = 5
        files[MANIFEST] = json.dumps(told).encode()

    other = changed(archive, shrink)
    assert adapters_add.main([str(other)]) == 2
    assert "README.md: is damaged" in err()


def test_an_archive_that_says_it_is_huge_is_refused_before_anything_is_written(archive: Path, err: Say) -> None:
    def grow(files: dict[str, bytes]) -> None:
        told = json.loads(files[MANIFEST])
        told["files"]["README.md"]["bytes"] = 2_000_000_000
        files[MANIFEST] = json.dumps(told).encode()

    assert adapters_add.main([str(changed(archive, grow))]) == 2
    assert "expected at most 1,000,000,000 of a pair of adapters" in err()


def test_a_zip_of_something_else_is_refused(tmp_path: Path, err: Say) -> None:
    with ZipFile(tmp_path / "x.zip", "w") as zipped:
        zipped.writestr("a.txt", "x")
    assert adapters_add.main(["x.zip"]) == 2
    assert err() == "error: x.zip: has no pair.json; expected an archive as `adapters pack` writes it\n"


def test_the_terms_of_the_base_model_are_passed_on_with_a_pair(archive: Path, home: Path) -> None:
    with ZipFile(archive) as zipped:
        notice = zipped.read(NOTICE).decode()
    first = "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms\n"
    assert notice.startswith(first)
    assert first in (ROOT / NOTICE).read_text(encoding="utf-8")
    assert adapters_add.main([str(archive)]) == 0
    assert (home / "law-en" / NOTICE).read_text(encoding="utf-8") == notice
    assert (home / "law-en" / GEMMA_TERMS).read_bytes() == (shipped_adapters() / GEMMA_TERMS).read_bytes()


def test_pairs_of_other_base_models_and_archives_of_before_need_no_such_terms(archive: Path, home: Path) -> None:
    def older(files: dict[str, bytes]) -> None:
        told = json.loads(files[MANIFEST])
        for name in (NOTICE, GEMMA_TERMS):
            del files[name], told["files"][name]
        files[MANIFEST] = json.dumps(told).encode()

    assert terms_of("qwen2.5-coder-0.5b") == {}
    assert adapters_add.main([str(changed(archive, older))]) == 0
    assert not (home / "law-en" / NOTICE).exists()


def test_pickled_weights_are_neither_shared_nor_added(pair: Path, err: Say) -> None:
    (pair / "extractor" / "optimizer.pt").write_bytes(pickle.dumps({}))
    for command in (adapters_pack.main, adapters_add.main):
        assert command([str(pair)]) == 2
        assert err() == (
            f"error: {pair}: holds extractor/optimizer.pt, which may run foreign code when read; expected weights as "
            "safetensors alone, so remove it\n"
        )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a/b", f"'a/b' {NO_NAME}"),
        ("..", f"'..' {NO_NAME}"),
        ("multilingual", "'multilingual' is the name of shipped adapters; expected another one, with --name"),
    ],
)
def test_names_that_lead_elsewhere_or_are_taken_are_refused(name: str, message: str, pair: Path, err: Say) -> None:
    assert adapters_add.main([str(pair), "--name", name]) == 2
    assert err() == f"error: {message}\n"


def test_differences_to_another_pair_are_refused(pair: Path, err: Say) -> None:
    replace(read_adapter(pair / "extractor").card, builds_on="a" * 64).write(pair / "extractor")
    assert adapters_pack.main([str(pair)]) == 2
    assert err() == (
        f"error: {pair / 'extractor'}: is a difference to another adapter (aaaaaaaaaaaa); expected a whole pair, "
        "trained without --build-on\n"
    )


def test_the_users_folder_is_where_the_system_keeps_such_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(ADAPTERS)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert user_adapters() == tmp_path / "cascade-ner" / "adapters"


def test_what_a_pair_needs_is_part_of_what_it_may_have() -> None:
    assert set(needed_names()) <= {f"{stage}/{file}" for stage in STAGES for file in FILES}
