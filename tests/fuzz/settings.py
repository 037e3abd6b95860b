"""Files that say what is asked for or how something was made: taxonomies, cards, configs, archives, mixtures."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from hashlib import sha256
from pathlib import Path

from cascade.errors import CascadeError
from fuzz.places import ROOT, placed, scratch
from fuzz.surface import Surface, check_error, promise

_TAXONOMIES = (
    b"person\nplace\n",
    b'["person", "place"]',
    b'{"person": {"poet": null, "king": "a ruler"}, "place": ["town"]}',
    b'[{"name": "a", "description": "b", "children": [{"name": "c"}]}]',
    b'{"first-level": "a, b", "second-level": {"a": "c, d", "b": ["e"]}, "dataset": "x"}',
)
_CONFIG = (
    b'{"peft_type": "LORA", "r": 16, "lora_alpha": 32.0, "target_modules": ["q_proj", "v_proj"], "use_rslora": false,'
    b' "rank_pattern": {"q_proj": 4}, "alpha_pattern": {}, "layers_to_transform": [0, 1], "layers_pattern": "layers"}'
)
_MIXTURE = b"""absent:
  more: [court, river]
broader: {person: [poet]}
prompts: {thinned: 0.5, absent: [0, 1]}
corpora:
- {path: a.jsonl, language: en, documents: 5, absent: more, rename: {A: b, C: null}}
- path: b.jsonl
  replay: true
