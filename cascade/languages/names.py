"""Names of languages that users may write instead of a two-letter code."""

from __future__ import annotations

# For each language: the reference name in ISO 639-3 and its other names there, without their brackets; further English
# names; and for many languages, above all those that adapters were trained on, their names in the language itself.
_BY_LANGUAGE = """
aa Afar, ab Abkhazian; Abkhaz, ae Avestan, af Afrikaans, ak Akan; Twi; Fanti, am Amharic, an Aragonese,
ar Arabic; Standard Arabic; Modern Standard Arabic; العربية, as Assamese, av Avaric; Avar, ay Aymara,
az Azerbaijani; Azeri, ba Bashkir, be Belarusian; Belorussian, bg Bulgarian; български, bi Bislama, bm Bambara,
bn Bengali; Bangla; বাংলা, bo Tibetan, br Breton, bs Bosnian; bosanski, ca Catalan; Valencian; català, ce Chechen,
ch Chamorro, co Corsican, cr Cree, cs Czech; čeština, cu Church Slavic; Church Slavonic; Old Church Slavonic,
cv Chuvash, cy Welsh, da Danish; dansk, de German; Deutsch, dv Dhivehi; Divehi; Maldivian, dz Dzongkha, ee Ewe,
el Greek; Modern Greek; ελληνικά, en English, eo Esperanto, es Spanish; Castilian; español, et Estonian; eesti,
eu Basque; euskara, fa Persian; Farsi; Dari; فارسی, ff Fulah; Fula; Fulani, fi Finnish; suomi, fj Fijian, fo Faroese,
fr French; français, fy Western Frisian; West Frisian; Frisian, ga Irish, gd Scottish Gaelic; Scots Gaelic; Gaelic,
gl Galician; galego, gn Guarani, gu Gujarati; ગુજરાતી, gv Manx, ha Hausa, he Hebrew; עברית, hi Hindi; हिन्दी; हिंदी,
ho Hiri Motu, hr Croatian; hrvatski, ht Haitian; Haitian Creole, hu Hungarian; magyar, hy Armenian, hz Herero,
ia Interlingua, id Indonesian; Bahasa Indonesia, ie Interlingue; Occidental, ig Igbo, ii Sichuan Yi; Nuosu,
ik Inupiaq; Inupiat, io Ido, is Icelandic, it Italian; italiano, iu Inuktitut, ja Japanese; 日本語, jv Javanese,
ka Georgian, kg Kongo; Kikongo, ki Kikuyu; Gikuyu, kj Kuanyama; Kwanyama, kk Kazakh, kl Kalaallisut; Greenlandic,
km Khmer; Central Khmer; Cambodian, kn Kannada; ಕನ್ನಡ, ko Korean; 한국어, kr Kanuri, ks Kashmiri,
ku Kurdish; Kurmanji, kv Komi, kw Cornish, ky Kirghiz; Kyrgyz, la Latin, lb Luxembourgish; Letzeburgesch,
lg Ganda; Luganda, li Limburgan; Limburger; Limburgish, ln Lingala, lo Lao; Laotian, lt Lithuanian; lietuvių,
lu Luba-Katanga, lv Latvian; latviešu, mg Malagasy, mh Marshallese, mi Maori; Māori, mk Macedonian; македонски,
ml Malayalam; മലയാളം, mn Mongolian, mr Marathi; मराठी, ms Malay; Standard Malay; Malaysian; Bahasa Melayu, mt Maltese,
my Burmese; Myanmar, na Nauru; Nauruan, nd North Ndebele, ne Nepali, ng Ndonga, nl Dutch; Flemish; Nederlands,
no Norwegian; Norwegian Bokmål; Bokmål; Norwegian Nynorsk; Nynorsk; norsk, nr South Ndebele, nv Navajo; Navaho,
ny Chichewa; Chewa; Nyanja, oc Occitan, oj Ojibwa; Ojibwe, om Oromo, or Oriya; Odia; ଓଡ଼ିଆ,
os Ossetian; Ossetic; Iron Ossetic, pa Panjabi; Punjabi; ਪੰਜਾਬੀ, pi Pali, pl Polish; polski, ps Pushto; Pashto,
pt Portuguese; Brazilian Portuguese; português, qu Quechua, rm Romansh, rn Rundi; Kirundi,
ro Romanian; Moldavian; Moldovan; română, ru Russian; русский, rw Kinyarwanda, sa Sanskrit, sc Sardinian, sd Sindhi,
se Northern Sami, sg Sango, si Sinhala; Sinhalese, sk Slovak; slovenčina, sl Slovenian; Slovene; slovenščina,
sm Samoan, sn Shona, so Somali, sq Albanian; shqip, sr Serbian; Serbo-Croatian; српски; srpski, ss Swati; Swazi,
st Southern Sotho; Sesotho, su Sundanese, sv Swedish; svenska, sw Swahili; Kiswahili, ta Tamil; தமிழ்,
te Telugu; తెలుగు, tg Tajik, th Thai; ไทย, ti Tigrinya, tk Turkmen, tl Tagalog; Filipino, tn Tswana; Setswana,
to Tonga; Tongan, tr Turkish; Türkçe, ts Tsonga, tt Tatar, ty Tahitian, ug Uighur; Uyghur, uk Ukrainian; українська,
ur Urdu; اردو, uz Uzbek, ve Venda, vi Vietnamese; tiếng Việt, vo Volapük, wa Walloon, wo Wolof, xh Xhosa; isiXhosa,
yi Yiddish, yo Yoruba, za Zhuang; Chuang, zh Chinese; Mandarin; Mandarin Chinese; Standard Chinese; 中文,
zu Zulu; isiZulu
"""

NAMES = {
    name.strip(): entry.split()[0]
    for entry in _BY_LANGUAGE.split(",")
    for name in entry.strip().partition(" ")[2].split(";")
}
"""The two-letter code of a language, by its names in their usual case."""
