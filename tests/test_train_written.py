"""The written texts: their marks, what is refused, and the corpus that the command makes of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cascade.errors import CascadeError
from cascade.model.base_model import BaseModel
from data_formats import read
from train.corpora.annotation_checks import annotation_faults, check_types
from train.corpora.loading import load_corpora
from train.synthetic.rendering import Value
from train.written.__main__ import LISTS, NEAR_MISSES, TEXTS, main, write
from train.written.marked_texts import MarkedText, marked_texts


def put(folder: Path, *lines: str) -> Path:
    (folder / "texts.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder / "texts.txt"


def test_marks_become_offsets_in_the_text_without_them(tmp_path: Path) -> None:
    file = put(tmp_path, "de\tDie [[Säge|tool]] und der [[😀-Hammer|tool]].", "", "zh\t[[三天|duration]]后")
    assert list(marked_texts(file)) == [
        MarkedText("de", Value("Die Säge und der 😀-Hammer.", ((4, 8, "tool"), (17, 25, "tool")))),
        MarkedText("zh", Value("三天后", ((0, 2, "duration"),))),
    ]


def test_a_third_column_has_types_that_do_not_occur(tmp_path: Path) -> None:
    file = put(tmp_path, "en\tthe [[saw|tool]] of room 4711\tpostcode; phone number", "en\tno\ttool")
    assert [each.absent for each in marked_texts(file)] == [("postcode", "phone number"), ("tool",)]
    write(tmp_path / "out", texts=tmp_path)
    rows = [document.fields for document in read(tmp_path / "out" / "train.jsonl")]
    assert rows == [{"absent": ["postcode", "phone number"]}, {"absent": ["tool"]}]


def test_a_list_names_all_types_that_are_marked_below_it(tmp_path: Path) -> None:
    lines = ["en\tthe [[axe|tool]]", "#types tool; room ; postcode", "en\tthe [[saw|tool]] of room 4711"]
    file = put(tmp_path, *lines, "#types person", "en\tno tool", "#types", "en\tan [[axe|tool]]")
    assert [each.listed for each in marked_texts(file)] == [(), ("tool", "room", "postcode"), ("person",), ()]
    write(tmp_path / "out", texts=tmp_path)
    rows = [document.fields for document in read(tmp_path / "out" / "train.jsonl")]
    assert rows == [None, {"marked_types": ["tool", "room", "postcode"]}, {"marked_types": ["person"]}, None]


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (("#types tool", "en\tthe [[saw|machine]]"), "'machine' is not in the list of types above"),
        (("#types tool; room", "en\tthe [[saw|tool]]\troom"), "absent types below a list of types: 'room'"),
        (("#types tool; Tool",), "names 'tool' and 'Tool', which are one name; expected each type once"),
        (("#typestool; room",), "A line '#types', a blank and types parted by ; lists what is marked below"),
        (("#types tool;; room",), "type name '' is empty"),
    ],
)
def test_lists_that_do_not_fit_are_refused_by_their_line(tmp_path: Path, lines: tuple[str, ...], fault: str) -> None:
    file = put(tmp_path, *lines)
    with pytest.raises(CascadeError) as error:
        list(marked_texts(file))
    assert str(error.value).startswith(f"{file}:{len(lines)}: ")
    assert fault in str(error.value)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("no tab", "expected a language's code, a tab, and a text"),
        ("en\ta\tb\tc", "expected a language's code, a tab, and a text"),
        ("en\tthe [[saw|tool]]\thammer; tool", "'tool' is marked in the text and said to be absent"),
        ("en\tthe saw\thammer;", "type name '' is empty"),
        ("en\tthe [[saw|tool", "has a broken mark"),
        ("en\tthe [[big [[saw|tool]]|thing]]", "has a broken mark"),
        ("en\tthe [[saw |tool]]", "a blank at the edge of"),
        ("en\tthe [[saw|a, b]]", "holds ','"),
        ("elvish-tongue\tthe [[saw|tool]]", "elvish"),
        ("\tthe [[saw|tool]]", "expected a language's code, a tab, and a text"),
        ("en\tone | two", "has a broken mark, or a [[, ]] or | outside of marks"),
    ],
)
def test_other_forms_are_refused_by_their_line(tmp_path: Path, line: str, fault: str) -> None:
    file = put(tmp_path, "en\tfine", line)
    with pytest.raises(CascadeError) as error:
        list(marked_texts(file))
    assert str(error.value).startswith(f"{file}:2: ")
    assert fault in str(error.value)


def test_bytes_that_are_not_utf_8_are_refused_by_their_line(tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_bytes(b"en\tfine\nen\tcaf\xe9\n")
    with pytest.raises(CascadeError, match=r"texts\.txt:2: is not UTF-8: .*; save the file as UTF-8"):
        list(marked_texts(tmp_path / "texts.txt"))


def test_folders_without_texts_and_outputs_that_are_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CascadeError, match="holds no texts; expected files"):
        write(tmp_path / "out", texts=tmp_path)
    put(tmp_path, "en\tfine")
    with pytest.raises(CascadeError, match="--out .*texts.txt: cannot be written: File exists"):
        write(tmp_path / "texts.txt", texts=tmp_path)


def test_the_committed_texts_are_whole_and_none_stands_twice() -> None:
    texts = [each for file in sorted(TEXTS.glob("*.txt")) for each in marked_texts(file)]
    assert len({each.text.text for each in texts}) == len(texts) > 6000
    assert len({each.language for each in texts}) == 24
    assert len({name for each in texts for *_, name in each.text.spans}) > 12000
    near = [each for file in sorted(NEAR_MISSES.glob("*.txt")) for each in marked_texts(file)]
    assert len({each.text.text for each in (*texts, *near)}) == len(texts) + len(near) > 8500
    assert all(each.absent for each in near)
    assert sum(not each.text.spans for each in near) > 600
    listed = [each for file in sorted(LISTS.glob("*.txt")) for each in marked_texts(file)]
    assert len({each.text.text for each in (*texts, *near, *listed)}) == len(texts) + len(near) + len(listed) > 18000
    assert all(len(each.listed) > 3 for each in listed)
    assert len({each.listed for each in listed}) > 500
    assert len({each.language for each in listed}) == 32


def test_the_command_writes_another_folder_of_texts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--texts", str(NEAR_MISSES), "--out", str(tmp_path / "near")]) == 0
    assert "left out" in capsys.readouterr().out
    train = list(read(tmp_path / "near" / "train.jsonl"))
    assert all(each.fields and each.fields["absent"] for each in train)
    assert main(["--texts", str(tmp_path), "--out", str(tmp_path / "none")]) == 2
    assert "holds no texts" in capsys.readouterr().err


def test_the_lists_can_be_asked_for_and_few_spans_end_inside_a_word(gemma: BaseModel, tmp_path: Path) -> None:
    write(tmp_path / "lists", texts=LISTS)
    (tmp_path / "mixture.yaml").write_text("corpora: [{path: lists/train.jsonl, dev: lists/dev.jsonl}]")
    corpora = load_corpora(tmp_path / "mixture.yaml", data_root=None, seed=1)
    check_types(corpora, gemma.tokens)
    [inside_words] = annotation_faults(corpora)
    assert "inside a word" in inside_words
    assert int(re.findall(r": (\d+), the first", inside_words)[0]) < 150


def test_few_spans_of_the_corpus_end_inside_a_word_and_no_text_is_in_both_parts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--out", str(tmp_path / "written")]) == 0
    train, dev = (list(read(tmp_path / "written" / f"{part}.jsonl")) for part in ("train", "dev"))
    assert f"{len(train):,} and {len(dev):,} documents" in capsys.readouterr().out
    assert 20 * len(dev) < len(train) < 30 * len(dev)
    assert not {document.text for document in train} & {document.text for document in dev}
    (tmp_path / "mixture.yaml").write_text("corpora: [{path: written/train.jsonl, own_prompts: true}]")
    faults = annotation_faults(load_corpora(tmp_path / "mixture.yaml", data_root=None, seed=1))
    [inside_words] = faults  # inflected words, which are learnt as whole ones
    assert "inside a word" in inside_words
    assert int(re.findall(r": (\d+), the first", inside_words)[0]) < 150


def test_texts_that_share_a_value_with_others_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, "en\tAsk [[Ada Quill|person]].", "en\tAsk [[Bo Reed|person]].")
    other = tmp_path / "other.jsonl"
    other.write_text(
        '{"id": "1", "text": "Bo Reed left", "entities": [{"start": 0, "end": 7, "type": "person"}]}\n',
        encoding="utf-8",
    )
    write(tmp_path / "out", texts=tmp_path, apart_from_files=[other])
    assert [document.text for document in read(tmp_path / "out" / "train.jsonl")] == ["Ask Ada Quill."]
    assert capsys.readouterr().out.endswith("1 of 2 texts left out\n")
