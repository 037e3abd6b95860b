"""Numbers of accounts, cards and taxes."""

from __future__ import annotations

from train.synthetic.draw import Draw
from train.synthetic.rendering import Value, marked

_IBAN_LOCALES = (
    "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "nl_BE", "pl_PL", "pt_PT", "de_AT", "de_CH", "en_GB", "en_IE", "tr_TR",
    "da_DK", "fi_FI", "cs_CZ", "no_NO", "ro_RO",
)  # fmt: skip
_CARD_STARTS = ("4", "4", "51", "52", "53", "54", "55", "34", "37", "6011")
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE32 = "023456789acdefghjklmnpqrstuvwxyz"


def iban(draw: Draw) -> Value:
    """An IBAN with its right check digits, in groups of four or in one."""
    own = draw.locale in _IBAN_LOCALES and draw.chance(0.7)
    text = draw.made("iban", None if own else draw.pick(_IBAN_LOCALES))
    if draw.chance(0.6):
        text = " ".join(text[place : place + 4] for place in range(0, len(text), 4))
    return marked(text, "IBAN")


def bic(draw: Draw) -> Value:
    """The code of a bank, of eight or eleven letters and digits."""
    country = draw.pick(("DE", "FR", "GB", "ES", "IT", "NL", "PL", "US", "CH", "AT", "TR", "JP"))
    return marked(draw.pattern(f"????{country}&&") + draw.pick(("", "XXX", draw.pattern("&&&"))), "BIC")


def card_number(draw: Draw) -> Value:
    """A card's number that passes Luhn's test, in one or in groups."""
    start = draw.pick(_CARD_STARTS)
    length = 15 if start in ("34", "37") else 16
    digits = start + draw.pattern("#" * (length - len(start) - 1))
    digits += str(luhn_digit(digits))
    between = draw.pick((" ", " ", "-", ""))
    sizes = (4, 6, 5) if length == 15 else (4, 4, 4, 4)
    groups, place = [], 0
    for size in sizes:
        groups.append(digits[place : place + size])
        place += size
    return marked(between.join(groups), "credit card number")


def luhn_digit(digits: str) -> int:
    """The digit that makes `digits` pass Luhn's test when it is put behind them."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 if place % 2 else 2)
        total += number - 9 if number > 9 else number
    return -total % 10


def security_code(draw: Draw) -> Value:
    """The three or four digits on the back of a card."""
    return marked(draw.pattern(draw.pick(("###", "###", "####"))), "card security code")


def account_number(draw: Draw) -> Value:
    """The number of an account that is no IBAN, with or without the bank's number."""
    shapes = (
        "########",
        "##########",
        "############",
        "#### #### ##",
        "##-##-## ########",
        "%######-#",
        "####-#######",
    )
    return marked(draw.pattern(draw.pick(shapes)), "bank account number")


def tax_number(draw: Draw) -> Value:
    """A tax number in a shape of the language's countries."""
    return marked(draw.shape("tax number"), "tax number")


def crypto_address(draw: Draw) -> Value:
    """An address of Bitcoin or Ethereum; its checksum is not right."""
    kind = draw.number(0, 3)
    if kind == 0:
        text = "0x" + "".join(draw.pick("0123456789abcdefABCDEF") for _ in range(40))
    elif kind == 1:
        text = "bc1q" + "".join(draw.pick(_BASE32) for _ in range(38))
    else:
        text = draw.pick("13") + "".join(draw.pick(_BASE58) for _ in range(draw.number(26, 33)))
    return marked(text, "cryptocurrency address")


GENERATORS = {
    "IBAN": iban,
    "BIC": bic,
    "credit card number": card_number,
    "card security code": security_code,
    "bank account number": account_number,
    "tax number": tax_number,
    "cryptocurrency address": crypto_address,
}
