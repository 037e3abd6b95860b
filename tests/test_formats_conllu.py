"""CoNLL-U and UNER files: natural text above the tokens."""

from pathlib import Path
from typing import Any

import pytest

import data_formats
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.report import CONTRACTION_LABELS, LANGUAGES, LINE_BREAKS, WIDENED_ENTITIES

UNER = """\
# newdoc id = answers-1
# sent_id = answers-1-1
# text = Tampa Bay, I can't!
1\tTampa\tB-LOC\t-\tstephen
2\tBay\tI-LOC\t-\tstephen
3\t,\tO\t-\t-
4\tI\tO\t-\t-
5\tca\tO\t-\t-
6\tn't\tO\t-\t-
7\t!\tO\t-\t-

"""


def read(folder: Path, content: str, **options: Any) -> list[Document]:
    path = folder / "en.iob2"
    path.write_bytes(content.encode())
    return list(data_formats.read(path, "conllu", **options))


def test_tokens_are_aligned_to_the_text(tmp_path: Path) -> None:
    tokens = ((0, 5), (6, 9), (9, 10), (11, 12), (13, 15), (15, 18), (18, 19))
    assert read(tmp_path, UNER) == [
        Document("answers-1-1", "Tampa Bay, I can't!", None, (Entity(0, 9, "LOC"),), tokens)
    ]


def test_tokens_that_are_blanks_are_aligned_too(tmp_path: Path) -> None:
    content = "# text = a b\n1\ta\tO\n2\t \tO\n3\tb\tO\n"
    assert read(tmp_path, content) == [Document("line-1", "a b", tokens=((0, 1), (1, 2), (2, 3)))]


def test_sentences_without_text_are_joined(tmp_path: Path) -> None:
    assert read(tmp_path, "1\ta\tO\n2\tb\tB-X\n") == [
        Document("line-1", "a b", None, (Entity(2, 3, "X"),), ((0, 1), (2, 3)))
    ]


def test_words_of_a_contraction_have_its_offsets(tmp_path: Path) -> None:
    report = data_formats.Report()
    content = "# text = PT no Governo\n1\tPT\tO\n2-3\tno\t_\n2\tem\tO\n3\to\tB-ORG\n4\tGoverno\tI-ORG\n4.1\tx\t_\n"
    assert read(tmp_path, content, report=report) == [
        Document("line-1", "PT no Governo", None, (Entity(3, 13, "ORG"),), ((0, 2), (3, 5), (6, 13)))
    ]
    assert report.losses == {WIDENED_ENTITIES: 1}
    report = data_formats.Report()
    content = "1-2\tal\tB-LOC\n1\ta\tO\n2\tel\tO\n3-4\tdo\tB-LOC\n3\tde\tB-LOC\n4\to\tI-LOC\n"
    [document] = read(tmp_path, content, report=report)
    assert [document.text_of(entity) for entity in document.entities] == ["do"]
    assert report.losses == {CONTRACTION_LABELS: 1}


def test_ids_that_differ_in_blanks_alone_are_not_written_as_one(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="the document id 'a b' was used before, at document 1; expected each id"):
        data_formats.write([Document("a b", "x"), Document("a  b", "y")], tmp_path / "a.conllu")


def test_tokens_that_are_not_in_the_text(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, UNER.replace("4\tI\t", "4\tWe\t"))
    assert (
        str(caught.value)
        == f"{tmp_path}/en.iob2:7: token 'We' is not in the text at 11, where \"I can't!\" stands; expected the "
        "tokens of '# text'"
    )


def test_sentence_ids_that_come_twice(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, UNER + UNER)
    path = f"{tmp_path}/en.iob2"
    assert (
        str(caught.value)
        == f"{path}:12: the document id 'answers-1-1' was used before, at {path}:1; expected each id once"
    )


def test_ids_and_texts_are_written(tmp_path: Path) -> None:
    report = data_formats.write(read(tmp_path, UNER), tmp_path / "copy.conllu")
    expected = UNER.removeprefix("# newdoc id = answers-1\n").replace("stephen", "-")
    assert ((tmp_path / "copy.conllu").read_text(), report.losses, report.entities) == (expected, {}, 1)


def test_line_breaks_in_texts_are_written_as_blanks(tmp_path: Path) -> None:
    report = data_formats.write([Document("a", "x\ny\t", "en"), Document("b", "")], tmp_path / "d.conllu")
    assert (
        tmp_path / "d.conllu"
    ).read_text() == "# sent_id = a\n# text = x y \n1\tx\tO\t-\t-\n2\ty\tO\t-\t-\n\n# sent_id = b\n# text = \n\n"
    assert report.losses == {LANGUAGES: 1, LINE_BREAKS: 1}
