"""What `infer.py` reads, asks for and says, with a silent cascade in the place of the real one."""

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from texts_of_columns import UD

import data_formats
from cascade.commands import infer as infer_command
from cascade.document import Document, Entity
from cascade.pipeline.counts import Counts


class SilentCascade:
    """Stands in for the cascade: gives back what it was given, and keeps it."""

    def __init__(self) -> None:
        self.given: list[Document] = []
        self.shown: list[Document] = []
        self.counts, self.min_score = Counts(), 0.3
        self.asked: dict[str, object] = {}
        self.streams = 0
        self.checked: list[Callable[[str], None]] = []

    def load(self, *_: object, **__: object) -> "SilentCascade":
        return self

    def shows(self, cascade: "SilentCascade", documents: Iterable[Document]) -> "SilentCascade":
        self.shown = list(documents)
        return cascade

    def stream(self, documents: Iterable[Document], *_: object, **asked: object) -> Iterator[Document]:
        self.asked = asked
        self.streams += 1
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
            "The cat can't, sat.",
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
        == f"error: {tmp_path}/nowhere/out.jsonl: cannot be written: No such file or directory; make its folder first\n"
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


def trained_with(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """The adapters that are chosen were trained with demonstrations of this kind."""
    chosen = SimpleNamespace(demonstrations={"pair/extractor": kind})
    monkeypatch.setattr(infer_command, "named_retriever", lambda *_: chosen)


def test_the_labels_of_demonstrations_are_needed(
    tmp_path: Path, cascade: SilentCascade, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trained_with(monkeypatch, "both")
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


def test_adapters_trained_without_demonstrations_are_refused_before_anything_is_loaded(
    tmp_path: Path, cascade: SilentCascade, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trained_with(monkeypatch, "none")
    monkeypatch.setattr(cascade, "load", lambda *_, **__: pytest.fail("was loaded"))
    (tmp_path / "in.txt").write_text("Ada slept\n")
    (tmp_path / "shown.conll").write_text("Ada\tB-PER\nslept\tO\n")
    assert infer_command.main([str(tmp_path / "in.txt"), "--demonstrations", str(tmp_path / "shown.conll")]) == 2
    assert capsys.readouterr().err == (
        "error: demonstrations need adapters that were all trained with the same kind of them; these were with "
        "pair/extractor: none\n"
    )


@pytest.mark.parametrize(("options", "expected"), [([], None), (["--top-k", "3"], 3)])
def test_alternatives_are_asked_for(
    tmp_path: Path, cascade: SilentCascade, options: list[str], expected: int | None
) -> None:
    (tmp_path / "in.txt").write_text("Ada slept\n")
    assert infer_command.main([str(tmp_path / "in.txt"), "-o", str(tmp_path / "out.jsonl"), *options]) == 0
    assert cascade.asked["top_k"] == expected


@pytest.mark.parametrize("given", ["0", "-1", "x", "1.5"])
def test_a_number_of_alternatives_that_is_none_is_refused(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        infer_command.main(["in.txt", f"--top-k={given}"])
    assert exit_.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"infer.py: error: argument --top-k: found {given!r}; expected a whole number, 1 or more"
    )


def test_tables_are_read_and_their_other_columns_stand_beside_the_result(
    tmp_path: Path, cascade: SilentCascade, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text("n,body,price\n7,Ada,3\n8,,4\n")
    given = [str(tmp_path / "a.csv"), "--text-column", "body", "--id-column", "n"]
    assert infer_command.main([*given, "-o", str(tmp_path / "out.jsonl.gz")]) == 0
    assert list(data_formats.read(tmp_path / "out.jsonl.gz")) == [
        Document("7", "Ada", fields={"price": "3"}),
        Document("8", "", fields={"price": "4"}),
    ]
    assert capsys.readouterr().err == (
        f"note: reading: rows without text (read as documents without entities): 1 (first: {tmp_path}/a.csv:3)\n"
    )


def test_the_ending_of_the_output_chooses_a_table_of_entities(
    tmp_path: Path, cascade: SilentCascade, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text("text,price\nAda,3\n")
    assert infer_command.main([str(tmp_path / "a.csv"), "-o", str(tmp_path / "out.csv")]) == 0
    assert (tmp_path / "out.csv").read_text() == (
        '"document","text","start","end","type","span","score"\n"line-2","Ada","","","","",""\n'
    )
    assert capsys.readouterr().err == "note: writing: documents with further columns (fields): 1 (first: line-2)\n"


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("out.tsv", [], ".tsv"),
        ("out.conl.gz", [], ".conl"),
        ("out.conl", ["--quiet"], None),
        ("out.tsv", ["--to", "jsonl"], None),
        ("out.json", [], None),
        ("out", [], None),
    ],
)
def test_an_ending_of_no_format_is_told(
    tmp_path: Path,
    cascade: SilentCascade,
    capsys: pytest.CaptureFixture[str],
    name: str,
    given: list[str],
    told: str | None,
) -> None:
    (tmp_path / "a.txt").write_text("Ada\n")
    assert infer_command.main([str(tmp_path / "a.txt"), "-o", str(tmp_path / name), *given]) == 0
    assert [document.text for document in data_formats.read(tmp_path / name, "jsonl")] == ["Ada"]
    note = f"note: {tmp_path / name}: {told} chooses no format, so JSON lines are written; --to names one\n"
    assert capsys.readouterr().err == ("" if told is None else note)


@pytest.mark.parametrize("paragraphs", [[], ["--paragraphs"]])
def test_paragraphs_end_with_their_file(tmp_path: Path, cascade: SilentCascade, paragraphs: list[str]) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"one of {name}\n")
    assert infer_command.main([str(tmp_path / "*.txt"), *paragraphs, "-o", str(tmp_path / "out.jsonl")]) == 0
    assert [document.id for document in cascade.given] == ["line-1", "b.txt:line-1"]
    assert cascade.streams == 1 + len(paragraphs)


def test_questions_about_a_type_alone_are_asked_for_and_told(
    cascade: SilentCascade, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = tmp_path / "a.txt"
    texts.write_text("Ada left.\n")
    cascade.counts.unverified, cascade.counts.unfitted = 3, 1
    out = ["-o", str(tmp_path / "out.jsonl")]
    assert infer_command.main([str(texts), *out, "--multi-label"]) == 0
    assert (cascade.asked["multi_label"], cascade.asked["verify_below"]) == (True, None)
    assert cascade.asked["depth"] == 1
    assert infer_command.main([str(texts), *out, "--verify-below", "0.6"]) == 0
    assert (cascade.asked["multi_label"], cascade.asked["verify_below"]) == (False, 0.6)
    told = capsys.readouterr().err.splitlines()
    assert (
        "note: 3 entities were left out because their type, asked for alone, is less likely than none (--verify-below)"
        in told
    )
    assert (
        "note: 1 documents were read by a classifier whose scores of types asked for alone are not calibrated (python "
        "-m train.calibrate_alone does so, on labelled documents)" in told
    )
