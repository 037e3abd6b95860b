"""Columns of texts: of batches of `datasets`, of pandas and polars, with missing values among them."""

from __future__ import annotations

import pickle
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from name_finder import NameFinder
from project_tree import ROOT
from tiny_models import save_shelf

from cascade import Cascade
from cascade.errors import DocumentError, IntegrationError
from cascade.integrations import Annotator, annotate_column, annotate_frame, exploded_frame
from cascade.integrations.column_reading import is_missing, read_column
from cascade.integrations.optional_packages import optional_package
from cascade.model.base_model import BaseModel

pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")
datasets = pytest.importorskip("datasets")

NAMES = {"Ada": "person", "London": "location"}
ADA = {"start": 0, "end": 3, "text": "Ada", "type": "person", "score": 0.9}
LONDON = {"start": 7, "end": 13, "text": "London", "type": "location", "score": 0.9}
TEXT = "Ada of London"


@pytest.fixture
def ner() -> Any:
    return NameFinder(NAMES)


@pytest.fixture(scope="module")
def shelf(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_shelf(gemma, gemma_folder, tmp_path_factory.mktemp("adapters"), own=[])


@pytest.fixture(scope="module")
def loaded(gemma_folder: Path, shelf: Path) -> Cascade:
    return Cascade.load(str(gemma_folder), adapters=shelf, device="cpu", precision="fp32")


# values of a column


@pytest.mark.parametrize(
    ("value", "missing"),
    [
        (None, True),
        (float("nan"), True),
        (np.float32("nan"), True),
        (Decimal("nan"), True),
        (pandas.NA, True),
        (pandas.NaT, True),
        ("", False),
        ("nan", False),
        (0.0, False),
        (np.array([1.0, 2.0]), False),
    ],
)
def test_missing_is_what_tables_hold_where_no_text_is(value: object, missing: bool) -> None:
    assert is_missing(value) is missing


def test_missing_values_have_no_entities_and_are_not_read(ner: Any) -> None:
    found = read_column(ner, [TEXT, None, float("nan"), pandas.NA, ""], column="column 'a'")
    assert found.entities == [[ADA, LONDON], [], [], [], []]
    assert found.missing == 3
    assert ner.read == [TEXT, ""]


def test_a_value_that_is_no_text_is_refused_with_its_place(ner: Any) -> None:
    with pytest.raises(DocumentError) as error:
        read_column(ner, ["Ada", None, 5], column="column 'a'")
    assert str(error.value) == (
        "column 'a', row 2 (from 0): found int 5; expected a text, or a missing value such as None or NaN. Turn the "
        "column into texts first"
    )


def test_the_options_of_a_call_reach_the_cascade(ner: Any) -> None:
    read_column(ner, ["Ada"], column="", types=["person"], language="en", min_score=0.5)
    assert ner.asked == (["person"], {"language": "en", "min_score": 0.5})


def test_entities_have_the_same_keys_whatever_was_found(ner: Any) -> None:
    [[entity]] = read_column(ner, ["Ada"], column="", top_k=2, unsure_from=0.1).entities
    assert entity == {**ADA, "alternatives": [], "unsure": False}


def test_a_missing_package_is_told_with_its_extra() -> None:
    with pytest.raises(IntegrationError) as error:
        optional_package("no_such_package", "files", "this")
    assert str(error.value) == (
        "this needs the module no_such_package, which cannot be imported (No module named 'no_such_package'); install "
        "it with pip install 'cascade-ner[files]'"
    )


# pandas and polars


def test_a_series_of_pandas_keeps_its_index(ner: Any) -> None:
    column = pandas.Series([TEXT, None, "x"], index=[7, 7, 9], name="a")
    result = annotate_column(ner, column)
    assert (list(result), list(result.index), result.name) == ([[ADA, LONDON], [], []], [7, 7, 9], "entities")


def test_a_list_gives_a_list(ner: Any) -> None:
    assert annotate_column(ner, ("Ada", None)) == [[ADA], []]
    assert annotate_column(ner, []) == []


def test_a_frame_of_pandas_gets_a_column_and_stays_as_it_was(ner: Any) -> None:
    frame = pandas.DataFrame({"text": [TEXT, float("nan")], "year": [1, 2]}, index=["a", "b"])
    result = annotate_frame(ner, frame)
    assert list(frame.columns) == ["text", "year"]
    assert list(result.columns) == ["text", "year", "entities"]
    assert list(result["entities"]) == [[ADA, LONDON], []]
    assert list(result["year"]) == [1, 2]


def test_a_frame_of_polars_gets_a_column_of_one_type(ner: Any) -> None:
    frame = polars.DataFrame({"text": [None, TEXT], "year": [1, 2]})
    result = annotate_frame(ner, frame)
    assert result["entities"].to_list() == [[], [ADA, LONDON]]
    without = annotate_frame(ner, polars.DataFrame({"text": ["x"]}))
    assert without.schema["entities"] == result.schema["entities"]
    assert annotate_column(ner, frame["text"]).to_list() == [[], [ADA, LONDON]]


@pytest.mark.parametrize("kind", [pandas.DataFrame, polars.DataFrame])
def test_an_exploded_frame_has_a_row_for_each_entity(ner: Any, kind: Any) -> None:
    result = exploded_frame(ner, kind({"text": ["x", TEXT, None], "year": [1, 2, 3]}))
    rows = result.to_dicts() if kind is polars.DataFrame else result.to_dict("records")
    place = {"text": TEXT, "year": 2}
    assert rows == [
        {**place, "start": 0, "end": 3, "entity": "Ada", "type": "person", "score": 0.9},
        {**place, "start": 7, "end": 13, "entity": "London", "type": "location", "score": 0.9},
    ]
    empty = exploded_frame(ner, kind({"text": ["x"], "year": [1]}))
    assert (len(empty), list(empty.columns)) == (0, list(result.columns))
    assert list(empty.dtypes) == list(result.dtypes)


@pytest.mark.parametrize("kind", [pandas.DataFrame, polars.DataFrame])
def test_an_exploded_frame_tells_what_else_is_asked_for(kind: Any) -> None:
    ner: Any = NameFinder(NAMES, {"London": 0.2})
    result = exploded_frame(ner, kind({"text": [TEXT]}), min_score=0.3, unsure_from=0.1, top_k=2)
    rows = result.to_dicts() if kind is polars.DataFrame else result.to_dict("records")
    assert [(row["entity"], row["unsure"], row["alternatives"]) for row in rows] == [
        ("Ada", False, []),
        ("London", True, []),
    ]
    empty = exploded_frame(ner, kind({"text": ["x"]}), unsure_from=0.1, top_k=2)
    assert list(empty.dtypes) == list(result.dtypes)


@pytest.mark.parametrize(
    "column", ["Ada", {"Ada": 1}, pandas.DataFrame({"text": ["x"]}), polars.LazyFrame({"t": ["x"]})]
)
def test_what_is_no_column_is_refused(ner: Any, column: Any) -> None:
    with pytest.raises(IntegrationError, match=f"the column is a {type(column).__name__}; expected a series or a list"):
        annotate_column(ner, column)


@pytest.mark.parametrize("column", [pandas.Index([TEXT]), pandas.Series([TEXT]).array, pandas.Series([TEXT]).unique()])
def test_what_else_pandas_has_of_texts_gives_a_list(ner: Any, column: Any) -> None:
    assert annotate_column(ner, column) == [[ADA, LONDON]]


def test_a_frame_is_not_several_documents(loaded: Cascade) -> None:
    with pytest.raises(DocumentError, match="the documents are a DataFrame; expected .*annotate_frame"):
        loaded(pandas.DataFrame({"text": ["x"]}))


@pytest.mark.parametrize(
    ("frame", "column", "message"),
    [
        (
            polars.LazyFrame({"text": ["x"]}),
            "text",
            "the frame is polars.lazyframe.frame.LazyFrame; expected a DataFrame of pandas or polars. Call collect() "
            "on it first",
        ),
        (["x"], "text", "the frame is builtins.list; expected a DataFrame of pandas or polars"),
        (
            pandas.DataFrame({"a": ["x"]}),
            "text",
            "the frame has no column 'text' among ['a']; expected one that holds the texts",
        ),
        (
            pandas.DataFrame({"text": ["x"], "entities": [1]}),
            "text",
            "the frame has a column 'entities' already, which the entities would replace; rename it first",
        ),
    ],
)
def test_what_is_no_frame_of_texts_is_refused(ner: Any, frame: Any, column: str, message: str) -> None:
    with pytest.raises(IntegrationError) as error:
        annotate_frame(ner, frame, column)
    assert str(error.value) == message


# datasets


def test_a_dataset_gets_a_column_and_keeps_the_others(ner: Any) -> None:
    annotator = Annotator(ner, text_column="body")
    data = datasets.Dataset.from_dict({"body": [TEXT, None, "x"], "year": [1, 2, 3]})
    result = data.map(annotator, batched=True, load_from_cache_file=False)
    assert result.to_dict() == {**data.to_dict(), "entities": [[ADA, LONDON], [], []]}
    assert annotator.missing == 1


def test_features_are_those_of_texts_with_entities(ner: Any) -> None:
    data = datasets.Dataset.from_dict({"text": ["x", TEXT]})
    annotator = Annotator(ner, top_k=1, unsure_from=0.1)
    result = data.map(annotator, batched=True, batch_size=1, features=annotator.features(data.features))
    assert [len(each) for each in result["entities"]] == [0, 2]
    assert result["entities"][1][0] == {**ADA, "alternatives": [], "unsure": False}


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ({"a": []}, "the batch has no column 'text' but ['a']; name the column of the texts with text_column"),
        (
            {"text": ["Ada"], "entities": [[]]},
            "the batch has a column 'entities' already, which the entities would replace; rename it first, or name "
            "another with entities_column",
        ),
        (
            {"text": "Ada"},
            "column 'text' of the batch is one text; expected a list of texts. Call map with batched=True",
        ),
    ],
)
def test_what_is_no_batch_is_refused(ner: Any, batch: dict[str, Any], message: str) -> None:
    with pytest.raises(IntegrationError) as error:
        Annotator(ner)(batch)
    assert str(error.value) == message


