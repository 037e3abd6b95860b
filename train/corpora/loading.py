"""Training corpora: documents of one source and what prompts may say of them, from a data file or a mixture."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cascade.document import Document, Entity
from cascade.languages.identification import names_none
from cascade.pipeline.paragraphs import joined
from data_formats import Report, read, read_texts
from train.corpora.broader_types import broader_types_of
from train.corpora.casing import with_other_case
from train.corpora.deduplication import key, keys
from train.corpora.detokenise import detokenised
from train.corpora.encoding_repair import with_repaired_encoding
from train.corpora.foreign_lines import with_foreign_line
from train.corpora.listed_types import LISTED, with_other_names, without_list
from train.corpora.mixture_entry import MixtureError, check_renamed, name_of
from train.corpora.mixtures import is_mixture, read_mixture, spoken_in
from train.corpora.paragraphs import MOST_SENTENCES, with_paragraphs
from train.corpora.prompts import SHARES, PromptShares, corpus_types
from train.corpora.type_balance import by_rare_types
from train.corpora.type_words import DESCRIPTIONS


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents of one source.

    absent: types that never occur in them, to pad prompts with. dev_types: the types that dev documents are scored on.
    replay: whether the corpus is mixed in so that adapters do not forget what they can do; it then makes up a share of
    the training beside the others. broader: for each type its broader types, narrowest first. never: types that no
    prompt may name, because they are kept for a test. shares: how often prompts are changed. roots: the names that the
    extractor is asked for, if those of the entities are of a lower level. descriptions: what types mean, by name.
    own_prompts: whether each document has a prompt of its own, without broader types, because other documents' types
    may occur in it unmarked; of these, some are still drawn at random beside its own. Documents that list their types
    share prompts for this list. fixed_types: what every prompt
    asks for, in this order; empty for prompts that are drawn.
    """

    name: str
    documents: tuple[Document, ...]
    absent: tuple[str, ...] = ()
    licence: str | None = None
    dev: tuple[Document, ...] = field(default=())
    dev_types: tuple[str, ...] = ()
    replay: bool = False
    broader: Mapping[str, Sequence[str]] = field(default_factory=dict)
    never: tuple[str, ...] = ()
    shares: PromptShares = SHARES
    roots: tuple[str, ...] = ()
    descriptions: Mapping[str, str] = field(default_factory=lambda: DESCRIPTIONS)
    own_prompts: bool = False
    fixed_types: tuple[str, ...] = ()

    @property
    def languages(self) -> list[str]:
        """The languages of the documents, in alphabetical order."""
        return sorted(
            {
                document.language
                for document in self.documents
                if document.language and not names_none(document.language)
            }
        )


def load_corpora(
    source: Path,
    *,
    data_root: Path | None,
    seed: int,
    epoch: int = 0,
    language: str | None = None,
    without: Collection[str] = (),
    replay: bool = True,
    report: Report | None = None,
) -> list[Corpus]:
    """The corpora of a mixture (a .yaml file), or the single corpus of a data file in any read format.

    language: of documents that name none; with a mixture, only the entries that name it and those for replay are read.
    without: names of a mixture's entries to leave out. Their types are also removed from the lists of absent types,
    because other entries' prompts would teach that such types do not occur. replay: whether entries for replay are
    read. report: counts what cannot be read of the files. The draw of a mixture's documents depends only on `seed` and
    `epoch`. The draw of its dev documents depends on neither, so that scores of all runs are comparable.
    """
    if not is_mixture(source):
        if without:
            raise MixtureError(
                f"{source}: is no mixture (.yaml), of whose entries some can be left out; leave --without-corpora "
                "out or name a mixture"
            )
        return [Corpus(source.stem, tuple(read(source, report=report, language=language)))]
    mixture, root = read_mixture(source), data_root or source.parent
    named = {place: name_of(mixture.entries[place]) for place in mixture.places_of(language)}
    if unknown := sorted(set(without) - set(named.values())):
        known = ", ".join(sorted(set(named.values())))
        raise MixtureError(
            f"{source}: no entry is called {', '.join(unknown)}; expected some of {known} for --without-corpora"
        )
    tested = {name for place in named if named[place] in without for name in _types_of(mixture.entries[place], root)}
    absent = {kind: [name for name in types if name not in tested] for kind, types in mixture.absent.items()}
    kept = [place for place in named if named[place] not in without]
    if all(mixture.entries[place].get("replay") for place in kept):
        raise MixtureError(
            f"{source}: --without-corpora leaves no entry{' but for replay' if kept else ''}; expected at least one"
        )
    draw = f"{seed}/epoch {epoch}" if epoch else f"{seed}"
    wanted = [place for place in kept if replay or not mixture.entries[place].get("replay")]
    broader = broader_types_of(mixture.broader)
    loaded = [
        _load_entry(mixture.entries[place], absent, root, draw, f"{source}: corpora[{place}]", report)
        for place in wanted
    ]
    told = {**DESCRIPTIONS, **mixture.descriptions}
    return [replace(corpus, broader=broader, shares=mixture.shares, descriptions=told) for corpus in loaded]


