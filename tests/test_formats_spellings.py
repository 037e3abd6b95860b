"""Column files that spell labels in other ways, or have more than tokens and labels."""

import json
from pathlib import Path
from typing import Any

import pytest

import data_formats
from cascade.commands.evaluate import main as evaluate
from cascade.errors import FormatError
from data_formats.registry import opened
from data_formats.report import (
    HEADER_ROWS,
    LIKE_OUTSIDE,
    MARKS_FOR_OUTSIDE,
    ONE_SENTENCE,
    TOKEN_PREFIXES,
    UNSEPARATED_SENTENCES,
)

MERKEL = [("Angela", "PER"), ("Merkel", "PER"), ("besuchte", ""), ("New", "LOC"), ("York", "LOC"), ("gestern", "")]
MERKEL += [(word, "") for word in "und sprach dort mit vielen Leuten .".split()]
FOUND = [("Angela Merkel", "PER"), ("New York", "LOC")]


def rows(label: Any, *, extra: str = "", before: str = "") -> str:
    """The sentence, with the label that `label(type, begins)` gives."""
    lines, previous = [], ""
    for number, (word, type_) in enumerate(MERKEL):
        cell = label(type_, type_ != previous) if type_ else label("", False)
        lines.append(f"{before}{word}\t{cell}{extra.format(number)}\n")
        previous = type_
    return "".join(lines)


def bio(type_: str, begins: bool) -> str:
    return f"{'B' if begins else 'I'}-{type_}" if type_ else "O"


def found(folder: Path, content: str, *, name: str = "a.txt", **options: Any) -> tuple[list[tuple[str, str]], Any]:
    (folder / name).write_bytes(content.encode())
    report = data_formats.Report()
    documents = list(data_formats.read(folder / name, report=report, **options))
    return [(d.text_of(entity), entity.type) for d in documents for entity in d.entities], dict(report.losses)


@pytest.mark.parametrize("name", ["a.txt", "a.conll", "a"])
@pytest.mark.parametrize(
    ("content", "losses"),
    [
        (rows(lambda type_, _: type_ or "O"), {}),
        (rows(lambda type_, begins: bio(type_, begins).lower().replace("per", "PER").replace("loc", "LOC")), {}),
        (rows(lambda type_, begins: "-".join(reversed(bio(type_, begins).split("-")))), {}),
        (rows(lambda type_, begins: bio(type_, begins) if type_ else "-"), {MARKS_FOR_OUTSIDE: 9}),
        (rows(lambda type_, begins: bio(type_, begins) if type_ else "0"), {MARKS_FOR_OUTSIDE: 9}),
        (rows(bio, extra="\t0.{}"), {}),
        (rows(bio, extra="\te{}"), {}),
        ("Token\tLabel\n" + rows(bio), {HEADER_ROWS: 1}),
        ("word\tner_tag\tscore\n" + rows(bio, extra="\t0.{}"), {HEADER_ROWS: 1}),
        (rows(bio, before="de:"), {TOKEN_PREFIXES: 13}),
    ],
    ids="types small suffix dash zero number id header header+number language".split(),
)
def test_spellings_are_told_apart(tmp_path: Path, name: str, content: str, losses: dict[str, int]) -> None:
    assert found(tmp_path, content, name=name) == (FOUND, losses)


def test_types_in_small_letters_stay_as_they_are(tmp_path: Path) -> None:
    assert found(tmp_path, "rome b-loc\nis o\nbig o\n. o\n")[0] == [("rome", "loc")]


