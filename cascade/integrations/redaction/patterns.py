"""Deterministic finders of structured kinds: e-mail, IBAN, phone, IP address, URL and card number.

A pattern names candidates; libraries say which of them are valid, by check digits and numbering plans where there are
some.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import regex

from cascade.errors import RedactionError
from cascade.integrations.optional_packages import optional_package
from cascade.integrations.redaction.spans import Found

Finder = Callable[[str, str | None], Iterator[tuple[int, int]]]

_EMAIL = regex.compile(r"[^\s@<>()\[\],;:\"]+@[\w\-]+(?:\.[\w\-]+)*\.(?![\d_\-]+\b)[\w\-]+")
# last names of hosts that are not on the Internet; email-validator refuses most of them, and test on demand only
_RESERVED = regex.compile(r"\.(?:test|local|localhost|invalid|onion|arpa|internal|lan)$", regex.IGNORECASE)
_IBAN = regex.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ \u00a0]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_DIGITS = regex.compile(r"(?<!\d)\d+(?:[ \u00a0-]\d+)*")  # groups of digits, such as those of a card number
_FRACTION = regex.compile(r"(?<=\d\.)\d{12,}")  # digits in one piece behind a decimal point
_FEWEST_DIGITS, _MOST_DIGITS = 12, 19  # of a card number
_IP4 = regex.compile(r"(?<!\w)(?<!\d\.)\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)")
_IP6 = regex.compile(  # not behind a group of another address or of a time; a label such as "IP:" may stand before it
    r"(?<!\w)(?<!\d\.)(?<!(?<!\w)[0-9A-Fa-f]{0,4}:)(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f.]{0,15}(?!\w|:[\w:])"
)
_URL = regex.compile(r"(?:https?|ftp)://[^\s<>\"]+|(?<![\w@.])www\.[^\s<>\"]+", regex.IGNORECASE)
_ENDS = ".,;:!?'\")]}…»”’"  # of a sentence rather than of a URL or an address


def _emails(text: str, region: str | None) -> Iterator[tuple[int, int]]:
    checked = optional_package("email_validator", "redact", "--patterns email")
    for match in _EMAIL.finditer(text):
        start, end = match.span()
        end = _without_ends(text, start, end, _ENDS + "-_")
        while start < end:
            try:
                checked.validate_email(
                    _RESERVED.sub(".test", text[start:end]),
                    check_deliverability=False,
                    test_environment=True,
                    globally_deliverable=False,
                )
            except checked.EmailNotValidError:
                start += 1  # marks in front of an address, such as "mailto="
                continue
            yield start, end
            break


def _ibans(text: str, region: str | None) -> Iterator[tuple[int, int]]:
    checked = optional_package("stdnum.iban", "redact", "--patterns iban")
    taken = 0
    for match in _IBAN.finditer(text, overlapped=True):
        start, longest = match.span()
        if start < taken:
            continue
        # the words behind an IBAN look like further groups of it: the longest that is valid
        for end in range(longest, start + 14, -1):
            whole = text[end - 1].isalnum() and (end == longest or not text[end].isalnum())
            if whole and checked.is_valid(text[start:end].replace("\u00a0", " ")):
                yield start, end
                taken = end
                break


def _phones(text: str, region: str | None) -> Iterator[tuple[int, int]]:
    numbers = optional_package("phonenumbers", "redact", "--patterns phone number")
    for match in numbers.PhoneNumberMatcher(text, region):
        yield match.start, match.end


def _addresses(text: str, region: str | None) -> Iterator[tuple[int, int]]:
    for pattern in (_IP4, _IP6):
        for match in pattern.finditer(text):
            address = match[0].removesuffix(".")
            address = address if address.endswith("::") else address.removesuffix(":")
            try:
                ipaddress.ip_address(address)
            except ValueError:
                continue
            yield match.start(), match.start() + len(address)


def _urls(text: str, region: str | None) -> Iterator[tuple[int, int]]:
    for match in _URL.finditer(text):
        end = _without_ends(text, match.start(), match.end())
        shown = text[match.start() : end]
        try:
            host = urlsplit(shown if "://" in shown else f"//{shown}").hostname
        except ValueError:
            host = shown
        if host:
            yield match.start(), end


def _cards(text: str, region: str | None) -> Iterator[tuple[int, int]]:
    luhn = optional_package("stdnum.luhn", "redact", "--patterns credit card")
    for run in _DIGITS.finditer(text):
        groups = [(run.start() + each.start(), run.start() + each.end()) for each in regex.finditer(r"\d+", run[0])]
        taken = run.start()
        for place, (start, _) in enumerate(groups):
            if start < taken or _FRACTION.match(text, start):
                continue
            # other numbers before and behind look like groups of it: the longest that is valid
            for end in reversed([end for _, end in groups[place : place + _MOST_DIGITS]]):
                if _is_card("".join(each for each in text[start:end] if each.isdecimal()), luhn):
                    yield start, end
                    taken = end
                    break


def _is_card(digits: str, luhn: Any) -> bool:
    return _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS and len(set(digits)) > 1 and bool(luhn.is_valid(digits))


def _without_ends(text: str, start: int, end: int, ends: str = _ENDS) -> int:
    while end > start and text[end - 1] in ends:
        if text[end - 1] == ")" and "(" in text[start : end - 1]:
            break
        end -= 1
    return end


# of two kinds on the same characters, the first stays; what lies within another goes with it
PATTERNS: dict[str, Finder] = {
    "email": _emails,
    "url": _urls,
    "iban": _ibans,
    "credit card": _cards,
    "ip address": _addresses,
    "phone number": _phones,
}
_PACKAGES = {
    "email": "email_validator",
    "iban": "stdnum.iban",
    "credit card": "stdnum.luhn",
    "phone number": "phonenumbers",
}


class Patterns:
    """Finds the structured kinds that it was made for; region: of phone numbers without a country's code, such as DE.

    Raises RedactionError for a kind that there is none of, and IntegrationError where a package is missing.
    """

    def __init__(self, kinds: Sequence[str] | None = None, *, region: str | None = None) -> None:
        asked = tuple(PATTERNS) if kinds is None else tuple(kinds)
        for kind in asked:
            if kind not in PATTERNS:
                raise RedactionError(f"pattern {kind!r}; expected some of {', '.join(PATTERNS)}")
            if kind in _PACKAGES:
                optional_package(_PACKAGES[kind], "redact", f"--patterns {kind}")
        self.kinds = tuple(kind for kind in PATTERNS if kind in asked)
        self.region = _known_region(region) if region is not None else None

    def __call__(self, text: str) -> list[Found]:
        """The spans of the kinds, none within another, in order.

        Some may cross: what is left of one beside the other could still tell something, so that both are handed out,
        and `one_layer` refuses them.
        """
        found: list[Found] = []
        for kind in self.kinds:
            for start, end in PATTERNS[kind](text, self.region):
                if not any(each.start <= start and end <= each.end for each in found):
                    found = [each for each in found if not (start <= each.start and each.end <= end)]
                    found.append(Found(start, end, kind, "pattern"))
        return sorted(found)


def _known_region(region: str) -> str:
    numbers: Any = optional_package("phonenumbers", "redact", "a region of phone numbers")
    if region not in numbers.SUPPORTED_REGIONS:
        raise RedactionError(
            f"region {region!r} of phone numbers; expected a country's code of two letters, such as DE"
        )
    return region
