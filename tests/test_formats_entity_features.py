"""CoNLL-U whose labels stand in MISC or in a column that CoNLL-U Plus names, and its SpaceAfter=No."""

from pathlib import Path
from typing import Any

import pytest
from column_files import read_back

from cascade.errors import FormatError
from data_formats.report import LABELS_OF_MISC

LEMMAS = [("Ada", "Ada"), ("lived", "live"), ("in", "in"), ("London", "London"), (".", ".")]
LABELS = ["B-per", "O", "O", "B-loc", "O"]
TEXT = "# sent_id = 1\n# text = Ada lived in London.\n"
ENTITIES = [("Ada lived in London.", [("Ada", "per"), ("London", "loc")])]


def treebank(features: list[str], *, lemmas: bool = True, text: str = TEXT, glued: int = 4) -> str:
    """The sentence with a feature of each token, and SpaceAfter=No at one."""
    lines = []
    for number, ((form, lemma), value) in enumerate(zip(LEMMAS, features, strict=True), start=1):
        flags = [each for each in (value, "SpaceAfter=No" if number == glued else "") if each]
        misc = "|".join(flags) or "_"
        lines.append(f"{number}\t{form}\t{lemma if lemmas else '_'}\tX\t_\t_\t{number - 1}\tdep\t_\t{misc}\n")
    return text + "".join(lines) + "\n"


def read(folder: Path, content: str, *, name: str = "a.conllu", **options: Any) -> tuple[list[Any], dict[str, int]]:
    return read_back(folder, content, name=name, **options)


@pytest.mark.parametrize("lemmas", [True, False])
@pytest.mark.parametrize("text", [TEXT, "# sent_id = 1\n"])
@pytest.mark.parametrize("key", ["NER", "ner", "name", "NE", "Entity"])
def test_labels_in_misc_are_read(tmp_path: Path, lemmas: bool, text: str, key: str) -> None:
    content = treebank([f"{key}={label}" for label in LABELS], lemmas=lemmas, text=text)
    assert read(tmp_path, content) == (ENTITIES, {LABELS_OF_MISC.format(key=key): 5})
    assert read(tmp_path, content, label_column="none") == ([(ENTITIES[0][0], [])], {})


def test_tokens_without_the_feature_have_no_label(tmp_path: Path) -> None:
    features = [f"NER={label}" if label != "O" else "" for label in LABELS]
    assert read(tmp_path, treebank(features))[0] == ENTITIES


def test_labels_of_other_schemes_in_misc(tmp_path: Path) -> None:
    features = ["start_char=0|ner=S-per", "ner=O", "ner=B-loc", "ner=E-loc", "ner=O"]
    assert read(tmp_path, treebank(features))[0] == [(ENTITIES[0][0], [("Ada", "per"), ("in London", "loc")])]


def test_a_contraction_may_have_the_label_of_its_words(tmp_path: Path) -> None:
    rows = "1-2\tdu\t_\t_\t_\t_\t_\t_\t_\tner=B-X\n1\tde\tde\t_\t_\t_\t_\t_\t_\t_\n2\tle\tle\t_\t_\t_\t_\t_\t_\t_\n"
    content = f"{rows}3\tRoi\troi\t_\t_\t_\t_\t_\t_\tner=I-X|SpaceAfter=No\n4\t.\t.\t_\t_\t_\t_\t_\t_\tner=O\n"
    assert read(tmp_path, content) == ([("du Roi.", [("du Roi", "X")])], {LABELS_OF_MISC.format(key="ner"): 4})


def test_a_feature_can_be_named(tmp_path: Path) -> None:
    features = [f"NER={label}|ner={label.replace('per', 'PERSON')}" for label in LABELS]
    with pytest.raises(
        FormatError, match="the features NER, ner of MISC all hold labels; choose with --label-column N"
    ):
        read(tmp_path, treebank(features))
    assert read(tmp_path, treebank(features), label_column="ner")[0][0][1][0] == ("Ada", "PERSON")
    own = [f"Mine={label}" for label in LABELS]
    assert read(tmp_path, treebank(own), label_column="Mine")[0] == ENTITIES