def test_language_codes_before_tokens_name_the_language(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("zh:中\tB-LOC\nzh:国\tI-LOC\nzh:大\tO\n", encoding="utf-8")
    [document] = data_formats.read(tmp_path / "a.txt")
    assert (document.text, document.language, document.tokens) == ("中国大", "zh", ((0, 1), (1, 2), (2, 3)))


def test_tokens_that_all_have_another_prefix_keep_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("en:a\tB-LOC\nde:b\tO\n")
    assert [document.text for document in data_formats.read(tmp_path / "a.txt")] == ["en:a de:b"]


@pytest.mark.parametrize(
    ("content", "entities"),
    [
        (
            "aspirin B-Chemical;B-Gene\nacid I-Chemical\nis O\n. O\n",
            [("aspirin", "Gene"), ("aspirin acid", "Chemical")],
        ),
        (
            "x O\naspirin B-Chemical|B-Gene\nacid I-Chemical|I-Gene\n. O\n",
            [("aspirin acid", "Chemical"), ("aspirin acid", "Gene")],
        ),
    ],
)
def test_cells_with_two_labels_are_two_entities(tmp_path: Path, content: str, entities: list[tuple[str, str]]) -> None:
    assert found(tmp_path, content, name="a.conll")[0] == entities


def test_a_cell_with_one_type_twice_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        found(tmp_path, "a O\nb B-X;I-X\n", name="a.conll")
    assert str(caught.value) == (
        f"{tmp_path}/a.conll:2: the labels 'B-X', 'I-X' of one token have one type twice; expected one label of each "
        "type"
    )


@pytest.mark.parametrize("cells", ["B_PER I_PER O O O O", "B I O O O O", "PER/B PER/I O O O O", "O NER=O O O O"])
@pytest.mark.parametrize(
    ("scheme", "expected"), [("auto", "bio; expected O or B-, I-"), ("io", "io; expected O or I-")]
)
def test_labels_of_unknown_spelling_are_never_types(tmp_path: Path, cells: str, scheme: str, expected: str) -> None:
    content = "".join(f"w{number}\t{cell}\n" for number, cell in enumerate(cells.split()))
    wrong = next(number for number, cell in enumerate(cells.split(), start=1) if cell != "O")
    with pytest.raises(FormatError) as caught:
        found(tmp_path, content, name="a.conll", scheme=scheme)
    assert str(caught.value) == (
        f"{tmp_path}/a.conll:{wrong}: label {cells.split()[wrong - 1]!r} is not of the scheme {expected} before a "
        "type. Fix the file, or say where its labels are with --label-column (none: nowhere), an option of evaluate.py "
        "and python -m data_formats."
    )


def test_the_scheme_io_is_named_where_types_stand_alone(tmp_path: Path) -> None:
    content = "a\tPER\nb\t0\nc\t0\nd\t0\n"
    with pytest.raises(FormatError) as caught:
        found(tmp_path, content, name="a.conll")
    assert str(caught.value) == (
        f"{tmp_path}/a.conll:1: label 'PER' is not of the scheme bio; expected O or B-, I- before a type. Fix the "
        "file, say where its labels are with --label-column (none: nowhere), or read types alone with --scheme io: "
        "options of evaluate.py and python -m data_formats."
    )


@pytest.mark.parametrize("scheme", ["auto", "io"])
def test_words_are_no_types(tmp_path: Path, scheme: str) -> None:
    content = "".join(f"Words{number}\tword{number % 40}\n" for number in range(50))
    with pytest.raises(FormatError) as caught:
        found(tmp_path, content, name="a.conll", scheme=scheme)
    assert str(caught.value).endswith(" The 40 different values of the column are words rather than types.")
    assert "--scheme" not in str(caught.value)


def test_what_looks_like_a_mark_for_no_entity_is_told(tmp_path: Path) -> None:
    content = "Ada\tPER\nmet\tOTHER\nBob\tPER\n.\tOTHER\n"
    with pytest.raises(FormatError, match="--scheme io: .* 'OTHER' looks like the mark for no entity, which is O here"):
        found(tmp_path, content, name="a.conll")
    entities = [("Ada", "PER"), ("met", "OTHER"), ("Bob", "PER"), (".", "OTHER")]
    losses = {LIKE_OUTSIDE.format(label="OTHER"): 1}
    assert found(tmp_path, content, name="a.conll", scheme="io") == (entities, losses)
    with pytest.raises(FormatError, match=r":2: label 'NONE' .* 'NONE' looks like the mark for no entity"):
        found(tmp_path, "Ada\tB-PER\nmet\tNONE\n", name="a.conll")


def test_the_scheme_io_reads_types_beside_any_mark(tmp_path: Path) -> None:
    content = "a\tPER\nb\t0\nc\te-mail\nd\te-mail\n"
    assert found(tmp_path, content, name="a.conll", scheme="io") == (
        [("a", "PER"), ("c d", "e-mail")],
        {MARKS_FOR_OUTSIDE: 1},
    )


def test_types_with_hyphens_are_types(tmp_path: Path) -> None:
    content = "a\te-mail\nb\tO\nc\tperson-actor\nd\tO\ne\tvitamin-B\n" + "f\tO\n" * 5
    assert found(tmp_path, content)[0] == [("a", "e-mail"), ("c", "person-actor"), ("e", "vitamin-B")]


def test_hash_signs_are_tokens_where_types_stand_alone(tmp_path: Path) -> None:
    content = "# a note\n#Rome\tLOC\nis\tO\n#\tO\nRome\tLOC\n" + "f\tO\n" * 8
    assert found(tmp_path, content)[0] == [("#Rome", "LOC"), ("Rome", "LOC")]


def test_several_columns_of_labels_before_a_number_are_left_to_the_user(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        found(tmp_path, "EU\tB-NP\tB-ORG\t0.9\nsaid\tB-VP\tO\t0.8\n", name="a.conll")
    assert str(caught.value) == (
        f"{tmp_path}/a.conll: columns 2, 3 all hold labels; choose with --label-column 2, 3 or all, an option of "
        "evaluate.py and python -m data_formats"
    )


def test_a_faulty_last_column_is_not_replaced_by_another(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        found(tmp_path, "EU\tB-NP\tB-ORG\nsaid\tB-VP\tX\nso\tB-VP\tO\n", name="a.conll")
    assert str(caught.value).startswith(f"{tmp_path}/a.conll:2: label 'X' is not of the scheme bio;")


def test_a_file_without_empty_lines_is_told(tmp_path: Path) -> None:
    entities, losses = found(tmp_path, rows(bio) * 20)
    assert (len(entities), losses) == (40, {ONE_SENTENCE: 1})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "1\tRome\tB-LOC\n2\tis\tO\n1\tRome\tB-LOC\n1\tBonn\tB-LOC\n"),
        ("a.conllu", "# text = Rome is\n1\tRome\tB-LOC\n2\tis\tO\n# text = Rome\n1\tRome\tB-LOC\n1\tBonn\tB-LOC\n"),
    ],
)
def test_indices_and_comments_tell_sentences(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    report = data_formats.Report()
    documents = list(data_formats.read(tmp_path / name, report=report))
    assert [document.text for document in documents] == ["Rome is", "Rome", "Bonn"]
    assert report.losses == {UNSEPARATED_SENTENCES: 2}


def test_contractions_at_the_start_of_a_sentence_do_not_end_it(tmp_path: Path) -> None:
    (tmp_path / "a.conllu").write_text("# text = im Tal\n1-2\tim\t_\n1\tin\tO\n2\tdem\tO\n3\tTal\tB-LOC\n")
    assert [document.text for document in data_formats.read(tmp_path / "a.conllu")] == ["im Tal"]


NORWEGIAN = "1\tI\t-\tO\t-\n2\tOslo\tB-LOC\tB-GPE_LOC\tanna\n3\t.\t-\tO\t-\n"


def test_uner_columns_are_read_by_their_third_column(tmp_path: Path) -> None:
    content = f"# sent_id = 1\n# text = I Oslo .\n{NORWEGIAN}"
    assert found(tmp_path, content, name="no.iob2") == ([("Oslo", "LOC")], {MARKS_FOR_OUTSIDE: 2})


def test_uner_columns_without_comments_are_left_to_the_user(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        found(tmp_path, NORWEGIAN, name="no.iob2")
    assert "columns 3, 4 all hold labels; choose with --label-column 3, 4 or all" in str(caught.value)
    assert found(tmp_path, NORWEGIAN, name="no.iob2", label_column=3)[0] == [("Oslo", "LOC")]


@pytest.mark.parametrize("content", ["Vitamin\tC\nEisen\tO\nZink\tO\nSalz\tO\n", "x PER\ny O\nz O\nw O\nv LOC\n"])
def test_few_rows_of_types_alone_are_asked_for(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.txt").write_text(content)
    with pytest.raises(FormatError) as caught:
        opened(tmp_path / "a.txt")
    assert "the first lines could be plain text or columns with labels" in str(caught.value)


@pytest.mark.parametrize(("content", "format_"), [("Ada PERS\nmet x\n", "conll"), ("1 Ada PERS\n2 met x\n", "indexed")])
def test_a_column_of_labels_that_is_asked_for_says_that_there_are_columns(
    tmp_path: Path, content: str, format_: str
) -> None:
    (tmp_path / "a.txt").write_text(content)
    assert opened(tmp_path / "a.txt").format.name == "text"
    assert opened(tmp_path / "a.txt", columns=True).format.name == format_
    with pytest.raises(FormatError) as caught:
        list(data_formats.read(tmp_path / "a.txt", label_column=-1))
    assert str(caught.value).startswith(f"{tmp_path}/a.txt:1: label 'PERS' is not of the scheme bio;")


def test_gold_and_predicted_labels_of_one_file_are_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "conlleval.txt"
    path.write_text("EU NNP B-ORG B-ORG\nand CC O O\nRome NNP B-LOC B-PER\n. . O O\n")
    columns = ["--label-column", "3", "--predicted-label-column", "4"]
    assert evaluate([str(path), str(path), *columns, "--resamples", "0", "--json", str(tmp_path / "r")]) == 0
    assert json.loads((tmp_path / "r").read_text())["f1"] == 0.5
    assert capsys.readouterr().err == ""


def test_a_predicted_column_needs_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.conll").write_text("EU B-ORG\n")
    (tmp_path / "b.jsonl").write_text('{"text": "EU", "entities": []}\n')
    assert evaluate([f"{tmp_path}/a.conll", f"{tmp_path}/b.jsonl", "--predicted-label-column", "2"]) == 2
    assert capsys.readouterr().err == (
        f"error: --predicted-label-column: for files of columns, and {tmp_path}/b.jsonl is jsonl; leave it out\n"
    )
