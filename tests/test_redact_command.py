"""The command `redact`, with a finder of names in the place of the model."""

from __future__ import annotations

import errno
import json
import stat
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from name_finder import NameFinder

from cascade.commands import console
from cascade.commands import redact as redact_command
from cascade.commands.redact_options import chosen_operators, key_of
from cascade.errors import RedactionError
from cascade.integrations import restore


@pytest.fixture
def ner(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the command loads."""
    finder = NameFinder({"Ada": "person", "London": "location", "Bob": "person"}, {"Bob": 0.25})
    finder.load = lambda *_, **__: finder  # type: ignore[attr-defined]
    module = ModuleType("cascade.pipeline.facade")
    module.__dict__["Cascade"] = finder
    monkeypatch.setitem(sys.modules, "cascade.pipeline.facade", module)
    finder.checked = []  # type: ignore[attr-defined]
    monkeypatch.setattr(redact_command, "self_check", lambda ner, report: finder.checked.append(report))  # type: ignore[attr-defined]
    return finder


def redact(*arguments: object) -> int:
    return console.main(["redact", *map(str, arguments)])


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    file = tmp_path / "in.txt"
    file.write_text("Ada of London.\nNobody.\n", encoding="utf-8")
    return file


def test_texts_are_written_redacted_and_counted(
    ner: Any, texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert redact(texts, "-o", tmp_path / "out.txt", "--report", tmp_path / "report.json") == 0
    assert (tmp_path / "out.txt").read_text() == "<PERSON> of <LOCATION>.\nNobody.\n"
    assert "replaced: 1 location, 1 person; further occurrences of the same texts: nothing\n" in capsys.readouterr().err
    assert json.loads((tmp_path / "report.json").read_text()) == {
        "documents": 2,
        "replaced": {"location": 1, "person": 1},
        "repeats": {},
        "within_others": 0,
        "leftovers": 0,
        "fields_left_out": 0,
        "withheld": [],
    }
    assert "person" in ner.asked[0]


def test_scores_of_the_model_are_checked_before_texts_are_read_also_where_nothing_else_is_told(
    ner: Any, texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert redact(texts, "-o", tmp_path / "out.txt", "--quiet") == 0
    assert capsys.readouterr().err == ""
    [report] = ner.checked
    report("self-check: 1 results differ")
    assert capsys.readouterr().err == "self-check: 1 results differ\n"


def test_a_letter_keeps_its_lines(ner: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.txt").write_text("Dear Ada,\n\ncome to London.\n\n  Yours\n", encoding="utf-8")
    out = tmp_path / "out.txt"
    assert redact(tmp_path / "in.txt", "-o", out, "--whole-files", "--mapping", tmp_path / "map.jsonl") == 0
    assert out.read_text() == "Dear <PERSON>,\n\ncome to <LOCATION>.\n\n  Yours\n"
    assert "line breaks" not in capsys.readouterr().err
    [line] = (tmp_path / "map.jsonl").read_text().splitlines()
    assert restore(out.read_text(), json.loads(line)["replaced"]) == (tmp_path / "in.txt").read_text()


def test_several_whole_texts_in_one_file_are_a_line_each(
    ner: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_text("Dear Ada,\ncome.\n", encoding="utf-8")
    assert redact(tmp_path / "one.txt", tmp_path / "two.txt", "-o", tmp_path / "out.txt", "--whole-files") == 0
    assert (tmp_path / "out.txt").read_text() == "Dear <PERSON>, come. \n" * 2
    assert "documents with tabs or line breaks in the text (written as blanks): 2" in capsys.readouterr().err


def test_a_name_that_chooses_no_format_is_told(
    ner: Any, texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert redact(texts, "-o", tmp_path / "out.conll") == 0
    assert "out.conll: .conll chooses no format, so JSON lines are written\n" in capsys.readouterr().err


def test_doubt_that_would_withhold_nothing_is_told_before_a_model_is_loaded(
    ner: Any, texts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(redact_command, "loaded_cascade", lambda *_, **__: pytest.fail("a model was loaded"))
    assert redact(texts, "--unsure-from", "0.5") == 2
    assert "from a score of 0.5 on are to be withheld, but such entities are replaced" in capsys.readouterr().err


def test_documents_that_are_withheld_are_told_by_a_quiet_job_too(
    ner: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.txt").write_text("Bob slept.\nBobby slept.\n", encoding="utf-8")
    assert redact(tmp_path / "in.txt", "-o", tmp_path / "out.txt", "--quiet", "--unsure-from", "1") == 0
    assert capsys.readouterr().err == ""
    assert redact(tmp_path / "in.txt", "-o", tmp_path / "out.txt", "--quiet") == 2
    assert [line[:30] for line in capsys.readouterr().err.splitlines()] == [
        "document 'line-1' is withheld:",
        "document 'line-2' is withheld:",
        "error: 2 of 2 documents were w",
    ]


def test_where_there_is_no_document_nothing_is_loaded_and_empty_files_are_written(
    ner: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ner, "load", lambda *_, **__: pytest.fail("was loaded"))
    monkeypatch.chdir(tmp_path)
    Path("in.txt").write_text("")
    assert redact("in.txt", "-o", "out.txt", "--report", "report.json", "--mapping", "mapping") == 0
    assert capsys.readouterr().err == "warning: in.txt: no document to read; the output has none\n"
    assert (Path("out.txt").read_text(), Path("mapping").read_text()) == ("", "")
    assert json.loads(Path("report.json").read_text())["documents"] == 0


def test_json_lines_hold_nothing_of_what_was_replaced(
    ner: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "in.csv"
    table.write_text("note,author\nAda of London,Ada\n", encoding="utf-8")
    assert redact(table, "--text-column", "note", "--types", "person,location") == 0
    told = capsys.readouterr()
    assert "Ada" not in told.out + told.err
    assert json.loads(told.out)["text"] == "<PERSON> of <LOCATION>"
    assert "note: 1 values of other columns were left out unread; --keep-fields writes them\n" in told.err


def test_a_withheld_document_is_not_written_and_the_status_is_two(
    ner: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.txt").write_text("Ada.\nBob of London.\n", encoding="utf-8")
    assert redact(tmp_path / "in.txt", "-o", tmp_path / "out.txt") == 2
    assert (tmp_path / "out.txt").read_text() == "<PERSON>.\n"
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("document 'line-2' is withheld: 0..3 (person) has a score of 0.25, ")
    assert lines[-1] == "error: 1 of 2 documents were withheld and are not in the output; see the lines above"
    assert redact(tmp_path / "in.txt", "-o", tmp_path / "all.txt", "--min-score", "0.2") == 0
    assert (tmp_path / "all.txt").read_text() == "<PERSON>.\n<PERSON> of <LOCATION>.\n"


def test_a_mapping_is_the_owners_alone_and_undoes_the_work(ner: Any, texts: Path, tmp_path: Path) -> None:
    mapping, out = tmp_path / "mapping.jsonl", tmp_path / "out.jsonl"
    assert redact(texts, "-o", out, "--operator", "number", "--mapping", mapping) == 0
    assert stat.S_IMODE(mapping.stat().st_mode) == 0o600
    rows = [json.loads(line) for line in mapping.read_text(encoding="utf-8").splitlines()]
    written = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert written[0]["text"] == "Person 1 of Location 1."
    assert [row["id"] for row in rows] == [row["id"] for row in written]
    restored = [restore(text["text"], row["replaced"]) for text, row in zip(written, rows, strict=True)]
    assert restored == texts.read_text().splitlines()


def test_a_mapping_does_not_replace_a_file(
    ner: Any, texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mapping").write_text("old")
    assert redact(texts, "-o", tmp_path / "out.txt", "--mapping", tmp_path / "mapping") == 2
    assert capsys.readouterr().err == (
        f"error: {tmp_path}/mapping: the file is there already; expected a new one. Name another\n"
    )
    assert (tmp_path / "mapping").read_text() == "old"
    assert not (tmp_path / "out.txt").exists()


def test_no_mapping_is_left_by_a_job_that_did_not_begin(
    ner: Any, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RedactionError("no model")

    monkeypatch.setattr(ner, "load", fails)
    assert redact(texts, "-o", tmp_path / "out.txt", "--mapping", tmp_path / "mapping") == 2
    assert not (tmp_path / "mapping").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--operator", "blank"], "operator 'blank'; expected one of replace, mask, hash, number, pseudonym, or one "
         "with an argument such as replace=[{type}] or mask=#"),
        (["--operator", "hash"], "the operator hash needs a key: without one, whoever guesses a name could check the "
         "guess. Give one of 16 or more random bytes"),
        (["--operator", "mask", "--operator", "hash"], "--operator is given twice for all types: 'mask' and 'hash'"),
        (["--region", "DE"], "--region is given without --patterns, whose phone numbers it is for; expected both"),
        (["--operator", "Person=mask", "--types", "name,place"], "operator 'mask' of the type 'Person', which is not "
         "looked for; expected one of name, place"),
        (["--operator", "Person=mask", "--operator", "person=hash"], "--operator is given twice for the type 'person': "
         "'mask' and 'hash'"),
        (["--operator", "pseudonym", "--locale", "xx_YY"], "locale 'xx_YY' of pseudonyms; expected one that Faker "
         "knows, such as de_DE"),
        (["--key-file", "no/such/file"], "no/such/file: the key cannot be read: No such file or directory"),
    ],
)  # fmt: skip
def test_wrong_options_are_told_before_anything_is_loaded(
    options: list[str],
    message: str,
    ner: Any,
    texts: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(ner, "load", lambda *_, **__: pytest.fail("was loaded"))
    monkeypatch.delenv("CASCADE_NER_REDACTION_KEY", raising=False)
    assert redact(texts, *options) == 2
    assert capsys.readouterr().err == f"error: {message}\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "b.jsonl", "--mapping", "b.jsonl"], "b.jsonl: --output and --mapping"),
        (["-o", "b.jsonl", "--mapping", "link/b.jsonl"], "link/b.jsonl: --output and --mapping"),
        (["--report", "c.jsonl", "-o", "c.jsonl"], "c.jsonl: --output and --report"),
        (["--mapping", "c.jsonl", "--report", "./c.jsonl"], "./c.jsonl: --mapping and --report"),
        (["-o", "in.txt"], "in.txt: INPUT and --output"),
        (["--mapping", "in.txt"], "in.txt: INPUT and --mapping"),
        (["--report", "link/in.txt"], "link/in.txt: INPUT and --report"),
        (["--report", "key", "--key-file", "key"], "key: --key-file and --report"),
    ],
)
def test_a_file_is_not_written_over_another_one_of_the_job(
    options: list[str],
    message: str,
    ner: Any,
    texts: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(ner, "load", lambda *_, **__: pytest.fail("was loaded"))
    monkeypatch.chdir(texts.parent)
    Path("link").symlink_to(texts.parent)
    Path("key").write_bytes(b"0123456789abcdef")
    assert redact(texts.name, *options) == 2
    assert capsys.readouterr().err == (
        f"error: {message} name the same file, so that one would be lost; expected two files\n"
    )
    assert sorted(each.name for each in Path().iterdir()) == ["in.txt", "key", "link"]
    assert (texts.read_text(), Path("key").read_bytes()) == ("Ada of London.\nNobody.\n", b"0123456789abcdef")


def test_what_is_not_wanted_may_all_go_to_the_null_device(ner: Any, texts: Path) -> None:
    assert redact(texts, "-o", "/dev/null", "--report", "/dev/null") == 0


def test_operators_are_named_for_all_types_and_for_one() -> None:
    assert chosen_operators(["replace=[{type}]", "email=mask=#", "phone number=hash"]) == {
        "*": "replace=[{type}]",
        "email": "mask=#",
        "phone number": "hash",
    }


def test_the_key_is_that_of_the_file_or_else_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_bytes(b"from the file\n")
    monkeypatch.setenv("CASCADE_NER_REDACTION_KEY", "from outside")
    assert (key_of(tmp_path / "key"), key_of(None)) == (b"from the file", b"from outside")
    monkeypatch.delenv("CASCADE_NER_REDACTION_KEY")
    assert key_of(None) is None


def test_a_mapping_that_cannot_be_written_leaves_no_output(
    ner: Any, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(redact_command, "os", SimpleNamespace(fsync=full))
    mapping = tmp_path / "mapping.jsonl"
    assert redact(texts, "-o", tmp_path / "out.txt", "--mapping", mapping) == 2
    assert capsys.readouterr().err.startswith(f"error: {mapping}: cannot be written: No space left on device")
    assert not (tmp_path / "out.txt").exists()
