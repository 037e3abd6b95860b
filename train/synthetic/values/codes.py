"""Codes of orders, goods, papers, vehicles and software."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence

from train.synthetic.draw import Draw
from train.synthetic.rendering import Value, marked

_SHAPES: Mapping[str, Sequence[str]] = {
    "order number": (
        "#######", "%#####", "ORD-######", "ORD#######", "PO-%####", "PO %#####", "#######-##", "###-#######-#######",
        "A#####", "?&&&&&&&", "WEB-%###", "20##-#####", "SO%######", "??-####-??", "&&&&-&&&&",
    ),
    "invoice number": (
        "INV-####", "INV-20##-####", "INV#######", "RE-######", "20##/####", "R-%####", "F20##-###", "%#######",
        "#####/20##",
        "FV/##/20##/##", "AB-##-####", "20##-##-###",
    ),
    "customer number": ("%#######", "C-######", "K%####", "CUST-####", "##-#####", "%#### ####"),
    "tracking number": (
        "1Z&&&&&&##########", "JD############", "??#########DE", "RR#########CN", "############", "#### #### ####",
        "00340#########", "LX#########GB", "TBA############", "3S????#########",
    ),
    "ticket number": ("#######", "TKT-####", "INC#######", "CASE-%####", "REQ%#####", "??-%##", "SUP-%####", "#%####"),
    "reference number": ("REF-&&&&&&", "REF ######", "##.##.###", "%##/##-??", "AZ-####/##", "&&&&-&&&&-&&&&",
        "R%#####"),
    "contract number": ("V-#######", "CT-20##-###", "%########", "??####-##", "##-###-###"),
    "serial number": ("SN&&&&&&&&", "SN-######", "&&&&&&&&&&&&", "C02?####&&&&", "##??#####", "&&&&-&&&&-&&&&-&&&&"),
    "product code": ("SKU-#####", "??-###-?", "%###.###", "ART-####", "B0&&&&&&&&", "####-##-???", "?###-##",
        "???-####-??"),
    "flight number": ("LH%##", "LH %##", "BA%###", "AF%##", "UA %##", "TK%###", "EK%##", "FR%###", "U2 %###",
        "QR%##", "IB%###", "JL%##"),
    "driving licence number": ("?###-####-####", "%########", "??######", "B0##?##?#&&", "?#######"),
    "passport number": ("?########", "%########", "??#######", "C&&&&&&&&", "##??#####", "?#######"),
    "insurance number": ("?#########", "% ## ## ## ### ### ##", "## ###### ? ###", "%##-###-###", "??######?"),
    "licence plate": ("???-###", "??-###-??", "###-???", "??## ???"),
}  # fmt: skip
# locales whose numbers of Faker do not depend on the day on which they are drawn
_SSN_LOCALES = ("en_US", "en_GB", "en_CA", "en_IN", "en_IE", "fr_FR", "pt_BR")
_FILES = (
    "report",
    "invoice",
    "scan",
    "photo",
    "contract",
    "IMG",
    "backup",
    "notes",
    "data",
    "final",
    "Budget",
    "cv",
    "main",
    "config",
)
_ENDINGS = ("pdf", "docx", "xlsx", "jpg", "png", "csv", "txt", "zip", "py", "json", "mp4", "log", "tar.gz", "yaml")
_FOLDERS = (
    "home",
    "var",
    "log",
    "usr",
    "local",
    "data",
    "src",
    "tmp",
    "Documents",
    "projects",
    "etc",
    "opt",
    "Users",
    "backup",
)


def _of_shapes(type_name: str) -> Callable[[Draw], Value]:
    def generate(draw: Draw) -> Value:
        text = draw.pattern(draw.pick(_SHAPES[type_name]))
        return marked(text.lower() if draw.chance(0.03) else text, type_name)

    return generate


def identity_number(draw: Draw) -> Value:
    """The number of a person's identity card or social security."""
    made = draw.locale in _SSN_LOCALES and draw.locale.startswith(draw.language.code) and draw.chance(0.5)
    text = draw.made("ssn") if made else draw.shape("identity number")
    return marked(text, "identity number")


def licence_plate(draw: Draw) -> Value:
    """A plate as Faker's locale or the language's file has it."""
    made = draw.made_by_faker("licence plate", "automotive")
    return marked(draw.made("license_plate") if made else draw.shape("licence plate"), "licence plate")


