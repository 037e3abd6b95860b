"""Structured kinds that are found without a model, and checked by the libraries that know their rules."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from cascade import Document
from cascade.errors import IntegrationError, RedactionError
from cascade.integrations import Redactor
from cascade.integrations.redaction.patterns import PATTERNS, Patterns

for package in ("email_validator", "phonenumbers", "stdnum"):
    pytest.importorskip(package)


# numbers in the ranges that are set aside for examples, and the well-known IBANs and cards of documentation
@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("email", "Write to jane.doe@gmail.com.", ["jane.doe@gmail.com"]),
        ("email", "<mailto:bob@example.org>, (ann@bücher.example)", ["bob@example.org", "ann@bücher.example"]),
        ("email", "a@b, @home, x@y..z, 5 x@2.50", []),
        ("email", "max@x.de-, max@x.de_. max@x.de--", ["max@x.de", "max@x.de", "max@x.de"]),
        ("email", "max@x.de1 and max@x-y.z2-b.de", ["max@x.de1", "max@x-y.z2-b.de"]),
        ("email", "john.smith@corp.local, a@b.LAN", ["john.smith@corp.local", "a@b.LAN"]),
        ("iban", "IBAN DE89 3704 0044 0532 0130 00 and so on", ["DE89 3704 0044 0532 0130 00"]),
        ("iban", "GB82WEST12345698765432, DE88370400440532013000", ["GB82WEST12345698765432"]),
        ("credit card", "4111 1111 1111 1111, 4111-1111-1111-1112", ["4111 1111 1111 1111"]),
        ("credit card", "0000000000000000", []),
        ("credit card", "Karte 4111 1111 1111 1111 12/27", ["4111 1111 1111 1111"]),
        ("credit card", "4111 1111 1111 1111 123", ["4111 1111 1111 1111"]),
        ("credit card", "Nr. 3 4111 1111 1111 1111", ["4111 1111 1111 1111"]),
        ("credit card", "4111111111111111 5500-0000-0000-0004", ["4111111111111111", "5500-0000-0000-0004"]),
        ("credit card", "Kreditkarte-Nr.4111111111111111.", ["4111111111111111"]),
        ("credit card", "1.4111 1111 1111 1111 und 12.05.2023 4111-1111-1111-1111", ["4111 1111 1111 1111",
         "4111-1111-1111-1111"]),
        ("credit card", "0.4111111111111111 3.4111111111111111", []),
        ("ip address", "IP:2001:db8::1, Host.2001:db8::2, label9:2001:db8::3", ["2001:db8::1", "2001:db8::2",
         "2001:db8::3"]),
        ("ip address", "IP.192.168.1.20 IP:192.168.1.21 not 7.192.168.1.22", ["192.168.1.20", "192.168.1.21"]),
        ("iban", "AB12 DE89 3704 0044 0532 0130 00", ["DE89 3704 0044 0532 0130 00"]),
        ("ip address", "192.168.1.20. to 2001:db8::1, not 1.2.3.4.5, 300.1.1.1", ["192.168.1.20", "2001:db8::1"]),
        ("ip address", "from 2001:db8::1: refused. At 1::: 2001:db8::.", ["2001:db8::1", "2001:db8::"]),
        ("ip address", "at 12:30:45: 1:2:3:4:5:6:7:8: 2001:db8::1:x 2001:db8::1:", ["1:2:3:4:5:6:7:8", "2001:db8::1"]),
        ("url", "https://a.com/b?id=3, www.test.org/a_(b). http://", ["https://a.com/b?id=3", "www.test.org/a_(b)"]),
        ("phone number", "call +44 20 7946 0991 today, not 12345", ["+44 20 7946 0991"]),
    ],
)  # fmt: skip
def test_a_kind_is_found_where_it_is_valid(kind: str, text: str, expected: list[str]) -> None:
    assert [text[each.start : each.end] for each in Patterns([kind])(text)] == expected


def test_phone_numbers_without_a_country_are_those_of_the_region() -> None:
    text = "Tel. 030 901820"
    assert Patterns(["phone number"])(text) == []
    [found] = Patterns(["phone number"], region="DE")(text)
    assert text[found.start : found.end] == "030 901820"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/?a=jane.doe@gmail.com",
        "https://medium.com/@john.smith/kranke-mutter",
        "https://max:geheim@intern.firma.de/pfad/kunde-mueller",
        "ftp://4111111111111111:x@firma.de/192.168.1.20/DE89370400440532013000",
    ],
)
def test_what_lies_within_a_url_goes_with_it(url: str) -> None:
    text = f"{url} 4111111111111111"
    assert [(text[each.start : each.end], each.type) for each in Patterns()(text)] == [
        (url, "url"),
        ("4111111111111111", "credit card"),
    ]


def test_kinds_that_cross_withhold_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    from name_finder import NameFinder

    monkeypatch.setitem(PATTERNS, "email", lambda text, region: iter([(0, 7)]))
    monkeypatch.setitem(PATTERNS, "url", lambda text, region: iter([(4, 11)]))
    redactor = Redactor(NameFinder({}), patterns=Patterns(["email", "url"]))  # type: ignore[arg-type]
    with pytest.raises(RedactionError) as error:
        redactor(Document("a", "one two six"))
    assert str(error.value) == (
        "document 'a' is withheld: 0..7 (email) and 4..11 (url) overlap; expected spans apart or within each other"
    )


def test_patterns_are_replaced_beside_what_the_model_finds() -> None:
    from name_finder import NameFinder

    redactor = Redactor(NameFinder({"Ada": "person"}), patterns=Patterns(["email"]))  # type: ignore[arg-type]
    assert redactor("Ada: ada@gmail.com").document.text == "<PERSON>: <EMAIL>"
    assert redactor.tally.replaced == {"person": 1, "email": 1}


def test_what_a_pattern_and_the_model_find_within_each_other_goes_as_one() -> None:
    from name_finder import NameFinder

    redactor = Redactor(NameFinder({"ada": "person"}), patterns=Patterns(["email"]))  # type: ignore[arg-type]
    assert redactor(Document("1", "Write to ada@gmail.com")).document.text == "Write to <EMAIL>"
    assert redactor.tally.within == 1


def test_a_kind_that_is_found_may_have_an_operator() -> None:
    from name_finder import NameFinder

    finder: Any = NameFinder({})
    redactor = Redactor(finder, ["person"], patterns=Patterns(["email"]), operator={"Email": "number"})
    assert redactor("ada@gmail.com").document.text == "Email 1"
    with pytest.raises(RedactionError) as error:
        Redactor(finder, ["person"], patterns=Patterns(["email"]), operator={"iban": "number"})
    assert str(error.value) == (
        "operator 'number' of the type 'iban', which is not looked for; expected one of person, email"
    )


def test_an_unknown_kind_or_region_is_refused() -> None:
    with pytest.raises(RedactionError) as error:
        Patterns(["passport"])
    assert str(error.value) == (
        "pattern 'passport'; expected some of email, url, iban, credit card, ip address, phone number"
    )
    with pytest.raises(RedactionError) as error:
        Patterns(region="Germany")
    assert str(error.value) == (
        "region 'Germany' of phone numbers; expected a country's code of two letters, such as DE"
    )


def test_a_missing_package_is_told_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    with pytest.raises(IntegrationError, match=r"install it with pip install 'cascade-ner\[redact\]'"):
        Patterns(["phone number"])