@pytest.mark.slow
def test_a_dataset_is_read_in_two_processes(loaded: Cascade) -> None:
    data = datasets.Dataset.from_dict({"text": ["Ada met Bob in London."] * 3 + [None]})
    annotator = Annotator(loaded, ["person", "place name"], min_score=0.0)
    alone = data.map(annotator, batched=True, load_from_cache_file=False)
    both = data.map(annotator, batched=True, num_proc=2, load_from_cache_file=False)
    assert sum(map(len, alone["entities"])) > 0
    spans = [[[(each["start"], each["end"]) for each in row] for row in found["entities"]] for found in (alone, both)]
    assert spans[0] == spans[1]


@pytest.mark.slow
def test_the_name_of_a_result_in_the_cache_is_the_same_in_another_run(gemma_folder: Path, shelf: Path) -> None:
    names = [
        subprocess.run(
            [sys.executable, str(ROOT / "tests" / "integration_work.py"), str(gemma_folder), str(shelf)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for _ in range(2)
    ]
    assert names[0] == names[1]
    assert len(set(names[0])) == 3


def test_an_annotator_that_has_read_is_pickled_as_one_that_has_not(loaded: Cascade) -> None:
    from datasets.fingerprint import Hasher

    annotator = Annotator(loaded, ["person"])
    before = Hasher.hash(annotator)
    annotator({"text": [None]})
    assert (annotator.missing, Hasher.hash(annotator)) == (1, before)
    arrived: Annotator = pickle.loads(pickle.dumps(annotator))
    assert (arrived.types, arrived.missing, Hasher.hash(arrived)) == (["person"], 0, before)