OPTIONS = (
    "Name the column or the feature that holds them with --label-column, or read the text alone with --label-column "
    "none: options of evaluate.py and python -m data_formats"
)


@pytest.mark.parametrize(
    ("features", "lemmas", "message"),
    [
        ([""] * 5, True, "column 3 holds 'Ada', and MISC has no feature such as NER=B-PER. "),
        ([""] * 5, False, "column 3 holds '_', and MISC has no feature such as NER=B-PER. "),
        (
            ["Entity=(1-person)", "", "", "Entity=(2-place)", ""],
            True,
            "column 3 holds 'Ada', and MISC has no feature such as NER=B-PER; Entity= holds '(1-person)'. ",
        ),
    ],
)
def test_treebanks_without_labels_are_refused(tmp_path: Path, features: list[str], lemmas: bool, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, treebank(features, lemmas=lemmas))
    assert str(caught.value) == f"{tmp_path}/a.conllu: no entity labels: {message}{OPTIONS}"


def test_articles_and_letters_among_lemmas_are_no_labels(tmp_path: Path) -> None:
    content = treebank([f"NER={label}" for label in LABELS]).replace("\tlive\t", "\to\t")
    assert read(tmp_path, content)[0] == ENTITIES


def test_the_third_column_is_read_if_it_holds_labels(tmp_path: Path) -> None:
    content = "1\tAda\tB-PER\t_\t_\t_\t_\t_\t_\tNER=O|SpaceAfter=No\n2\t.\tO\t_\t_\t_\t_\t_\t_\tNER=O\n"
    assert read(tmp_path, content) == ([("Ada.", [("Ada", "PER")])], {})
    assert read(tmp_path, content, join="space")[0] == [("Ada .", [("Ada", "PER")])]


PLUS = "# global.columns = ID FORM LEMMA UPOS XPOS FEATS HEAD DEPREL DEPS MISC PARSEME:NE\n"


@pytest.mark.parametrize("name", ["a.conllup", "a.conllu", "a.txt"])
@pytest.mark.parametrize("column", ["PARSEME:NE", "CONLL:NER", "X:ENT"])
def test_columns_that_the_first_line_names(tmp_path: Path, name: str, column: str) -> None:
    rows = treebank([""] * 5, text="# sent_id = 1\n").strip().split("\n")
    labelled = [rows[0], *(f"{row}\t{label}" for row, label in zip(rows[1:], LABELS, strict=True))]
    content = PLUS.replace("PARSEME:NE", column) + "\n".join(labelled) + "\n"
    assert read(tmp_path, content, name=name) == (ENTITIES, {})


def test_columns_of_conllu_plus_stand_in_any_order(tmp_path: Path) -> None:
    content = "# global.columns = FORM UPOS A:NER\n# newdoc id = 1\nÉva\tX\tB-PER\n# x\nél\tX\tO\n\nRóma\tX\tB-LOC\n"
    assert read(tmp_path, content, name="a.conllup") == (
        [("Éva él", [("Éva", "PER")]), ("Róma", [("Róma", "LOC")])],
        {},
    )
    assert read(tmp_path, content, name="a.conllup", label_column="a:ner")[0][1] == ("Róma", [("Róma", "LOC")])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("ID FORM UPOS", "no entity labels: none of the columns ID, FORM, UPOS is named as they are (NE, NER, :ENT)"),
        ("ID WORD X:NE", "the columns are 'ID WORD X:NE'; expected FORM, and ID first if at all"),
    ],
)
def test_columns_that_cannot_be_read(tmp_path: Path, columns: str, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, f"# global.columns = {columns}\n1\tAda\tB-PER\n", name="a.conllup")
    assert message in str(caught.value)
