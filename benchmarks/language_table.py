"""Makes the page of all languages, `docs/results/all-languages.md`: `python -m benchmarks.language_table`.

For each language: the corpora that the shipped adapters were trained on, as their cards say, and their licences; other
corpora that are known (`corpora.txt`) and why nothing shipped was trained on them; F1, as `benchmarks.language_scores`
measured it; and which adapters the language has of its own.  Without --write the table is printed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.language_corpora import KnownCorpus, known_corpora, language_name, of_language
from benchmarks.quality import ends
from benchmarks.unseen_types import HELD_OUT
from cascade.adapters.card import Adapter, AdapterShelf, shipped_adapters
from cascade.commands.exit_status import exit_status
from cascade.languages.identification import language_code
from cascade.whole_files import write_whole

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "results" / "all-languages.md"
SCORES = Path(__file__).with_name("results") / "language-scores.json"
_PAGE = """# All languages

This page is made by `python -m benchmarks.language_table --write` from the cards of the shipped adapters,
`benchmarks/corpora.txt` and `benchmarks/results/language-scores.json`. Do not edit it.

{rows}

- *Trained on* names the corpora with most documents.{several}
- *Known, not trained on* says why: a licence, or that none is stated, keeps a corpus out of what ships (it may measure,
  and train adapters of your own); *held out* corpora measure types that were never trained on; *test alone* means that
  there are no training texts; *not yet* that the mixture of the shipped adapters lacks it.
- *F1* is strict: {drawn}.
  Dev documents, or test documents where there are none (*test*); the corpus' own types asked for; entities below the
  usual lowest score left out. Checkpoints may have been chosen by some of the dev documents. Behind an arrow: by the
  language's own adapters. The 95 % interval is that of the last figure. Sentences that stand in the training split of
  any of a language's corpora are left out, as corpora share texts: three quarters of transfer_ro are in ronec's.
