"""The command `python -m data_formats`."""

import subprocess
import sys
from pathlib import Path

import pytest

from cascade.commands.convert import main

ROOT = Path(__file__).parents[1]
NEWS = "In\tO\nNew\tB-LOC\nYork\tI-LOC\n\n"


def test_converts_a_file_and_says_what_was_lost(tmp_path: Path) -> None:
    (tmp_path / "news.conll").write_text(NEWS)
    command = [
        sys.executable,
        "-m",
        "data_formats",
        str(tmp_path / "news.conll"),
        str(tmp_path / "news.json"),
        "--language",
        "en",
    ]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == (
        "wrote 1 documents with 1 entities\n"
        "not carried, or changed: languages of documents: 1 (first: line-1: 'en')\n"
        "not carried, or changed: token offsets of documents: 1 (first: line-1)\n"
    )
    assert (tmp_path / "news.json").read_text() == (
        '{\n    "line-1": {\n        "sentence": "In New York",\n        "entity": [\n            "New York"\n        '
        "],\n"
        '        "category": [\n            "LOC"\n        ]\n    }\n}\n'
    )


def test_converts_standard_input_to_standard_output() -> None:
    command = [sys.executable, "-m", "data_formats", "-", "-", "--to", "indexed"]
    result = subprocess.run(command, cwd=ROOT, input=NEWS.encode(), capture_output=True, check=False)
    assert (result.returncode, result.stdout) == (0, b"0\tIn\tO\n1\tNew\tB-LOC\n2\tYork\tI-LOC\n\n")


def test_errors_are_one_line_and_leave_the_output_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "news.conll").write_text("a\tB-X\n\nb\tO\nc\tI-X\n")
    (tmp_path / "out.jsonl").write_text("what was here before")
    assert main([str(tmp_path / "news.conll"), str(tmp_path / "out.jsonl")]) == 2
    assert capsys.readouterr().err == (
        f"error: {tmp_path}/news.conll:4: label 'I-X' follows 'O'; an I- label needs B- or I- of the same type before "
        "it. "
        "Fix the file or read it with --repair begin, an option of evaluate.py and python -m data_formats; "
        f"what was written before that is in {tmp_path}/out.jsonl.partial\n"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["news.conll", "out.jsonl", "out.jsonl.partial"]
    assert (tmp_path / "out.jsonl").read_text() == "what was here before"


def test_options_reach_the_reader(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("Uni\tB-ORG\tO\nRom\tI-ORG\tI-LOC\n")
    arguments = [
        str(tmp_path / "a.tsv"),
        str(tmp_path / "a.jsonl"),
        "--label-column",
        "-1",
        "--scheme",
        "bio",
        "--repair",
        "begin",
        "--join",
        "none",
    ]
    assert main(arguments) == 0
    assert (tmp_path / "a.jsonl").read_text() == (
        '{"id": "line-1", "text": "UniRom", "language": null, "entities": [{"start": 3, "end": 6, "text": "Rom", '
        '"type": "LOC", "score": null}],'
        ' "tokens": [[0, 3], [3, 6]]}\n'
    )


def test_a_treebank_without_labels_becomes_text(tmp_path: Path) -> None:
    rows = ["1 A a DET DT _ 2 det _ _", "2 cat cat NOUN NN _ 0 root _ SpaceAfter=No", "3 . . PUNCT . _ 2 punct _ _"]
    (tmp_path / "a.conllu").write_text(
        "".join(f"{line}\n" for line in ["# text = A cat.", *(row.replace(" ", "\t") for row in rows)])
    )
    assert main([str(tmp_path / "a.conllu"), str(tmp_path / "a.txt"), "--label-column", "none"]) == 0
    assert (tmp_path / "a.txt").read_text() == "A cat.\n"


@pytest.mark.parametrize("output", ["news.conll", "link.conll"])
def test_a_file_is_not_converted_onto_itself(tmp_path: Path, output: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "news.conll").write_text(NEWS)
    (tmp_path / "link.conll").symlink_to(tmp_path / "news.conll")
    assert main([str(tmp_path / "news.conll"), str(tmp_path / output), "--to", "text"]) == 2
    assert capsys.readouterr().err == (
        f"error: {tmp_path / output}: the output is an input, which would be lost; name another file\n"
    )
    assert (tmp_path / "news.conll").read_text() == NEWS


def test_a_link_as_output_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "news.conll").write_text(NEWS)
    (tmp_path / "other.conll").write_text("")
    (tmp_path / "link.conll").symlink_to(tmp_path / "other.conll")
    assert main([str(tmp_path / "news.conll"), str(tmp_path / "link.conll"), "--to", "indexed"]) == 0
    assert (tmp_path / "link.conll").is_symlink()
    assert (tmp_path / "other.conll").read_text().startswith("0\tIn\tO\n")


def test_output_in_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "news.conll").write_text(NEWS)
    assert main([str(tmp_path / "news.conll"), str(tmp_path / "none" / "a.jsonl")]) == 2
    assert (
        capsys.readouterr().err
        == f"error: {tmp_path}/none/a.jsonl: cannot be written: No such file or directory; make its folder first\n"
    )


def test_devices_are_written_directly(tmp_path: Path) -> None:
    (tmp_path / "news.conll").write_text(NEWS)
    assert main([str(tmp_path / "news.conll"), "/dev/null", "--to", "jsonl"]) == 0
    assert Path("/dev/null").is_char_device()
