"""The command `adapters show`: what the card of an adapter says."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from cascade.commands.option_types import named_path
from cascade.commands.tables import table
from cascade.pipeline.adapter_facts import Adapter, AdapterShelf, facts, named, shelf_with
from cascade.pipeline.checks.outcome import size_of

_MOST_TYPES = 30  # that are named without --json


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.add_argument(
        "name", metavar="NAME", help="an adapter, such as de/extractor, or a pair, such as multilingual"
    )
    parser.add_argument(
        "--adapters",
        metavar="FOLDER",
        type=named_path,
        help="folder of adapters (default: your own and the shipped ones)",
    )
    parser.add_argument("--json", action="store_true", help="a JSON list of cards in place of text")


def run(asked: argparse.Namespace) -> int:
    """Prints the card of the adapter, or of both of a pair; returns the exit status 0."""
    shelf = shelf_with(asked.name, asked.adapters)
    chosen = named(asked.name, shelf)
    if asked.json:
        cards = [{**facts(each, shelf), "folder": str(each.folder), "card": asdict(each.card)} for each in chosen]
        print(json.dumps(cards, ensure_ascii=False, indent=1))
    else:
        print("\n\n".join(_text(each, shelf) for each in chosen))
    return 0


def _text(adapter: Adapter, shelf: AdapterShelf) -> str:
    row, card = facts(adapter, shelf), adapter.card
    types = ", ".join(card.types[:_MOST_TYPES])
    more = len(card.types) - _MOST_TYPES
    lines = {
        "adapter": f"{adapter.name} ({card.stage})",
        "folder": str(adapter.folder),
        "base": f"{card.base}, prompt version {card.prompt_version}",
        "size": f"{size_of(row['bytes'])}, rank {row['rank']}",
        "builds on": row["builds_on"] or "nothing",
        "languages": " ".join(card.languages) or "none",
        "types": f"{len(card.types)}: {types}{f' and {more} more' if more > 0 else ''}",
        "scores": ", ".join(f"{name} {value:g}" for name, value in card.scores.items()) or "none",
        "temperature": f"{card.temperature:g}",
        "demonstrations": card.demonstrations,
    }
    if card.only_types:
        lines["only for"] = ", ".join(card.only_types)
    if card.depth > 1:
        lines["depth"] = f"{card.depth} layers of nested entities"
    if card.stage == "classifier":
        lines["types alone"] = _fit_alone(card.asked_alone)
    width = max(map(len, lines))
    told = "\n".join(f"{name:<{width}}  {value}" for name, value in lines.items())
    head = ("corpus", "documents", "entities", "licence")
    parts = [told]
    if card.known_failures:
        parts.append("\n".join(["known failures", *(f"- {each}" for each in card.known_failures)]))
    if card.data:
        parts.append(table(head, [_corpus(each) for each in card.data], sys.stdout))
    return "\n\n".join(parts)


def _fit_alone(fit: Mapping[str, float]) -> str:
    return f"log-odds times {fit['scale']:g}, plus {fit['shift']:g}" if fit else "not calibrated"


def _corpus(corpus: Mapping[str, Any]) -> list[str]:
    numbers = [f"{corpus[key]:,}" if isinstance(corpus.get(key), int) else "" for key in ("documents", "entities")]
    return [str(corpus.get("name", "")), *numbers, str(corpus.get("licence") or "not stated")]
