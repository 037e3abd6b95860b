"""How the time of an input grows with its length: `python -m fuzz.growth` prints a row for each hostile form.

Each form is read at four lengths, each twice the one before. The exponent is the slope of the logarithms: 1 where
time grows with the length, 2 where it grows with the square. Below a twentieth of a second nothing can be told. No
form has as many documents as begin a file of ids (100,000), which would be a step in the curve.
"""

from __future__ import annotations

import argparse
import gc
import io
import logging
import math
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr
from fractions import Fraction

from fuzz.surfaces import surfaces

LENGTHS = (100_000, 200_000, 400_000, 800_000)
STEEPEST = 1.35  # of what is called linear: caches and allocation add some
_LEAST = 0.05  # seconds
Form = Callable[[int], bytes]


def _repeated(unit: str, before: str = "", after: str = "") -> Form:
    return lambda length: f"{before}{unit * (length // len(unit.encode()))}{after}".encode()


def _numbered(make: Callable[[int], str], before: str = "", after: str = "", between: str = "") -> Form:
    def made(length: int) -> bytes:
        each = len(make(1000).encode()) + len(between)
        return f"{before}{between.join(make(number) for number in range(length // each))}{after}".encode()

    return made


FORMS: Mapping[str, Mapping[str, Form]] = {
    "jsonl": {
        "a long text": _repeated("x", '{"text": "', '", "entities": []}'),
        "many entities": _numbered(
            lambda n: f'{{"start": {n}, "end": {n + 1}, "type": "t"}}',
            '{"text": "' + "x" * 40_000 + '", "entities": [',
            "]}",
            ",",
        ),
        "many keys": _numbered(lambda n: f'"k{n}": 1', '{"text": "a", "entities": [], ', "}", ", "),
        "brackets": _repeated("[", '{"text": '),
        "many short lines": _numbered(lambda n: f'{{"text": "a{n}", "entities": []}}\n'),
        "a list": _numbered(lambda n: f'{{"text": "a{n}", "entities": []}}', "[", "]", ","),
        "quotes": _repeated('\\"', '{"text": "', '", "entities": []}'),
    },
    "geic": {
        "many strings": _numbered(
            lambda n: f'"x{n}"', '{"a": {"sentence": "a b", "category": [], "entity": [', "]}}", ","
        ),
        "many sentences": _numbered(
            lambda n: f'"s{n}": {{"sentence": "a", "entity": ["a"], "category": ["x"]}}', "{", "}", ","
        ),
    },
    "conll": {
        "one long sentence": _repeated("Ada B-x\n"),
        "many columns": _repeated("O ", "a ", "B-x\n"),
        "comments": _repeated("# a\n"),
        "empty lines": _repeated("\n"),
        "blanks": _repeated(" ", "a", "O\n"),
    },
    "conllu": {"one long sentence": _numbered(lambda n: f"{n + 1}\ta\tO\t_\t_\n", "# text = " + "a " * 200_000 + "\n")},
    "text": {"a long line": _repeated("x "), "many lines": _repeated("a few words\n")},
    "doccano": {
        "many labels": _numbered(
            lambda n: f'[{n}, {n + 1}, "t"]', '{"text": "' + "x" * 60_000 + '", "label": [', "]}", ","
        )
    },
    "prodigy": {
        "many spans": _numbered(
            lambda n: f'{{"start": {n}, "end": {n + 1}, "label": "t"}}',
            '{"text": "' + "x" * 30_000 + '", "spans": [',
            "]}",
            ",",
        )
    },
    "gliner": {"many tokens": _repeated('"a",', '{"tokenized_text": [', '"a"], "ner": []}')},
    "pubtator": {"many mentions": _numbered(lambda n: f"1\t{n}\t{n + 1}\tx\tT\n", "1|t|" + "x" * 90_000 + "\n1|a|b\n")},
    "brat": {"many lines": _numbered(lambda n: f"T{n}\tx 0 5\tMarie\n")},
    "webanno-tsv": {
        "one long sentence": _numbered(
            lambda n: f"1-{n + 1}\t{n}-{n + 1}\tx\tp[{n}]\n",
            "#FORMAT=WebAnno TSV 3.3\n#T_SP=a|b\n\n\n#Text=" + "x" * 90_000 + "\n",
        )
    },
    "cas-xmi": {
        "many elements": _repeated("<a/>", '<xmi:XMI xmlns:xmi="http://www.omg.org/XMI">', "</xmi:XMI>"),
        "attributes": _numbered(lambda n: f' a{n}="1"', "<a", "/>"),
    },
    "bioc": {
        "many passages": _numbered(
            lambda n: f"<passage><offset>{2 * n}</offset><text>a</text></passage>",
            "<collection><document><id>1</id>",
            "</document></collection>",
        )
    },
    "bioc-json": {
        "many passages": _numbered(
            lambda n: f'{{"offset": {2 * n}, "text": "a"}}', '{"documents": [{"id": "1", "passages": [', "]}]}", ","
        )
    },
    "spacy-json": {
        "many entities": _numbered(
            lambda n: f'[{n}, {n + 1}, "t"]', '["' + "x" * 60_000 + '", {"entities": [', "]}]", ","
        )
    },
    "spans-csv": {
        "many rows": _numbered(
            lambda n: f"a,,{n},{n + 1},t\n", "document,text,start,end,type\na," + "x" * 60_000 + ",0,1,t\n"
        ),
        "quotes": _repeated('""', 'document,text,start,end,type\na,"', '",,,\n'),
    },
    "table": {
        "many columns": _numbered(lambda n: f"c{n},", "text,", "x\n1,2\n"),
        "many rows": _repeated("a few words,b\n", "text,x\n"),
        "quotes": _repeated('""', 'text,x\n"', '",b\n'),
    },
    "json-rows": {"many keys": _numbered(lambda n: f'"k{n}": 1', '{"text": "a", ', "}", ", ")},
    "recognition": {
        "blanks": _repeated(" "),
        "brackets": _repeated("["),
        "quotes": _repeated('{"'),
        "tabs": _repeated("a\t"),
    },
    "pieces": {
        "letters": _repeated("x"),
        "blanks": _repeated(" ", "a", "b"),
        "marks": _repeated("\u0301", "a"),
        "full stops": _repeated(". "),
        "quotes": _repeated('"'),
        "brackets": _repeated("("),
        "initials": _repeated("A. "),
        "Han": _repeated("漢"),
        "joiners": _repeated("\u200d"),
    },
    "encoder": {
        "words": _numbered(lambda n: f"w{n} "),
        "letters": _repeated("x"),
        "emoji": _repeated("😀"),
        "spaces": _repeated("\u3000", "a", "b"),
    },
    "line-breaks": {
        "short lines": _repeated("a\n"),
        "full lines": _repeated("word " * 12 + "\n"),
        "breaks": _repeated("\n", "a", "b"),
        "returns": _repeated("\r", "a", "b"),
        "items": _repeated("- a\n"),
    },
    "languages": {"words": _repeated("Wort "), "letters": _repeated("x")},
    "type-names": {"names": _numbered(lambda n: f"t{n},", "", "x"), "commas": _repeated(",")},
    "patterns": {
        "digits": _repeated("1"),
        "groups": _repeated("1111 "),
        "at signs": _repeated("a@"),
        "dots": _repeated("a."),
        "colons": _repeated("1:"),
        "letters": _repeated("x"),
        "slashes": _repeated("http://"),
    },
    "answers": {
        "marks": _repeated("##", "a b\n"),
        "tags": _repeated("<person>", "a b\n"),
        "text": _repeated("a ", "", "\n"),
    },
    "taxonomies": {
        "names": _numbered(lambda n: f"t{n}\n"),
        "brackets": _repeated("["),
        "nested": _numbered(lambda n: f'"t{n}": ["a"]', "{", "}", ","),
    },
    "cards": {"brackets": _repeated("["), "keys": _numbered(lambda n: f'"k{n}": 1', "{", "}", ",")},
    "mixtures": {"entries": _repeated("- {path: a.jsonl}\n", "corpora:\n"), "brackets": _repeated("[", "corpora: ")},
}


