"""How types' names are spelled to the model: labels of corpora and programs as the words they stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from unicodedata import normalize

# what corpora in the formats of CoNLL, ACE and OntoNotes mean by these labels, in any case
ABBREVIATIONS: Mapping[str, str] = {
    "per": "person",
    "pers": "person",
    "org": "organization",
    "loc": "location",
    "misc": "miscellaneous",
    "gpe": "geopolitical entity",
    "fac": "facility",
    "norp": "nationality or religious or political group",
}
_LONGEST_ACRONYM = 4  # characters; longer names in capitals are words, such as PERSON and WORK OF ART
_LEAST_OF_A_WORD = 3  # letters that one of the words in a name such as TaxID has; NaCl and MySQL are no words
_ACRONYMS = frozenset(("EORI", "ORCID", "SWIFT"))
# English words that types are called by and that are as short as acronyms; not those that are acronyms too, such as PET
_SHORT_WORDS = frozenset(
    "AGE AREA ARMY BAND BANK BILL BIRD BODY BONE BOOK CAR CARD CASE CELL CITY CLUB CODE COST CREW CROP DATA DATE DAY "
    "DEBT DISH DOSE DRUG FACT FEE FILE FILM FIRM FISH FLAG FOOD FORM FUEL FUND GAME GENE GOAL GOD GUN HERB HOUR IDEA "
    "ITEM JOB KIND KING LAKE LAND LAW LINE LINK LOAN MAIL MEAL MODE NAME NEWS NOTE ORE PAGE PARK PART PATH PLAN POEM "
    "PORT RACE RANK RATE RISK ROAD ROCK ROLE ROOM RULE SALE SEA SEX SHIP SHOP SHOW SIGN SITE SIZE SKIN SOIL SONG STAR "
    "STEP TASK TAX TEAM TERM TEST TEXT TIME TOOL TOWN TOY TREE TYPE UNIT USER VIEW WAR WEEK WINE WORD WORK YEAR ZONE"
    "".split()
)
# names with capitals inside that are no two words
_BRANDS = (
    "AliExpress|BlackBerry|ChatGPT|DeepMind|DoorDash|DrugBank|DuckDuckGo|FaceTime|FedEx|GenBank|GitHub|GitLab|GraphQL|"
    "HubSpot|JavaScript|LinkedIn|MasterCard|MusicBrainz|OneDrive|OpenAI|OpenStreetMap|PayPal|PlayStation|PostgreSQL|"
    "PowerPoint|PubMed|PyTorch|QuickBooks|SharePoint|SoundCloud|TensorFlow|TikTok|TripAdvisor|TypeScript|UniProt|"
    "WeChat|WhatsApp|WordPress|YouTube|eBay|iPad|iPhone|macOS|Mc[A-Z][a-z]+"
)
# acronyms that a word in small letters may follow, as in DNAsequence; of others the last capital is the word's own
_BEFORE_SMALL = "API|BIC|DNA|DOI|GPE|GPS|HTML|IBAN|ID|IP|ISBN|JSON|PDF|RNA|SQL|SSN|URI|URL|UUID|VAT|VIN|XML"
_NAME_OF = re.compile(r"(?:(?:the )?names? of (?:an?|the) (?=\w))+", re.IGNORECASE)
_RUN = re.compile(r"(?<![^\W_])[A-Za-z][A-Za-z0-9]*(?![^\W_])")
_PART = re.compile(
    rf"(?P<letters>(?P<kept>(?:{_BRANDS})(?![a-z])|[A-Z]{{2,}}s(?![a-z])|(?:{_BEFORE_SMALL})(?=[a-z]{{3}}))"
    r"|[A-Z]+(?![a-z])|(?P<word>[A-Z]?[a-z][a-z0-9]*))(?P<digits>\d*)"
)


@lru_cache(maxsize=20_000)
def spelled(type_name: str) -> str:
    """A type's name in the words that the model reads: `birth_place` and `BirthPlace` as `birth place`, `dateOfBirth`
    as `date of birth`, `taxID` as `tax ID`, `PERSON` and `DATE` as `person` and `date`, `PER` as `person`, `name of a
    place` as `place`.

    Accents are composed, as in nearly all text that models have read.  Acronyms such as IBAN stay, and so do names such
    as GitHub.
    """
    given = normalize("NFC", type_name).split()
    name = " ".join(" ".join(given).replace("_", " ").split())
    if named := _NAME_OF.match(name):  # asked for so, nearly nothing is found
        return spelled(name[named.end() :])
    if name.casefold() in ABBREVIATIONS:
        return ABBREVIATIONS[name.casefold()]
    if len(given) == 1 or " " not in name:  # who writes blanks has parted the words
        name = _RUN.sub(lambda run: _parted(run[0]), name)
    if any(map(str.islower, name)) or not name.isascii():
        return name
    return _without_capitals(name)


def _without_capitals(name: str) -> str:
    """A name or word in capitals in small letters, unless it is an acronym."""
    if name in _ACRONYMS or (len(name) <= _LONGEST_ACRONYM and not {name, name.removesuffix("S")} & _SHORT_WORDS):
        return name
    return name.lower()


def _parted(run: str) -> str:
    """The words of letters and digits that stand without blanks, `dateOfBirth`; as they are where they are no words,
    as in `mRNA`, `PhD` and `typeA`.
    """
    parts = list(_PART.finditer(run))
    shortest = min(len(part["letters"]) for part in parts)
    longest = max(len(part["word"] or part["kept"] or "") for part in parts)
    if len(parts) == 1 or shortest == 1 or longest < _LEAST_OF_A_WORD:
        return run
    return " ".join(_as_word(part) for part in parts)


def _as_word(part: re.Match[str]) -> str:
    if part["kept"]:
        return part[0]
    return part[0].lower() if part["word"] else _without_capitals(part["letters"]) + part["digits"]