def vin(draw: Draw) -> Value:
    """A vehicle's number of 17 signs with its check digit."""
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
    signs = [draw.pick(("WVW", "WBA", "1HG", "JTD", "VF1", "ZFA", "5YJ", "SAL", "KMH", "YV1"))]
    signs += [draw.pick(letters) for _ in range(14)]
    text = "".join(signs)
    return marked(text[:8] + vin_digit(text) + text[9:], "vehicle identification number")


def vin_digit(text: str) -> str:
    """The check digit (ISO 3779, as used in North America) of a number of 17 signs, whatever stands in its place."""
    values = dict(
        zip(
            "ABCDEFGHJKLMNPRSTUVWXYZ0123456789",
            [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10), *range(10)],
            strict=True,
        )
    )
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    rest = sum(values[sign] * weight for sign, weight in zip(text, weights, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


def ean_digit(digits: str) -> int:
    """The digit that ends a barcode of the digits before it."""
    return -sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))) % 10


def barcode(draw: Draw) -> Value:
    """A barcode number of 8 or 13 digits with its check digit."""
    digits = draw.pattern(draw.pick(("%######", "40##########", "50##########", "69##########", "8###########")))
    return marked(f"{digits}{ean_digit(digits)}", "barcode number")


def isbn(draw: Draw) -> Value:
    """A book's number of 13 or 10 digits with its check digit."""
    if draw.chance(0.65):
        digits = draw.pattern("978#########")
        text = f"{digits}{ean_digit(digits)}"
        return marked(f"{text[:3]}-{text[3]}-{text[4:8]}-{text[8:12]}-{text[12]}" if draw.chance(0.6) else text, "ISBN")
    digits = draw.pattern("#########")
    rest = sum(int(digit) * (place + 1) for place, digit in enumerate(digits)) % 11
    last = "X" if rest == 10 else str(rest)
    return marked(f"{digits[0]}-{digits[1:5]}-{digits[5:]}-{last}" if draw.chance(0.5) else digits + last, "ISBN")


def version(draw: Draw) -> Value:
    """A version of software; a v before it belongs to it."""
    numbers = [str(draw.number(0, 30)) for _ in range(draw.pick((2, 3, 3, 3)))]
    end = draw.pick(("", "", "", "", "-beta", "-rc.1", "b2", "-alpha.3", "+build.7"))
    return marked(draw.pick(("", "", "v")) + ".".join(numbers) + end, "version number")


def file_name(draw: Draw) -> Value:
    """A file's name with its ending."""
    middle = draw.pick(
        ("", f"_{draw.number(1, 99)}", f"-{draw.number(2015, 2030)}", f"_{draw.pattern('####')}", "_v2", "_final")
    )
    return marked(f"{draw.pick(_FILES)}{middle}.{draw.pick(_ENDINGS)}", "file name")


def file_path(draw: Draw) -> Value:
    """A path on a disk of Unix or Windows."""
    folders = draw.some(_FOLDERS, draw.number(1, 4))
    name = file_name(draw).text
    if draw.chance(0.35):
        return marked(f"{draw.pick('CDE')}:\\" + "\\".join([*folders, name]), "file path")
    return marked(draw.pick(("/", "/", "~/", "./")) + "/".join([*folders, name]), "file path")


def unique_id(draw: Draw) -> Value:
    """A UUID of version 4."""
    text = str(uuid.UUID(int=draw.sources.random.getrandbits(128), version=4))
    return marked(text.upper() if draw.chance(0.2) else text, "UUID")


def digest(draw: Draw) -> Value:
    """The hex digits of a hash: MD5, SHA-1, SHA-256, or a short one of a commit."""
    return marked(draw.pattern("*" * draw.pick((32, 40, 64, 64))), "hash")


def api_key(draw: Draw) -> Value:
    """A secret key of a web service, with an invented start."""
    letters = "".join(
        draw.pick("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789") for _ in range(draw.number(20, 36))
    )
    return marked(draw.pick(("sk_", "key-", "api_", "tok_", "")) + letters, "API key")


GENERATORS = {
    **{name: _of_shapes(name) for name in _SHAPES},
    "licence plate": licence_plate,
    "identity number": identity_number,
    "vehicle identification number": vin,
    "barcode number": barcode,
    "ISBN": isbn,
    "version number": version,
    "file name": file_name,
    "file path": file_path,
    "UUID": unique_id,
    "hash": digest,
    "API key": api_key,
}
