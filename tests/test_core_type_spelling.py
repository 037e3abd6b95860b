"""Names of types as the model reads them."""

from __future__ import annotations

import random

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
        ("dateOfBirth", "date of birth"),
        ("placeOfBirth", "place of birth"),
        ("WorkOfArt", "work of art"),
        ("IPAddress", "IP address"),
        ("HTTPServer", "HTTP server"),
        ("DNAsequence", "DNA sequence"),
        ("TaxID", "tax ID"),
        ("userID", "user ID"),
        ("userIDs", "user IDs"),
        ("userNAME", "user name"),
        ("user_accountID", "user account ID"),
        ("ICD10Code", "ICD10 code"),
        ("address2Line", "address2 line"),
        ("dbo:birthPlace", "dbo:birth place"),
        ("YouTubeURL", "YouTube URL"),
        ("home iPhoneModel", "home iPhoneModel"),  # who writes blanks has parted the words
        ("phone_number", "phone number"),
        ("name of a place", "place"),
        ("Names of the PERSON", "person"),
        ("the name of an ORG", "organization"),
        ("name of things", "name of things"),
        ("name of a ", "name of a"),
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


@pytest.mark.parametrize(
    "name",
    "DATE TIME LAW AGE CITY NAME ROLE TASK FOOD GENE DRUG CELL EVENT WORK CARS LAWS JOB TEAM SONG UNIT USER".split(),
)
def test_short_words_in_capitals_are_no_acronyms(name: str) -> None:
    assert spelled(name) == name.lower()


@pytest.mark.parametrize(
    "name",
    [
        *"GitHub YouTube LinkedIn PayPal WhatsApp JavaScript OpenAI McDonald iPhone eBay macOS".split(),
        *"DNA RNA IBAN URL VAT IP ID GPS URLs IDs EORI mRNA PhD pH NaCl MySQL GmbH MwSt HbA1c typeA".split(),
    ],
)
def test_names_with_capitals_of_their_own_stay(name: str) -> None:
    assert spelled(name) == name


def test_any_name_is_spelled_once() -> None:
    source = random.Random(20261101)
    for _ in range(5_000):
        name = "".join(source.choices("ABDIPRSTabdeoprst_ .-09\u00e9\u00df\u00c9\u0301", k=source.randint(1, 12)))
        assert spelled(spelled(name)) == spelled(name), name


@pytest.mark.parametrize("name", ["PERSON", "birthPlace", "WORK_OF_ART", "GPE", "IBAN_number", "cafe\u0301 bar", "_"])
def test_a_spelled_name_is_spelled_the_same(name: str) -> None:
    assert spelled(spelled(name)) == spelled(name)
