"""Values in synthetic documents pass the check that their kind has."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

import pytest

pytest.importorskip("faker", reason="the synthetic documents need the extra `synthetic`")
from synthetic_rows import rows, values

from train.synthetic.values.codes import ean_digit, vin_digit

__all__ = ["rows", "values"]


def luhn(text: str) -> bool:
    digits = [int(each) for each in text if each.isdigit()][::-1]
    return sum(digits[::2]) % 10 == -sum(sum(divmod(2 * each, 10)) for each in digits[1::2]) % 10


def mod_97(text: str) -> bool:
    packed = "".join(text.split()).upper()
    return int("".join(str(int(sign, 36)) for sign in packed[4:] + packed[:4])) % 97 == 1


def is_ip(text: str) -> bool:
    return bool(ipaddress.ip_address(text))


def is_barcode(text: str) -> bool:
    return (
        len(text) in (8, 13) and sum(int(each) * (1, 3)[place % 2] for place, each in enumerate(text[::-1])) % 10 == 0
    )


def is_isbn(text: str) -> bool:
    signs = text.upper().replace("-", "")
    if len(signs) == 13:
        return is_barcode(signs)
    return sum((10 if sign == "X" else int(sign)) * (10 - place) for place, sign in enumerate(signs)) % 11 == 0


def is_expiry(text: str) -> bool:
    if card := re.fullmatch(r"(\d\d)[/-](20)?\d\d", text):
        return 1 <= int(card[1]) <= 12
    years = [int(year) for year in re.findall(r"\d{4}", text)]
    return re.search(r"\d", text) is not None and all(
        2018 <= year + (621 if year < 1500 else -543 if year > 2500 else 0) <= 2040 for year in years
    )


def matches(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text) is not None


VALID: dict[str, Callable[[str], bool]] = {
    "IBAN": mod_97,
    "credit card number": luhn,
    "IP address": is_ip,
    "barcode number": is_barcode,
    "ISBN": is_isbn,
    "vehicle identification number": lambda text: len(text) == 17 and vin_digit(text.upper()) == text.upper()[8],
    "email address": matches(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"),
    "URL": matches(r"(?i)(https?://)?[\w-]+(\.[\w-]+)+(/[^\s,;]*)?"),
    "phone number": matches(r"[\d+\-()./ xX]{5,}"),
    "MAC address": matches(r"(?i)[\da-f]{2}([:-][\da-f]{2}){5}|[\da-f]{4}\.[\da-f]{4}\.[\da-f]{4}"),
    "BIC": matches(r"(?i)[a-z]{6}[a-z\d]{2}([a-z\d]{3})?"),
    "UUID": matches(r"(?i)[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}"),
    "hash": matches(r"(?i)[\da-f]{32}|[\da-f]{40}|[\da-f]{64}"),
    "password": lambda text: len(text) >= 6 and not any(each.isspace() for each in text),
    "hashtag": matches(r"#\w+"),
    "social media handle": matches(r"@[\w.-]+"),
    "card security code": matches(r"\d{3,4}"),
    "expiry date": is_expiry,
    "blood type": matches(r"(?i)(a|b|ab|o)[+-]"),
}


@pytest.mark.parametrize("type_name", VALID)
def test_values_pass_a_check_of_their_own(type_name: str, values: dict[str, list[str]]) -> None:
    found = values[type_name]
    assert len(found) > 20
    assert [text for text in found if not VALID[type_name](text)] == []


def test_expiry_dates_are_of_cards_and_of_documents(values: dict[str, list[str]]) -> None:
    of_cards = [text for text in values["expiry date"] if re.fullmatch(r"\d\d[/-](\d\d)?\d\d", text)]
    assert 0.2 < len(of_cards) / len(values["expiry date"]) < 0.8


def test_the_checks_can_fail() -> None:
    assert not is_expiry("13/27")
    assert not is_expiry("3 May 1999")
    assert is_expiry("3 May 2029")
    assert is_expiry("3 พ.ค. 2572")
    assert is_expiry("1404/02/13")
    assert not is_expiry("3 พ.ค. 2600")
    assert not mod_97("DE89 3704 0044 0532 0130 01")
    assert mod_97("DE89 3704 0044 0532 0130 00")
    assert not luhn("4111 1111 1111 1112")
    assert luhn("4111 1111 1111 1111")
    assert not is_isbn("978-3-16-148410-1")
    assert is_isbn("978-3-16-148410-0")
    assert ean_digit("400638133393") == 1
    assert vin_digit("1M8GDM9AXKP042788") == "X"
