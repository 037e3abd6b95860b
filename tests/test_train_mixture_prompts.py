"""How a mixture's texts and prompts are changed: shares of prompts, small letters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cascade.document import Document, Entity
from data_formats.json_lines import to_object
from train.corpora.casing import in_lower_case, in_title_case, in_upper_case
from train.corpora.loading import Corpus, load_corpora
from train.corpora.mixture_entry import MixtureError
from train.corpora.prompts import SHARES, PromptShares
from train.corpora.type_words import DESCRIPTIONS


def mixture(folder: Path, count: int, prompts: str = "", more: str = "") -> Path:
    """A mixture of one corpus of so many documents."""
    lines = [
        json.dumps(to_object(Document(str(number), f"Ada {number}.", "en", (Entity(0, 3, "PER"),))))
        for number in range(count)
    ]
    (folder / "train.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "mixture.yaml").write_text(f"{prompts}\ncorpora: [{{path: train.jsonl{more}}}]\n", encoding="utf-8")
    return folder / "mixture.yaml"


def loaded(file: Path) -> Corpus:
    (corpus,) = load_corpora(file, data_root=None, seed=1)
    return corpus


def test_a_mixture_may_say_what_types_mean_beside_what_is_known(tmp_path: Path) -> None:
    told = loaded(mixture(tmp_path, 3, "descriptions: {A: people of any kind}")).descriptions
    assert told["A"] == "people of any kind"
    assert told["person"] == DESCRIPTIONS["person"]
    assert loaded(mixture(tmp_path, 3)).descriptions == DESCRIPTIONS


@pytest.mark.parametrize("given", ["[A]", "{A: 1}", "{A: ' '}", "{1: people}"])
def test_descriptions_are_texts_by_the_names_of_types(tmp_path: Path, given: str) -> None:
    file = mixture(tmp_path, 3, f"descriptions: {given}")
    with pytest.raises(MixtureError) as error:
        loaded(file)
    assert str(error.value).startswith(f"{file}: descriptions is ")
    assert str(error.value).endswith("; expected texts by the names of types, such as {court: a body of judges}")


def test_a_mixture_may_say_how_often_prompts_are_changed(tmp_path: Path) -> None:
    shares = loaded(mixture(tmp_path, 3, "prompts: {thinned: 0, absent: [0, 2], long: 1}")).shares
    assert shares == PromptShares(thinned=0.0, absent=(0, 2), long=1.0)
    assert loaded(mixture(tmp_path, 3)).shares == SHARES


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (
            "[thinned]",
            "prompts is ['thinned']; expected any of absent, any_type, described, in_order, long, "
            "narrowed, nothing, renamed, restyled, thinned, unknown",
        ),
        (
            "{thin: 1}",
            "prompts is {'thin': 1}; expected any of absent, any_type, described, in_order, long, "
            "narrowed, nothing, renamed, restyled, thinned, unknown",
        ),
        ("{thinned: 2}", "prompts: thinned 2; expected a share from 0 to 1"),
        (
            "{absent: 1}",
            "prompts: absent 1; expected a list of numbers of types, of which one is drawn, such as [0, 0, 1]",
        ),
        (
            "{absent: []}",
            "prompts: absent []; expected a list of numbers of types, of which one is drawn, such as [0, 0, 1]",
        ),
        (
            "{absent: [-1]}",
            "prompts: absent [-1]; expected a list of numbers of types, of which one is drawn, such as [0, 0, 1]",
        ),
    ],
)
def test_shares_of_prompts_of_another_form_are_refused(tmp_path: Path, given: str, shown: str) -> None:
    file = mixture(tmp_path, 3, f"prompts: {given}")
    with pytest.raises(MixtureError) as error:
        load_corpora(file, data_root=None, seed=1)
    assert str(error.value) == f"{file}: {shown}"


def test_a_share_of_the_documents_is_in_small_letters(tmp_path: Path) -> None:
    drawn = loaded(mixture(tmp_path, 4000, more=", lower_case: 0.3")).documents
    assert sum(document.text.startswith("ada") for document in drawn) / len(drawn) == pytest.approx(0.3, abs=0.03)


def test_small_letters_stand_where_their_capitals_did() -> None:
    text = "İSTANBUL und STRASSE, ΣΟΦΟΣ"
    document = Document("1", text, "tr", (Entity(0, 8, "LOC"), Entity(13, 20, "street")))
    small = in_lower_case(document)
    assert small.text == "İstanbul und strasse, σοφοσ"  # one that small letters need two characters for stays
    assert [small.text_of(entity) for entity in small.entities] == ["İstanbul", "strasse"]


def test_capitals_stand_where_their_small_letters_did() -> None:
    document = Document("1", "straße in düren, o'brien's", "de", (Entity(10, 15, "city"),))
    capital = in_upper_case(document)
    assert capital.text == "STRAßE IN DÜREN, O'BRIEN'S"  # one that capitals need two characters for stays
    assert capital.text_of(capital.entities[0]) == "DÜREN"
    assert in_title_case(document).text == "Straße In Düren, O'brien's"
    assert in_title_case(Document("1", "the NASA chief's e-mail ﬁle", "en")).text == "The NASA Chief's E-Mail ﬁle"
    assert in_title_case(Document("1", "re\u0301publique", "fr")).text == "Re\u0301publique"


def test_each_case_is_drawn_as_often_as_its_share(tmp_path: Path) -> None:
    more = ", lower_case: 0.3, upper_case: 0.2, title_case: 0.1"
    texts = [document.text for document in loaded(mixture(tmp_path, 4000, more=more)).documents]
    assert sum(text.startswith("ada") for text in texts) / len(texts) == pytest.approx(0.3, abs=0.03)
    assert sum(text == text.upper() for text in texts) / len(texts) == pytest.approx(0.2, abs=0.03)