- Languages of which nothing was trained on are read by the multilingual pair.
- [Command](../reproduce.md#all-languages). What adapters of single languages gain: [Languages](languages.md).
"""
_NAMED = 2  # corpora and licences of a cell that are called by name


def trained_on(adapters: Sequence[Adapter]) -> dict[str, int]:
    """The documents of each corpus that some adapter was trained on; of several adapters the most.

    An entry of a mixture that draws from a corpus a second time, `NAME again`, counts as the corpus.
    """
    found: dict[str, int] = {}
    for adapter in adapters:
        for corpus in adapter.card.data:
            name = str(corpus.get("name")).removesuffix(" again")
            found[name] = max(found.get(name, 0), int(corpus.get("documents") or 0))
    return found


def own_adapters(shelf: AdapterShelf, code: str) -> list[str]:
    """The stages of which a language has an adapter of its own."""
    return sorted(
        {adapter.card.stage for adapter in shelf.adapters if adapter.card.builds_on and code in _codes(adapter)},
        reverse=True,
    )


def why_not(corpus: KnownCorpus) -> str:
    """Why no shipped adapter was trained on a corpus."""
    if corpus.name in HELD_OUT:
        return "held out"
    if corpus.group == "research":
        return corpus.licence
    return "test alone" if not corpus.train else "not yet"


def row(code: str, corpora: Sequence[KnownCorpus], shelf: AdapterShelf, scores: Mapping[str, Any]) -> str:
    """The row of a language, in Markdown."""
    documents = trained_on(shelf.adapters)
    own = of_language(corpora, code)
    used = sorted((each for each in own if each.name in documents), key=lambda each: -documents[each.name])
    unused = [f"{each.name} ({why_not(each)})" for each in own if each not in used]
    total = sum(documents[each.name] for each in used)
    nothing = "texts in several languages" if any(code in _codes(each) for each in shelf.adapters) else "nothing"
    data = f"{_some([each.name for each in used])}: {total:,}" if used else nothing
    licences = _some(list(dict.fromkeys(each.licence for each in used)))
    stages = own_adapters(shelf, code)
    cells = (
        f"{language_name(code)} ({code})",
        data,
        licences,
        _some(unused, 1),
        _figures(code, scores),
        " and ".join(stages) or "no",
    )
    return f"| {' | '.join(cells)} |"


def table(corpora: Sequence[KnownCorpus], shelf: AdapterShelf, scores: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the table: languages that were trained on first, by name."""
    trained = {code for adapter in shelf.adapters for code in _codes(adapter)}
    codes = {corpus.language for corpus in corpora} | trained
    used = trained_on(shelf.adapters)
    yield "| language | trained on: documents | licences | known, not trained on | dev F1 | own adapters |"
    yield "|---|---|---|---|---|---|"
    for code in sorted(codes, key=lambda code: (_documents(corpora, code, used) == 0, language_name(code))):
        yield row(code, corpora, shelf, scores)


def page(corpora: Sequence[KnownCorpus], shelf: AdapterShelf, measured: Mapping[str, Any]) -> str:
    """The whole page, in Markdown."""
    scores, setting = measured.get("corpora", {}), measured.get("setting", {})
    others = sorted(set(trained_on(shelf.adapters)) - {corpus.name for corpus in corpora})
    several = f"\n  Beside them, in several languages: {', '.join(others)}." if others else ""
    drawn = (
        f"at most {setting['sentences']} sentences of each of at most {setting['most']} corpora a language, drawn by "
        f"seed {setting['seed']}"
        if setting
        else "not measured yet"
    )
    rows = "\n".join(table(corpora, shelf, scores))
    return _PAGE.format(rows=rows, several=several, drawn=drawn)


def _codes(adapter: Adapter) -> set[str]:
    """The codes of an adapter's languages, Norwegian's two forms by their own."""
    return {each if each in ("nb", "nn") else language_code(each) or each for each in adapter.card.languages}


def _documents(corpora: Sequence[KnownCorpus], code: str, documents: Mapping[str, int]) -> int:
    return sum(documents.get(corpus.name, 0) for corpus in of_language(corpora, code))


def _some(names: Sequence[str], most: int = _NAMED) -> str:
    """All of a few names; of more the first, so that rows stay short enough to read."""
    return ", ".join(names) if len(names) <= most else f"{names[0]} and {len(names) - 1} more"


def _figures(code: str, scores: Mapping[str, Any]) -> str:
    """The F1 of each corpus of a language that was measured."""
    cells = []
    for name, figures in scores.items():
        if figures["language"] == code:
            corpus, _, split = name.partition("/")
            f1 = f"{100 * figures['multilingual']['f1']:.1f}"
            best = figures.get("own") or figures["multilingual"]
            after = f" → {100 * best['f1']:.1f}" if figures.get("own") else ""
            mark = "" if split == "dev" else f" {split}"
            cells.append(f"{corpus}{mark} {f1}{after} {ends(best['interval'])}")
    return ", ".join(cells) or "not measured"


def arguments() -> argparse.ArgumentParser:
    """The command's options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.language_table", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--adapters", type=Path, help="folder of adapters (default: the shipped ones)")
    parser.add_argument("--scores", type=Path, default=SCORES, help="figures (default: %(default)s)")
    parser.add_argument("--write", action="store_true", help="write the page, in place of printing the table")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _run(arguments().parse_args(argv)))


def made(adapters: Path | None = None, scores: Path = SCORES) -> str:
    """The page as today's cards, corpora and figures make it."""
    measured = json.loads(scores.read_text(encoding="utf-8")) if scores.is_file() else {}
    return page(known_corpora(), AdapterShelf(adapters or shipped_adapters()), measured)


def _run(options: argparse.Namespace) -> None:
    text = made(options.adapters, options.scores)
    if options.write:
        write_whole(PAGE, text)
        print(f"wrote {PAGE}")
    else:
        print("\n".join(line for line in text.splitlines() if line.startswith("|")))


if __name__ == "__main__":
    sys.exit(main())
