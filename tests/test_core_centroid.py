"""Centroids: of adapters that fit a document's language equally well, the one whose training texts it is most like
reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tiny_models import save_adapter
from unread_adapters import names, put, unseen

from cascade import Cascade, Document
from cascade.adapters.card import STAGES, AdapterShelf, read_adapter
from cascade.adapters.centroid import CENTROID, Centroid, Nearest, read_centroid
from cascade.adapters.retrieval import Retriever
from cascade.errors import AdapterError
from cascade.model.base_model import BaseModel
from cascade.stages.decisions import Floats
from cascade.text.pieces import cut
from data_formats import write
from train.centroids import main, write_centroid

ENGLISH = [
    "Ada met Charles in London.",
    "The red cross met in London on 5 June.",
    "They spoke of engines and the river bank.",
]
RUSSIAN = ["Война и мир.", "Роман Толстого о России.", "Мир и война, роман."]


def clouds(count: int, dimensions: int, *, seed: int = 1) -> tuple[Floats, Floats]:
    """Means of classes, (3, dimensions), and the points of each, (3, count, dimensions), longest along a direction that
    says nothing of the class.
    """
    source = np.random.default_rng(seed)
    means = source.normal(size=(3, dimensions))
    means[:, 0] = 0
    spread = np.ones(dimensions)
    spread[0] = 30
    return means, means[:, None] + source.normal(size=(3, count, dimensions)) * spread


def axis(place: int) -> Callable[[str], Floats]:
    """What gives every text the embedding that is 1 at one place of three."""
    return lambda text: np.eye(3)[place]


def test_mean_and_covariance_by_definition() -> None:
    embeddings = np.random.default_rng(2).normal(size=(9, 4))
    centroid = Centroid.of(embeddings)
    assert centroid.mean == pytest.approx(embeddings.mean(axis=0))
    assert centroid.covariance == pytest.approx(np.cov(embeddings.T))


def test_the_nearest_is_that_of_least_mahalanobis_distance() -> None:
    _, points = clouds(200, 12)
    centroids = [Centroid.of(each) for each in points]
    pooled = np.mean([centroid.covariance for centroid in centroids], axis=0)
    shrunk = 0.9 * pooled + 0.1 * np.trace(pooled) / 12 * np.eye(12)
    nearest = Nearest(centroids)
    for point in points.reshape(-1, 12)[::7]:
        away = [point - centroid.mean for centroid in centroids]
        assert nearest(point) == int(np.argmin([step @ np.linalg.inv(shrunk) @ step for step in away]))


def test_directions_that_say_nothing_of_the_class_do_not_mislead() -> None:
    _, points = clouds(300, 12)
    nearest = Nearest([Centroid.of(each[:200]) for each in points])
    plain = [each[:200].mean(axis=0) for each in points]
    right = [nearest(point) == place for place in range(3) for point in points[place, 200:]]
    by_plain_distance = [
        int(np.argmin([np.sum((point - mean) ** 2) for mean in plain])) == place
        for place in range(3)
        for point in points[place, 200:]
    ]
    assert np.mean(right) > 0.85
    assert np.mean(by_plain_distance) < 0.6  # control


@pytest.mark.parametrize("count", [1, 3])
def test_fewer_texts_than_dimensions_will_do(count: int) -> None:
    _, points = clouds(50, 40)
    nearest = Nearest([Centroid.of(each[:count]) for each in points])
    assert [nearest(each[0]) for each in points] == [0, 1, 2]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    centroid = Centroid.of(np.random.default_rng(4).normal(size=(30, 9)))
    centroid.write(tmp_path)
    back = read_centroid(tmp_path)
    assert back.mean == pytest.approx(centroid.mean, abs=1e-6)
    assert back.covariance == pytest.approx(centroid.covariance, rel=0.005)
    assert (back.covariance == back.covariance.T).all()


@pytest.mark.parametrize("content", [None, b"", b"\x08\0\0\0\0\0\0\0{}      "])
def test_files_that_are_no_centroids_are_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / CENTROID).write_bytes(content)
    with pytest.raises(
        AdapterError, match=r"cannot be read as a centroid: .*expected one as `python -m train.centroids` writes it"
    ):
        read_centroid(tmp_path)


@pytest.mark.parametrize(("mean", "covariance"), [(3, 5), (3, 1), (0, 1)])
def test_centroids_of_shapes_that_do_not_go_together_are_refused(tmp_path: Path, mean: int, covariance: int) -> None:
    save_file({"mean": torch.zeros(mean), "covariance": torch.zeros(covariance)}, tmp_path / CENTROID)
    with pytest.raises(AdapterError, match=r"do not go together; expected one as"):
        read_centroid(tmp_path)


def test_a_broken_centroid_is_found_before_a_document_is_read(tmp_path: Path) -> None:
    for name in ("law", "news"):
        for stage in STAGES:
            put(tmp_path / name, stage, ["en"])
            (tmp_path / name / stage / CENTROID).write_bytes(b"")
    with pytest.raises(AdapterError, match="cannot be read as a centroid"):
        Retriever(AdapterShelf(tmp_path))


def test_an_embedding_is_the_mean_of_the_tokens_own(gemma: BaseModel) -> None:
    weight = gemma.model.get_input_embeddings().weight.float().numpy()
    for text in [*ENGLISH, *RUSSIAN, "İstanbul 👩‍🚀"]:
        ids = [token for piece in gemma.tokens.pieces(text, cut(text)) for token in piece]
        assert gemma.embedding_of(text) == pytest.approx(weight[ids].mean(axis=0), abs=1e-5)
    assert gemma.embedding_of("").tolist() == gemma.embedding_of(" \n").tolist() == [0.0] * weight.shape[1]


@pytest.mark.parametrize("builds_on", [False, True])
def test_a_text_is_read_by_the_adapter_whose_texts_it_is_like(tmp_path: Path, builds_on: bool) -> None:
    for stage in STAGES:
        put(tmp_path / "many", stage, ["de", "en", "nl"])
        for place, name in enumerate(("law", "news", "tweets")):
            put(tmp_path / name, stage, ["en"], read_adapter(tmp_path / "many" / stage).checksum() if builds_on else "")
            Centroid.of(np.eye(3)[[place]]).write(tmp_path / name / stage)
    retriever = Retriever(
        AdapterShelf(tmp_path), identify=lambda text: {"en": 0.9} if text == "identified" else {"fr": 1.0}
    )
    for place, name in enumerate(("law", "news", "tweets")):
        for text, language in (("named", "en-GB"), ("identified", None)):
            assert names(retriever(text, language, axis(place))) == (name, name)
    assert names(retriever("text", "de", unseen)) == names(retriever("unidentified", None, unseen)) == ("many", "many")
    assert names(retriever.named("en")) == ("law", "law")  # without a text the first by name


def test_whole_adapters_without_languages_are_told_apart_by_texts(tmp_path: Path) -> None:
    for place, name in enumerate(("law", "news")):
        for stage in STAGES:
            put(tmp_path / name, stage, [])
            Centroid.of(np.eye(2)[[place]]).write(tmp_path / name / stage)
    retriever = Retriever(AdapterShelf(tmp_path), identify=lambda text: {})
    assert names(retriever("text", None, lambda text: np.array([0.1, 0.9]))) == ("news", "news")


def test_one_without_a_centroid_is_refused(tmp_path: Path) -> None:
    for name in ("law", "news"):
        for stage in STAGES:
            put(tmp_path / name, stage, ["en"])
    Centroid.of(np.eye(2)).write(tmp_path / "law" / "extractor")
    with pytest.raises(AdapterError, match="two extractor adapters fit the same languages"):
        Retriever(AdapterShelf(tmp_path))


@pytest.fixture
def adapters(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> Path:
    """Two pairs that fit all languages equally well."""
    for place, name in enumerate(("english", "russian")):
        for stage in STAGES:
            save_adapter(
                gemma, gemma_folder, tmp_path / "adapters" / name / stage, stage=stage, languages=[], seed=place
            )
    return tmp_path / "adapters"


@pytest.mark.slow
def test_documents_of_one_job_are_read_by_what_they_are_like(gemma: BaseModel, adapters: Path) -> None:
    for name, texts in (("english", ENGLISH), ("russian", RUSSIAN)):
        for stage in STAGES:
            write_centroid(gemma, read_adapter(adapters / name / stage), texts)
    found = Cascade(gemma, AdapterShelf(adapters), min_score=0.0)(
        [Document("a", "Мир и роман."), Document("b", "They met in London.")], ["person"]
    )
    assert [document.adapters for document in found] == [
        ("russian/extractor", "russian/classifier"),
        ("english/extractor", "english/classifier"),
    ]


def test_the_command_gives_adapters_their_centroids(
    gemma: BaseModel, gemma_folder: Path, adapters: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = adapters.parent / "english.jsonl"
    write([Document(str(number), text, "en") for number, text in enumerate([*ENGLISH, ENGLISH[0]])], str(file), "jsonl")
    assert main(["--adapters", str(adapters / "english"), "--data", str(file), "--base", str(gemma_folder)]) == 0
    written = [adapters / "english" / stage / CENTROID for stage in sorted(STAGES)]
    assert capsys.readouterr().out.splitlines() == [f"{each}: of 3 texts" for each in written]
    expected = np.mean([gemma.embedding_of(text) for text in ENGLISH], axis=0)
    for each in written:
        assert read_centroid(each.parent).mean == pytest.approx(
            expected, abs=1e-3
        )  # the command's base is in bf16 where the CPU has it


def test_the_command_refuses_documents_of_other_languages(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = save_adapter(
        gemma, gemma_folder, tmp_path / "de" / "extractor", stage="extractor", languages=["de"], seed=1
    )
    write([Document("a", "Ada", "en")], str(tmp_path / "en.jsonl"), "jsonl")
    assert (
        main(["--adapters", str(tmp_path / "de"), "--data", str(tmp_path / "en.jsonl"), "--base", str(gemma_folder)])
        == 2
    )
    assert (
        f"error: {folder}: no document names one of its languages, de; where documents name none, give theirs with "
        "--language\n" in capsys.readouterr().err
    )
    (tmp_path / "nothing").mkdir()
    assert main(["--adapters", str(tmp_path / "nothing"), "--data", str(tmp_path / "en.jsonl")]) == 2
    assert "adapters found there: none; expected those of one pair" in capsys.readouterr().err


def test_the_command_gives_two_pairs_no_centroid_in_common(
    adapters: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write([Document("a", "Ada", "en")], str(tmp_path / "en.jsonl"), "jsonl")
    assert main(["--adapters", str(adapters), "--data", str(tmp_path / "en.jsonl")]) == 2
    assert "expected those of one pair, as what it was trained on is its own" in capsys.readouterr().err
    assert not list(adapters.rglob(CENTROID))
