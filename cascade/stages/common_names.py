"""Other names of persons, organizations and locations, which are asked for by these names where they are meant.

Only words that name no more and no less are here. A company is an organization, but who asks for companies does not ask
for parties; such names are read as they are. Some words mean something else by themselves or in another language: an
organization in Greek is also an organism, and Swedish places are French dishes. So two of the three have to be asked
for, in one language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cascade.stages.extractor_types import COMMON_TYPES
from cascade.taxonomy.tree import Taxonomy, compared
from cascade.text.type_spelling import spelled

# of each language: persons, organizations, locations
_NAMES: Mapping[str, tuple[str, str, str]] = {
    "en": (
        "person, persons, people, person name, person names, personal name, name of a person, names of people, human, "
        "humans",
        "organization, organizations, organisation, organisations, organization name, organization names, "
        "organisation name, organisation names, name of an organization",
        "location, locations, place, places, location name, location names, place name, place names, name of a place",
    ),
    "ar": ("شخص, أشخاص, الأشخاص", "منظمة, منظمات, المنظمات", "مكان, أماكن, الأماكن"),
    "cs": ("osoba, osoby, lidé", "organizace", "místo, místa, lokace"),
    "da": ("person, personer, personnavn", "organisation, organisationer", "sted, steder, lokation, lokationer"),
    "de": ("Person, Personen, Personenname, Personennamen", "Organisation, Organisationen", "Ort, Orte"),
    "el": ("πρόσωπο, πρόσωπα, άνθρωποι", "οργανισμός, οργανισμοί", "τοποθεσία, τοποθεσίες, τόπος, τόποι"),
    "es": ("persona, personas", "organización, organizaciones", "lugar, lugares, localización, ubicación"),
    "fa": ("شخص, اشخاص, افراد", "سازمان, سازمان‌ها, سازمان ها", "مکان, مکان‌ها, مکان ها"),
    "fi": ("henkilö, henkilöt, ihmiset", "organisaatio, organisaatiot", "paikka, paikat, sijainti"),
    "fr": ("personne, personnes", "organisation, organisations", "lieu, lieux, localisation"),
    "hi": ("व्यक्ति, लोग", "संगठन", "स्थान, जगह"),
    "hr": ("osoba, osobe, ljudi", "organizacija, organizacije", "lokacija, lokacije, mjesto, mjesta"),
    "hu": ("személy, személyek, emberek, személynév", "szervezet, szervezetek", "hely, helyek"),
    "id": ("orang, nama orang", "organisasi", "lokasi, tempat, nama tempat"),
    "it": ("persona, persone", "organizzazione, organizzazioni", "luogo, luoghi"),
    "ja": ("人, 人物, 人名, 人物名", "組織, 組織名", "場所, 場所名, 地名"),
    "ko": ("사람, 인물, 인명", "조직, 조직명, 기관명", "장소, 장소명, 지명"),
    "nb": ("person, personer, personnavn", "organisasjon, organisasjoner", "sted, steder, lokasjon, lokasjoner"),
    "nl": ("persoon, personen, mensen", "organisatie, organisaties", "locatie, locaties, plaats, plaatsen"),
    "pl": ("osoba, osoby, ludzie", "organizacja, organizacje", "miejsce, miejsca, lokalizacja, lokalizacje"),
    "pt": ("pessoa, pessoas", "organização, organizações", "lugar, lugares, local, locais, localização"),
    "ro": (
        "persoană, persoane, oameni",
        "organizație, organizații, organizaţie, organizaţii",
        "loc, locuri, locație, locații, locaţie, locaţii",
    ),
    "ru": ("персона, персоны, человек, люди", "организация, организации", "место, места, локация, локации"),
    "sk": ("osoba, osoby, ľudia", "organizácia, organizácie", "miesto, miesta, lokácia"),
    "sr": ("особа, особе, људи", "организација, организације", "локација, локације, место, места"),
    "sv": ("person, personer, personnamn", "organisation, organisationer", "plats, platser"),
    "te": ("వ్యక్తి, వ్యక్తులు", "సంస్థ, సంస్థలు", "ప్రదేశం, ప్రదేశాలు"),
    "tr": ("kişi, kişiler, insanlar", "kuruluş, kuruluşlar", "yer, yerler, lokasyon, lokasyonlar"),
    "uk": ("особа, особи, персона, люди", "організація, організації", "місце, місця, локація, локації"),
    "ur": ("شخص, افراد", "تنظیم, تنظیمیں", "جگہ, جگہیں"),
    "vi": ("người, tên người", "tổ chức, tên tổ chức", "địa điểm"),
    "zh": ("人, 人物, 人名", "组织, 机构, 组织机构, 组织名, 机构名, 組織, 機構, 機構名", "地点, 地名, 地點"),
}
_LISTS: tuple[Mapping[str, str], ...] = tuple(
    {
        compared(name): common
        for common, names in zip(COMMON_TYPES, of_language, strict=True)
        for name in names.split(", ")
    }
    for of_language in _NAMES.values()
)


def common_names(names: Sequence[str]) -> list[str] | None:
    """What each name says, `person`, `organization` or `location`, where one language has them all; or else None."""
    # as spelled and as they stand: `loc` is short for location, and Romanian for place
    looked_up = [(_looked_up(spelled(name)), _looked_up(name)) for name in names]
    for listed in _LISTS:
        said = (listed.get(words, listed.get(as_given)) for words, as_given in looked_up)
        known = [common for common in said if common is not None]
        if len(known) == len(names):
            return known
    return None


def _looked_up(name: str) -> str:
    return compared(name.replace("İ", "i"))  # Turkish, which casefold makes two characters of


def by_common_names(taxonomy: Taxonomy) -> Taxonomy:
    """The types, asked for by their common names, in alphabetical order of these; labels in results stay.

    The taxonomy comes back as it is where it has one type, levels or descriptions, where no language has all the names
    or two say the same, and where all are called so already, or what they are asked by is said.
    """
    names = [root.name for root in taxonomy.roots]
    if len(names) == 1 or taxonomy.depth > 1 or taxonomy.is_described or any(root.asked_as for root in taxonomy.roots):
        return taxonomy
    common = common_names(names)
    if common is None or len(set(common)) < len(common) or common == [spelled(name) for name in names]:
        return taxonomy
    renamed = [replace(root, asked_as=name) for root, name in zip(taxonomy.roots, common, strict=True)]
    return Taxonomy(tuple(renamed)).in_order()
