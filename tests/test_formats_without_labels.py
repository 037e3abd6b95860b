"""Column files of which only the tokens and the text are wanted: whatever stands in the label columns does not
matter.
"""

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import data_formats
from cascade.commands import infer as infer_command
from cascade.document import Document, Entity
from cascade.errors import FormatError
from cascade.pipeline.counts import Counts
from data_formats.report import EMPTY_TOKENS

UD = """\
# sent_id = a
# text = The cat can't, sat.
1\tThe\tthe\tDET\tDT\t_\t2\tdet\t_\t_
2\tcat\tcat\tNOUN\tNN\t_\t0\troot\t_\t_
3-4\tcan't\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No
3\tca\tcan\tAUX\tMD\t_\t2\taux\t_\t_
4\tn't\tnot\tPART\tRB\t_\t2\tadvmod\t_\t_
4.1\tx\tx\tX\tX\t_\t_\t_\t_\t_
5\t,\t,\tPUNCT\t,\t_\t2\tpunct\t_\t_
6\tsat\tsit\tVERB\tVBD\t_\t2\tdep\t_\tSpaceAfter=No
7\t.\t.\tPUNCT\t.\t_\t2\tpunct\t_\t_

"""
IN_ROME = [Document("line-1", "In Rome", tokens=((0, 2), (3, 7)))]


def read(folder: Path, content: str, format_: str = "conll", **options: Any) -> list[Document]:
    path = folder / "news.conll"
    path.write_text(content, encoding="utf-8")
    return list(data_formats.read(path, format_, label_column="none", **options))


@pytest.mark.parametrize(
    ("format_", "content"),
    [
        ("conll", "In\tO\nRome\tI-LOC\n"),
        ("conll", "In\tO\nRome\tE-LOC\n"),
        ("conll", "In\tB-X\nRome\tL-LOC\n\n"),
        ("conll", "In O O\nRome B-LOC B-ORG\n"),
        ("conll", "In IN\nRome LOC\n"),
        ("conll", "In\nRome\n"),
        ("conll", "In\t\nRome\tB-LOC\n"),
        ("conll", "In\nRome\tB-LOC\tx\n"),
        ("conll", "In O\nRome\n"),
        ("indexed", "0\tIn\n1\tRome\n"),
        ("indexed", "0\tIn\tO\n1\tRome\tI-LOC\n"),
        ("conllu", "1\tIn\n2\tRome\n"),
        ("conllu", "1\tIn\tin\n2\tRome\tRome\n"),
    ],
)
def test_tokens_and_text_are_read_whatever_the_labels(tmp_path: Path, format_: str, content: str) -> None:
    assert read(tmp_path, content, format_) == IN_ROME


def test_treebanks_without_labels(tmp_path: Path) -> None:
    offsets = ((0, 3), (4, 7), (8, 13), (13, 14), (15, 18), (18, 19))
    assert read(tmp_path, UD, "conllu") == [Document("a", "The cat can't, sat.", tokens=offsets)]


def test_labels_that_are_there_are_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, "In\tO\nRome\tB-LOC\n") == IN_ROME


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("# a comment\n#\tO\nrome\tB-LOC\n#\tx\n", "# rome"),  # the other lines hold labels: the last is a comment
        ("#\tSYM\nrome\tNN\n# a comment\n", "# rome"),
        ("#\n#rome\n# a comment\n", "# #rome"),
        ("In IN\n#Paris NN\nis VB\n# 12\n", "In #Paris is"),
        ("#12 news\nIn IN\nRome NNP\n", "In Rome"),
        ("#Paris\tNN\n#Rome\tNN\n", "#Paris #Rome"),
    ],
)
def test_tokens_may_begin_with_a_number_sign(tmp_path: Path, content: str, text: str) -> None:
    assert [document.text for document in read(tmp_path, content)] == [text]


def test_lines_that_begin_with_a_number_sign_have_no_index(tmp_path: Path) -> None:
    assert [document.text for document in read(tmp_path, "#1 note\n1 Rome\n2 is\n", "indexed")] == ["Rome is"]


def test_empty_tokens_are_counted_whatever_their_label(tmp_path: Path) -> None:
    report = data_formats.Report()
    assert [document.text for document in read(tmp_path, "a\tO\n\tB-X\nb\tO\n", report=report)] == ["a b"]
    assert report.losses == {EMPTY_TOKENS: 1}


@pytest.mark.parametrize(
    ("format_", "content", "message"),
    [
        (
            "conll",
            "In O\nNew York B-LOC\n",
            ":2: 'New York B-LOC' has 3 columns; expected 2 as in the first line with a token and a label",
        ),
        (
            "conll",
            "In IN O\nNew York\n",
            ":2: 'New York' has 2 columns; expected 3 as in the first line with a token and a label",
        ),
        ("conll", "In\nNew York\n", ":2: 'New York' has 2 columns; expected 1: a token"),
        ("indexed", "0\tIn\n1\n", ":2: '1' has 1 column; expected 2: an index and a token"),
    ],
)
def test_rows_of_another_width_are_refused(tmp_path: Path, format_: str, content: str, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, content, format_)
    assert str(caught.value) == f"{tmp_path}/news.conll{message}"


class SilentCascade:
    """Stands in for the cascade: gives back what it was given, and keeps it."""

    def __init__(self) -> None:
        self.given: list[Document] = []
        self.shown: list[Document] = []
        self.counts = Counts()
        self.checked: list[Callable[[str], None]] = []

    def load(self, *_: object, **__: object) -> "SilentCascade":
        return self

    def shows(self, cascade: "SilentCascade", documents: Iterable[Document]) -> "SilentCascade":
        self.shown = list(documents)
        return cascade

    def stream(self, documents: Iterable[Document], *_: object, **__: object) -> Iterator[Document]:
        for document in documents:
            self.given.append(document)
            yield document