def exponent(lengths: Sequence[int], seconds: Sequence[float]) -> float | None:
    """The slope of the logarithms by least squares, of those that took long enough; None where two do not."""
    points = [(math.log(size), math.log(took)) for size, took in zip(lengths, seconds, strict=True) if took >= _LEAST]
    if len(points) < 2:
        return None
    middle = [math.fsum(each) / len(points) for each in zip(*points, strict=True)]
    steep = math.fsum((x - middle[0]) * (y - middle[1]) for x, y in points)
    return steep / math.fsum((x - middle[0]) ** 2 for x, _ in points)


def measured(check: Callable[[bytes], bool], form: Form, lengths: Sequence[int]) -> list[float]:
    """The processor time that each length takes, the least of two tries."""
    times = []
    for length in lengths:
        data, tries = b"\0" + form(length), []
        for _ in range(2):
            gc.collect()
            began = time.process_time()
            check(data)
            tries.append(time.process_time() - began)
            if tries[0] > 5:
                break
        times.append(min(tries))
        if times[-1] > 20:
            break
    return times


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns 1 if the time of a form grows faster than it may."""
    parser = argparse.ArgumentParser("fuzz.growth", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--surface", action="append", choices=sorted(FORMS))
    parser.add_argument("--scale", type=Fraction, default=Fraction(1), help="factor of all lengths (default: 1)")
    asked = parser.parse_args(arguments)
    known, steep, out = {surface.name: surface for surface in surfaces()}, 0, sys.stdout
    lengths = [int(length * asked.scale) for length in LENGTHS]
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    print(
        f"{'surface':<13}{'form':<20}"
        + "".join(f"{f'{length / 1000:g} kB':>10}" for length in lengths)
        + f"{'exponent':>10}"
    )
    for name in asked.surface or FORMS:
        known[name].seeds()
        for form, make in FORMS[name].items():
            with redirect_stderr(io.StringIO()):
                times = measured(known[name].check, make, lengths)
            slope = exponent(lengths[: len(times)], times)
            steep += slope is not None and slope > STEEPEST
            row = "".join(f"{took:>10.3f}" for took in times) + " " * 10 * (len(lengths) - len(times))
            print(f"{name:<13}{form:<20}{row}{'' if slope is None else f'{slope:.2f}':>10}", file=out, flush=True)
    return 1 if steep else 0


if __name__ == "__main__":
    sys.exit(main())
