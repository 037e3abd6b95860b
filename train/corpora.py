"""Training corpora: documents of one source with what a prompt may say of them, read from a data file or a mixture."""

from __future__ import annotations

import argparse
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from cascade.document import Document, Entity
from cascade.errors import CascadeError
from data_formats import read
from train.detokenise import detokenised
from train.paragraphs import joined, with_paragraphs
from train.prompts import corpus_types

_KEYS = {
    *("path", "name", "language", "licence", "documents", "dev", "dev_documents", "hold_out"),
    *("without_entities", "detokenise", "join_hyphens", "rename", "paragraphs", "absent", "replay"),
}


class MixtureError(CascadeError):
    """A mixture file is not of the expected form."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents of one source.

    absent: types that never occur in them, to pad prompts with.  dev_types: the types that dev documents are scored on.  replay: whether they are there so that
    what adapters can already is not forgotten, and make up a fixed share of the training beside the others.
    """

    name: str
    documents: tuple[Document, ...]
    absent: tuple[str, ...] = ()
    licence: str | None = None
    dev: tuple[Document, ...] = field(default=())
    dev_types: tuple[str, ...] = ()
    replay: bool = False

    @property
    def languages(self) -> list[str]:
        """The languages of the documents, in alphabetical order."""
        return sorted({document.language for document in self.documents if document.language})


def add_corpus_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say what `load_corpora` reads beside --data."""
    parser.add_argument("--data-root", type=Path, help="folder that a mixture's paths start from (default: the mixture's)")
    parser.add_argument("--language", help="language of documents that name none, such as de; of a mixture, only the entries that name it")
    parser.add_argument("--seed", type=int, default=1)


def is_mixture(source: Path) -> bool:
    """Whether a file names corpora instead of holding documents."""
    return source.suffix in (".yaml", ".yml")


def load_corpora(
    source: Path, *, data_root: Path | None, seed: int, epoch: int = 0, language: str | None = None, without: Collection[str] = ()
) -> list[Corpus]:
    """The corpora of a mixture (a .yaml file), or the one of a data file in any read format.

    language: of documents that name none; of a mixture, those entries alone that name it, and those for replay whose documents it has not itself.
    without: names of a mixture's entries that are left out, and with them their types from the lists of absent ones, which say in other entries' prompts that
    there are none.
    The draw of a mixture's documents depends on `seed` and `epoch` alone, the draw of its dev documents on neither: scores of all runs are comparable.
    """
    if not is_mixture(source):
        if without:
            raise MixtureError(f"{source}: is no mixture (.yaml), of whose entries some can be left out; leave --without out or name a mixture")
        return [Corpus(source.stem, tuple(read(source, language=language)))]
    try:
        mixture = yaml.safe_load(source.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise MixtureError(f"{source}: cannot be read as YAML: {error}") from error
    entries = mixture.get("corpora") if isinstance(mixture, dict) else None
    if not isinstance(entries, list) or not entries:
        raise MixtureError(f"{source}: found no list `corpora`; expected entries with `path` and `documents`, as in train/multilingual.yaml")
    absent = mixture.get("absent") or {}
    if not isinstance(absent, dict) or not all(isinstance(names, list) for names in absent.values()):
        raise MixtureError(f"{source}: absent is {absent!r}; expected lists of types by name, as in train/multilingual.yaml")
    numbered = list(enumerate(entries))
    if language is not None:
        known = sorted({str(entry["language"]) for entry in entries if isinstance(entry, dict) and isinstance(entry.get("language"), str)})
        own = [entry.get("path") for _, entry in numbered if isinstance(entry, dict) and entry.get("language") == language]
        if not own:
            raise MixtureError(f"{source}: no entry is of language {language!r}; expected one of {', '.join(known) or 'none, as no entry names one'}")
        numbered = [(index, entry) for index, entry in numbered if isinstance(entry, dict) and _is_for(entry, language, own)]
    names = {index: _name(entry) for index, entry in numbered if isinstance(entry, dict) and isinstance(entry.get("path"), str)}
    if unknown := sorted(set(without) - set(names.values())):
        raise MixtureError(f"{source}: no entry is called {', '.join(unknown)}; expected some of {', '.join(sorted(names.values()))} for --without")
    root = data_root or source.parent
    tested = {name for index, entry in numbered if names.get(index) in without for name in _types_of(entry, root)}
    absent = {kind: [name for name in types if name not in tested] for kind, types in absent.items()}
    numbered = [(index, entry) for index, entry in numbered if names.get(index) not in without]
    if all(isinstance(entry, dict) and entry.get("replay") for _, entry in numbered):
        reason = "--without leaves no entry" if without else "all entries are for replay"
        raise MixtureError(f"{source}: {reason}; expected at least one that is not for replay")
    draw = f"{seed}/epoch {epoch}" if epoch else f"{seed}"
    return [_load_entry(entry, absent, root, draw, f"{source}: corpora[{index}]") for index, entry in numbered]


def _is_for(entry: Mapping[str, Any], language: str, own: Collection[Any]) -> bool:
    """Whether an entry is the language's, or for replay and none that is the language's too."""
    return entry.get("path") not in own if entry.get("replay") else entry.get("language") == language


def _name(entry: Mapping[str, Any]) -> str:
    """What a mixture's entry is called: by itself, or as its folder or file."""
    return str(entry.get("name", Path(entry["path"]).parent.name or Path(entry["path"]).stem))