def unseen_dev(entry: Mapping[str, Any], root: Path) -> tuple[list[Document], bool]:
    """The dev documents of a mixture's entry that no checkpoint is chosen by, and True.

    If there are none, all its dev documents, and False.
    """
    dev = _dev_of(entry, root, [] if "dev" in entry else _documents_of(entry, root))
    unseen = dev[entry.get("dev_documents", len(dev)) :]
    return [renamed(document, entry.get("rename", {})) for document in unseen or dev], bool(unseen)


def _types_of(entry: Mapping[str, Any], root: Path) -> list[str]:
    """The types of an entry's documents, train and dev, under the names that prompts use."""
    files = [entry[key] for key in ("path", "dev") if key in entry]
    return corpus_types(
        [renamed(document, entry.get("rename", {})) for file in files for document in read(root / file)]
    )


def _load_entry(
    entry: Mapping[str, Any], absent: Mapping[str, list[str]], root: Path, draw: str, where: str, report: Report | None
) -> Corpus:
    name = name_of(entry)
    source = random.Random(f"{draw}/{name}")
    documents = _documents_of(entry, root, report)
    held_out = int(entry.get("hold_out", 0))
    if held_out and ("dev" in entry or held_out >= len(documents)):
        raise MixtureError(
            f"{where}: hold_out {held_out} of {len(documents)} documents; expected fewer, and no `dev` beside it"
        )
    elsewhere = [document for file in entry.get("not_in", []) for document in read_texts(root / file)]
    kept_out = keys([*documents[len(documents) - held_out :], *elsewhere])
    chosen = _drawn(
        [document for document in documents[: len(documents) - held_out] if key(document.text) not in kept_out],
        entry,
        source,
    )
    rename, dev = entry.get("rename", {}), _dev_of(entry, root, documents, report)
    check_renamed(rename, corpus_types([*documents, *dev]), where)
    dev = [renamed(document, rename) for document in dev[: entry.get("dev_documents", len(dev))]]
    if entry.get("paragraphs") and len(without_list(documents)) < len(documents):
        raise MixtureError(f"{where}: paragraphs of documents that list their types ({LISTED}); expected one of these")
    own = without_list([*(renamed(document, rename) for document in documents), *dev])
    types = corpus_types(own) if dev else []
    return Corpus(
        name,
        tuple(chosen),
        tuple(absent.get(entry.get("absent", ""), [])),
        entry.get("licence"),
        tuple(dev),
        tuple(types),
        bool(entry.get("replay")),
        own_prompts=bool(entry.get("own_prompts")),
    )


def _documents_of(entry: Mapping[str, Any], root: Path, report: Report | None = None) -> list[Document]:
    """The documents of an entry's own file, with their encoding repaired."""
    documents = list(read(root / entry["path"], report=report, language=spoken_in(entry)))
    repair = entry.get("encoding_repair")
    return documents if repair is None else [with_repaired_encoding(document, repair) for document in documents]


def _dev_of(
    entry: Mapping[str, Any], root: Path, documents: Sequence[Document], report: Report | None = None
) -> list[Document]:
    """All dev documents of an entry, in the order in which runs take the first ones.

    If the entry holds documents out, these are its last training documents.
    """
    held_out = int(entry.get("hold_out", 0))
    held = documents[len(documents) - held_out :]
    dev = list(read(root / entry["dev"], report=report, language=spoken_in(entry)) if "dev" in entry else held)
    random.Random(f"{name_of(entry)}/dev").shuffle(dev)
    return dev


def _drawn(documents: Sequence[Document], entry: Mapping[str, Any], source: random.Random) -> list[Document]:
    """As many of `documents` as the entry asks for (all by default), prepared and in random order.

    Whole paragraphs are among them if the entry asks for some.
    """
    groups = with_paragraphs(
        documents, float(entry.get("paragraphs", 0.0)), source, int(entry.get("paragraph_sentences", MOST_SENTENCES))
    )
    if balance := float(entry.get("type_balance", 0.0)):
        groups = by_rare_types(groups, balance, source)
    else:
        source.shuffle(groups)
    keep_empty, most = float(entry.get("without_entities", 1.0)), entry.get("documents", len(documents))
    chosen: list[Document] = []
    drawn = 0
    for group in groups:
        if drawn >= most:
            break
        if any(document.entities for document in group) or source.random() < keep_empty:
            chosen.append(joined([_prepared(document, entry, source) for document in group]))
            drawn += len(group)
    if chosen and not any(document.entities for document in chosen):  # as may be where few are asked for
        other = next((group for group in groups if any(document.entities for document in group)), None)
        if other is not None:
            chosen[-1] = joined([_prepared(document, entry, source) for document in other])
    return chosen


def _prepared(document: Document, entry: Mapping[str, Any], source: random.Random) -> Document:
    document = renamed(document, entry.get("rename", {}))
    if source.random() < float(entry.get("detokenise", 0.0)):
        document = detokenised(document, join_hyphens=bool(entry.get("join_hyphens", False)))
    document = with_other_case(document, entry, source)
    share = float(entry.get("foreign_lines", 0.0))
    return with_foreign_line(document, source) if share and source.random() < share else document


def renamed(document: Document, names: Mapping[str, str | None]) -> Document:
    """`document` with types renamed, also where it lists them; a type renamed to null is dropped."""
    entities: list[Entity] = []
    for entity in document.entities:
        name = names.get(entity.type, entity.type)
        if name is not None:
            entities.append(replace(entity, type=name))
    return with_other_names(document.with_entities(entities), names)