@pytest.fixture
def cascade(monkeypatch: pytest.MonkeyPatch) -> SilentCascade:
    silent, module = SilentCascade(), ModuleType("cascade.pipeline.facade")
    module.__dict__["Cascade"] = silent
    monkeypatch.setitem(sys.modules, "cascade.pipeline.facade", module)
    wrapper = ModuleType("cascade.demonstrations.wrapper")
    wrapper.__dict__["with_demonstrations"] = silent.shows
    monkeypatch.setitem(sys.modules, "cascade.demonstrations.wrapper", wrapper)
    monkeypatch.setattr(infer_command, "self_check", lambda cascade, report: silent.checked.append(report))
    return silent


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.conll", "Ada\tI-PER\nslept\tO\nBob\tB-PER\n", "Ada slept Bob"),
        ("a.conll", "Ada B-PER B-LOC\nslept O O\n", "Ada slept"),
        ("a.conll", "Ada PER\nslept _\n", "Ada slept"),
        ("a.conllu", UD, "The cat can't, sat."),
        (
            "a.conllu",
            "".join(line for line in UD.splitlines(keepends=True) if not line.startswith("#")),
            "The cat can't , sat .",
        ),
        ("a.txt", "Ada drove down the I-95\n", "Ada drove down the I-95"),
        ("a.jsonl", '{"text": "Ada"}\n', "Ada"),
        ("a.jsonl", '{"text": "Ada", "entities": [{"start": 2, "end": 9, "type": ""}, 7]}\n', "Ada"),
        ("a.jsonl", '{"text": "Ada", "entities": "none"}\n', "Ada"),
        ("a.json", '{"a": {"sentence": "Ada", "entity": ["Ada", "Bob"], "category": ["person"]}}\n', "Ada"),
        ("a.json", '{"a": {"sentence": "Ada", "entity": 1}}\n', "Ada"),
    ],
)
def test_infer_needs_no_labels(tmp_path: Path, cascade: SilentCascade, name: str, content: str, text: str) -> None:
    (tmp_path / name).write_text(content)
    assert infer_command.main([str(tmp_path / name), "-o", str(tmp_path / "out.jsonl")]) == 0
    assert [(document.text, document.entities) for document in cascade.given] == [(text, ())]


def test_infer_compares_its_scores_and_says_on_standard_error_where_they_differ(
    tmp_path: Path, cascade: SilentCascade, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.txt").write_text("Ada slept\n")
    assert infer_command.main([str(tmp_path / "in.txt"), "-o", str(tmp_path / "out.jsonl")]) == 0
    [report] = cascade.checked
    report("they differ")
    assert capsys.readouterr().err == "they differ\n"


def test_infer_says_that_an_output_cannot_be_written_before_anything_is_loaded(
    tmp_path: Path, cascade: SilentCascade, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.txt").write_text("Ada slept\n")
    monkeypatch.setattr(cascade, "load", lambda *_, **__: pytest.fail("was loaded"))
    assert infer_command.main([str(tmp_path / "in.txt"), "-o", str(tmp_path / "nowhere" / "out.jsonl")]) == 2
    assert (
        capsys.readouterr().err
        == f"error: {tmp_path}/nowhere/out.jsonl: cannot be written: No such file or directory\n"
    )


def test_infer_says_how_many_documents_name_a_language_that_is_not_known(
    tmp_path: Path, cascade: SilentCascade, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.txt").write_text("Ada slept\n")
    cascade.counts.unknown_languages.update({"xx": 1200, "als": 1})
    assert infer_command.main([str(tmp_path / "in.txt"), "-o", str(tmp_path / "out.jsonl")]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "note: 1 documents name the language 'als', which is none that is known; "
        "they were read as documents that name none",
        "note: 1,200 documents name the language 'xx', which is none that is known; "
        "they were read as documents that name none",
    ]


@pytest.mark.parametrize("option", ["--adapters", "--taxonomy"])
def test_a_folder_or_file_without_a_name_is_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        infer_command.main(["in.txt", f"{option}="])
    assert exit_.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"infer.py: error: argument {option}: found ''; expected the name of a file or folder"
    )


def test_infer_reads_text_from_standard_input(
    tmp_path: Path, cascade: SilentCascade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Ada Lovelace drove down the I-95\n")))
    assert infer_command.main(["-", "-o", str(tmp_path / "out.jsonl")]) == 0
    assert cascade.given == [Document("line-1", "Ada Lovelace drove down the I-95")]


def test_the_labels_of_demonstrations_are_needed(
    tmp_path: Path, cascade: SilentCascade, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.txt").write_text("Ada slept\n")
    (tmp_path / "shown.conll").write_text("Ada\tB-PER\nslept\tO\n")
    common = [str(tmp_path / "in.txt"), "-o", str(tmp_path / "out.jsonl"), "--demonstrations"]
    assert infer_command.main([*common, str(tmp_path / "shown.conll")]) == 0
    assert [document.entities for document in cascade.shown] == [(Entity(0, 3, "PER"),)]
    (tmp_path / "shown.conll").write_text("slept\tO\n\nAda\tI-PER\nof\tO\nRome\tB-LOC\n")
    assert infer_command.main([*common, str(tmp_path / "shown.conll")]) == 2
    assert capsys.readouterr().err == (
        f"error: {tmp_path}/shown.conll:3: label 'I-PER' begins a sentence; an I- label needs B- or I- of the same "
        "type before it. "
        "Fix the file or read it with --repair begin, an option of evaluate.py and python -m data_formats.\n"
    )
