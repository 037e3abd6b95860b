"""Names of types as the model reads them."""

from __future__ import annotations

import pytest

from cascade.text.type_spelling import spelled


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("person", "person"),
        ("PERSON", "person"),
        ("Person", "Person"),  # German nouns have a capital too
        ("PER", "person"),
        ("per", "person"),
        ("ORG", "organization"),
        ("Loc", "location"),
        ("MISC", "miscellaneous"),
        ("GPE", "geopolitical entity"),
        ("NORP", "nationality or religious or political group"),
        ("FAC", "facility"),
        ("birth_place", "birth place"),
        ("birth__place_", "birth place"),
        ("BIRTH_PLACE", "birth place"),
        ("WORK_OF_ART", "work of art"),
        ("BirthPlace", "birth place"),
        ("birthPlace", "birth place"),
        ("phone_number", "phone number"),
        ("PHONE NUMBER", "phone number"),
        ("IBAN", "IBAN"),
        ("iban_number", "iban number"),
        ("IBAN_number", "IBAN number"),
        ("ip_address", "ip address"),
        ("IP address", "IP address"),
        ("SWIFT", "SWIFT"),
        ("Work of Art", "Work of Art"),
        ("B cell", "B cell"),
        ("e-mail", "e-mail"),
        ("Straße", "Straße"),
        ("STRASSE", "strasse"),
        ("人名", "人名"),
        ("cafe\u0301", "caf\u00e9"),
        ("COVID-19", "covid-19"),
    ],
)
def test_names_are_spelled_in_words(name: str, expected: str) -> None:
    assert spelled(name) == expected


@pytest.mark.parametrize("name", ["PERSON", "birthPlace", "WORK_OF_ART", "GPE", "IBAN_number", "cafe\u0301 bar", "_"])
def test_a_spelled_name_is_spelled_the_same(name: str) -> None:
    assert spelled(spelled(name)) == spelled(name)
