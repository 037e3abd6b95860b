"""The options of the command `redact`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from cascade.commands.command_parser import command_parser
from cascade.commands.input_options import add_input_options
from cascade.commands.model_options import add_model_options
from cascade.commands.option_types import named_path, probability, whole_number
from cascade.errors import RedactionError
from data_formats.text_files import STANDARD_STREAM

OUTPUTS = ("text", "html", "spans-csv", "parquet")  # beside JSON lines
KEY_VARIABLE = "CASCADE_NER_REDACTION_KEY"
_NAMES = ("replace", "mask", "hash", "number", "pseudonym")


def chosen_operators(given: Sequence[str]) -> dict[str, str]:
    """The operator of each type, "*" for all others, of options such as `pseudonym` and `email=mask`."""
    chosen: dict[str, str] = {}
    for each in given:
        name, equals, rest = each.partition("=")
        type, operator = ("*", each) if not equals or name in _NAMES else (name.strip(), rest)
        if type.casefold() in map(str.casefold, chosen):
            of = "all types" if type == "*" else f"the type {type!r}"
            raise RedactionError(f"--operator is given twice for {of}: {_of(type, chosen)!r} and {operator!r}")
        chosen[type] = operator
    return chosen


def _of(type: str, chosen: Mapping[str, str]) -> str:
    return next(operator for each, operator in chosen.items() if each.casefold() == type.casefold())


def key_of(file: Path | None) -> bytes | None:
    """The key of the operator hash: from a file, or else from the environment; None where neither is given."""
    if file is None:
        given = os.environ.get(KEY_VARIABLE)
        return given.encode("utf-8") if given else None
    try:
        return file.read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise RedactionError(f"{file}: the key cannot be read: {error.strerror}") from error


def parser() -> argparse.ArgumentParser:
    """The parser of the command's arguments."""
    made = command_parser(
        "cascade-ner redact",
        description="Replaces personal data in texts. A document that cannot be redacted exactly is withheld: nothing "
        "of it is written, and the exit status is 2. Not all personal data is found: read docs/redacting.md.",
    )
    made.add_argument(
        "input",
        metavar="INPUT",
        nargs="+",
        help="files of documents or plain text with a document a line, folders, patterns in quotes, or - for standard "
        "input",
    )
    made.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        default=STANDARD_STREAM,
        help="file to write: JSON lines, or as its name ends: .txt, .html, .csv, .parquet (default: standard output)",
    )
    made.add_argument("--types", metavar="a,b,c", help="types to replace (default: kinds of personal data)")
    made.add_argument(
        "--operator",
        metavar="[TYPE=]NAME",
        action="append",
        default=[],
        help="what stands for entities, of all types or of one: replace (default), replace=[{type}], mask, mask=#, "
        "hash, number, pseudonym; may be repeated",
    )
    made.add_argument(
        "--patterns",
        metavar="KINDS",
        help="find structured kinds without the model: all, or some of email,url,iban,credit card,ip address,"
        "phone number",
    )
    made.add_argument("--region", metavar="XX", help="country of phone numbers without a country's code, such as DE")
    made.add_argument(
        "--no-repeats", action="store_true", help="leave further occurrences of a replaced text as they are"
    )
    made.add_argument(
        "--check",
        action="store_true",
        help="read each result once more, and withhold the document if something is found, or left of a replaced text",
    )
    _add_scores(made)
    _add_secrets(made)
    made.add_argument("--report", metavar="FILE", help="JSON file of what was replaced and withheld, by type")
    made.add_argument("--keep-fields", action="store_true", help="write other columns of tables too, as they are")
    made.add_argument(
        "--quiet",
        action="store_true",
        help="no progress and no notes; errors, and documents that are withheld, are still told",
    )
    made.add_argument("--from", dest="input_format", metavar="FORMAT", help="format of INPUT")
    made.add_argument("--language", metavar="xx", help="language of documents that name none, such as de")
    add_input_options(made)
    add_model_options(made.add_argument_group("model"))
    return made


def _add_scores(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--min-score",
        metavar="P",
        type=probability,
        default=0.3,
        help="replace entities that are at least this likely (default: %(default)s)",
    )
    made.add_argument(
        "--unsure-from",
        metavar="P",
        type=probability,
        default=0.2,
        help="withhold a document with an entity that is less likely than --min-score but not less than P; 1 for none "
        "(default: %(default)s)",
    )


def _add_secrets(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--key-file",
        metavar="FILE",
        type=named_path,
        help=f"key of the operator hash, 16 bytes or more (default: the environment variable {KEY_VARIABLE})",
    )
    made.add_argument(
        "--mapping",
        metavar="FILE",
        type=named_path,
        help="new file, readable by you alone, that says what stood where, so that it can be undone",
    )
    made.add_argument(
        "--seed", metavar="N", type=whole_number, help="of pseudonyms, to get the same again (default: unknown)"
    )
    made.add_argument(
        "--locale", metavar="xx_YY", default="en_US", help="of pseudonyms, such as de_DE (default: %(default)s)"
    )