"""


def settings_surfaces() -> list[Surface]:
    """A surface for each kind of file."""
    card = sorted((ROOT / "adapters").rglob("card.json"))[0].read_bytes()
    words = [
        word.encode()
        for word in (
            '"name":',
            '"description":',
            '"children":',
            '"first-level":',
            '"second-level":',
            '"stage":',
            '"extractor"',
            '"r":',
            '"languages":',
            '"types":',
            '"temperature":',
            '"thresholds":',
            '"builds_on":',
            "path:",
            "language:",
            "- ",
            ": ",
            "&a",
            "*a",
            "!!python/object:x",
            "<<: *a",
            "corpora:",
            "2001-99-99",
            "0x1F",
            "~",
            "1_000",
            "? ",
            "|",
            ">",
            "\n  ",
            '"rank_pattern":',
            '"bytes":',
            '"sha256":',
            '"form":',
            '"files":',
            "../x",
            "/etc/x",
            "extractor/card.json",
        )
    ]
    kinds: tuple[tuple[str, Callable[[bytes], bool], Callable[[], Sequence[bytes]]], ...] = (
        ("taxonomies", taxonomies, lambda: [b"\0" + each for each in (*_TAXONOMIES, _sample("taxonomy.json"))]),
        ("cards", cards, lambda: [b"\0" + card, b"\1" + card]),
        ("lora-configs", configs, lambda: [b"\0" + _CONFIG]),
        ("pair-archives", archives, lambda: [bytes([way]) + part for way in range(6) for part in _parts().values()]),
        ("mixtures", mixtures, lambda: [b"\0" + _MIXTURE, b"\0" + (ROOT / "train/any_type.yaml").read_bytes()[:2500]]),
        ("thresholds", thresholds, lambda: [b'\0{"person": 0.4, "*": 0.3}']),
        ("manifests", manifests, lambda: [b'\0{"form": 1, "a": 2}']),
    )
    return [Surface(name, partial(_accepted, work), seeds, words) for name, work, seeds in kinds]


def _sample(name: str) -> bytes:
    return (ROOT / "samples" / name).read_bytes()


def _accepted(work: Callable[[bytes], object], data: bytes) -> bool:
    """Whether an input is accepted; one that is not must be refused with an error of the project."""
    try:
        work(data)
    except CascadeError as error:
        check_error(error)
        return False
    return True


def taxonomies(data: bytes) -> bool:
    """A taxonomy has a label for each node, and its other forms are taxonomies too."""
    from cascade.taxonomy.parsing import read_taxonomy

    taxonomy = read_taxonomy(placed("t.json" if data[:1] > b"\x7f" else "t.txt", data[1:]))
    labels = taxonomy.labels()
    promise(len(set(labels.values())) == len(labels), "two nodes with one label")
    promise(all(label.strip() and "\n" not in label for label in labels.values()), "a label of no or several lines")
    promise(taxonomy.flattened().depth == 1 and 1 <= taxonomy.depth <= 100, "depth")
    taxonomy.in_order()
    taxonomy.undescribed()
    return True


def cards(data: bytes) -> bool:
    """A card that is read can be written, and its languages and checks work."""
    from cascade.adapters.card import CARD, WEIGHTS, read_adapter

    folder = scratch() / "adapter"
    placed(f"adapter/{WEIGHTS}", b"x")
    placed(f"adapter/{CARD}", data[1:])
    adapter = read_adapter(folder)
    promise(all(isinstance(code, str) and code for code in adapter.languages), "a language without a code")
    promise(float(adapter.card.temperature) > 0, "a temperature that divides by nothing")
    adapter.card.write(folder)
    before, after = (json.dumps(asdict(each)) for each in (adapter.card, read_adapter(folder).card))
    promise(after == before, "a card that changes when it is written")
    return True


def configs(data: bytes) -> bool:
    """A config gives each layer a rank and a finite factor."""
    import math

    from cascade.adapters.lora_config import CONFIG, read_lora_config

    placed(f"config/{CONFIG}", data[1:])
    config = read_lora_config(scratch() / "config")
    for layer in ("layers.0.self_attn.q_proj", "layers.11.mlp.down_proj"):
        config.names(layer)
        promise(config.rank_of(layer) >= 1 and math.isfinite(config.scaling_of(layer)), "a rank or factor that is none")
    return True


def _parts() -> dict[str, bytes]:
    from cascade.adapters.pair_archive import MANIFEST, needed_names

    files = {name: name.encode() for name in needed_names()} | {"README.md": b"# x"}
    told = {
        "form": 1,
        "name": "law",
        "base": "b",
        "base_fingerprint": "f",
        "files": {name: {"bytes": len(each), "sha256": sha256(each).hexdigest()} for name, each in files.items()},
    }
    return {MANIFEST: json.dumps(told).encode(), **files}


def archives(data: bytes) -> bool:
    """Nothing is written outside of the folder, whatever an archive is called and holds."""
    from cascade.adapters.pair_archive import unpack

    way, content = data[0] % 6 if data else 0, data[1:]
    parts = _parts()
    names = [*parts]
    if way == 5:
        packed = content
    else:
        stored = io.BytesIO()
        with zipfile.ZipFile(stored, "w", (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)[way % 2]) as archive:
            for place, name in enumerate(names):
                called = content.decode("utf-8", "replace")[:60].partition("\0")[0] if way == 4 and place == 1 else name
                archive.writestr(called or "x", content if way < 3 and place == 0 else parts[name])
        packed = stored.getvalue()
        if way == 3 and content:  # damaged
            at = int.from_bytes(content[:3], "big") % len(packed)
            packed = packed[:at] + content[3:7] + packed[at + 4 :]
    folder = scratch() / "unpacked"
    before = set(scratch().iterdir())
    manifest = unpack(placed("pair.zip", packed), folder)
    outside = set(scratch().iterdir()) - before - {folder, scratch() / "pair.zip"}
    promise(not outside, f"files outside of the folder: {outside}")
    promise(all((folder / name).is_file() for name in manifest.files), "files that are missing")
    return True


def mixtures(data: bytes) -> bool:
    """A mixture that is read names its languages and the places of their entries."""
    from train.corpora.mixture_entry import name_of
    from train.corpora.mixtures import read_mixture, spoken_in

    mixture = read_mixture(placed("m.yaml", data[1:]))
    for language in [*mixture.languages, None]:
        mixture.places_of(language)
    for entry in mixture.entries:
        name_of(entry)
        spoken_in(entry)
    return True


def thresholds(data: bytes) -> bool:
    """Lowest scores are within 0..1."""
    from cascade.commands.thresholds_file import asked_min_score, read_thresholds

    read = read_thresholds(placed("thresholds.json", data[1:]))
    promise(all(0 <= score <= 1 for score in read.values()), "a score that is none")
    asked_min_score(0.5, Path(scratch() / "thresholds.json"), dict)
    return True


def manifests(data: bytes) -> bool:
    """The file of a job is an object with a form."""
    from data_formats.jobs.manifest import object_of

    promise("form" in object_of(data[1:], "x"), "no form")
    return True