def _types_of(entry: Mapping[str, Any], root: Path) -> list[str]:
    """The types of an entry's documents, train and dev, by the names that prompts would give them."""
    files = [entry[key] for key in ("path", "dev") if key in entry]
    return corpus_types([renamed(document, entry.get("rename", {})) for file in files for document in read(root / file)])


def _load_entry(entry: Mapping[str, Any], absent: Mapping[str, list[str]], root: Path, draw: str, where: str) -> Corpus:
    if not isinstance(entry, dict) or not isinstance(entry.get("path"), str) or set(entry) - _KEYS:
        raise MixtureError(f"{where}: found {entry!r}; expected `path` and any of {', '.join(sorted(_KEYS))}")
    kind = entry.get("absent", "")
    if kind and kind not in absent:
        raise MixtureError(f"{where}: absent {kind!r} names no list of types; expected one of {', '.join(absent)}, defined under `absent`")
    if not isinstance(entry.get("language", ""), str):
        raise MixtureError(f"{where}: language {entry['language']!r}; expected a code as a string, in quotes where YAML reads it as something else, as \"no\"")
    if not isinstance(entry.get("replay", False), bool):
        raise MixtureError(f"{where}: replay {entry['replay']!r}; expected true or false")
    name = _name(entry)
    source = random.Random(f"{draw}/{name}")
    language = entry.get("language", "")
    spoken = language if language and "+" not in language else None  # of documents that name none
    documents = list(read(root / entry["path"], language=spoken))
    held_out = int(entry.get("hold_out", 0))
    if held_out and ("dev" in entry or held_out >= len(documents)):
        raise MixtureError(f"{where}: hold_out {held_out} of {len(documents)} documents; expected fewer, and no `dev` beside it")
    chosen = _drawn(documents[: len(documents) - held_out], entry, source)
    dev = list(read(root / entry["dev"], language=spoken)) if "dev" in entry else documents[len(documents) - held_out :]
    random.Random(f"{name}/dev").shuffle(dev)
    rename = entry.get("rename", {})
    dev = [renamed(document, rename) for document in dev[: entry.get("dev_documents", len(dev))]]
    types = corpus_types([*(renamed(document, rename) for document in documents), *dev]) if dev else []
    return Corpus(name, tuple(chosen), tuple(absent.get(kind, [])), entry.get("licence"), tuple(dev), tuple(types), entry.get("replay", False))


def _drawn(documents: Sequence[Document], entry: Mapping[str, Any], source: random.Random) -> list[Document]:
    """`documents` of them (all by default), whole paragraphs among them where the entry asks for some, prepared and in random order."""
    groups = with_paragraphs(documents, float(entry.get("paragraphs", 0.0)), source)
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
    return chosen


def _prepared(document: Document, entry: Mapping[str, Any], source: random.Random) -> Document:
    document = renamed(document, entry.get("rename", {}))
    if source.random() < float(entry.get("detokenise", 0.0)):
        document = detokenised(document, join_hyphens=bool(entry.get("join_hyphens", False)))
    return document


def renamed(document: Document, names: Mapping[str, str | None]) -> Document:
    """`document` with types renamed; a type renamed to null is dropped."""
    entities: list[Entity] = []
    for entity in document.entities:
        name = names.get(entity.type, entity.type)
        if name is not None:
            entities.append(replace(entity, type=name))
    return document.with_entities(entities)
