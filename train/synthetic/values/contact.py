"""Phone numbers, e-mail addresses, web addresses and names in networks."""

from __future__ import annotations

import ipaddress
import re

from train.synthetic.draw import Draw
from train.synthetic.rendering import Value, marked

_SHAPES = (
    "%## ### ####",
    "%##-###-####",
    "%## ## ## ##",
    "%#########",
    "%## #######",
    "(%##) ### ##-##",
    "%##/#######",
)
_DOMAINS = ("com", "com", "org", "net", "io", "info", "eu", "dev", "app", "shop", "co.uk")
_PARTS = (
    "mail",
    "cloud",
    "shop",
    "nova",
    "blue",
    "data",
    "north",
    "works",
    "lab",
    "media",
    "green",
    "link",
    "pixel",
    "hub",
)
_OFFICES = ("info", "support", "sales", "no-reply", "office", "billing", "hr", "kontakt")
_PATHS = ("help", "contact", "blog/news", "products", "login", "account/settings", "a/b", "docs/start.html", "p")
_TAGS = (
    "throwback",
    "MondayMotivation",
    "SommerFerien",
    "foodporn",
    "tech4good",
    "AI",
    "travel",
    "NoFilter",
    "fitness",
    "OOTD",
)


def phone_number(draw: Draw) -> Value:
    """A number as Faker or the language's file writes it, or one of our shapes with or without the country's code."""
    if draw.chance(0.5):
        made = draw.made_by_faker("phone number", "phone_number")
        text = draw.made("phone_number") if made else draw.shape("phone number")
        if draw.chance(0.2) and "x" not in text:
            text = re.sub(r"[^\d+]", "", text)
        return marked(text, "phone number")
    code = draw.format("dial code")
    start = draw.pick((f"+{code} ", f"+{code} ", f"+{code}", f"00{code} ", f"+{code}-", f"(+{code}) ", "0", "0", ""))
    return marked(
        start + draw.pattern(draw.pick(_SHAPES)).lstrip("(" if start else "").replace(")", "" if start else ")"),
        "phone number",
    )


def _domain(draw: Draw) -> str:
    if draw.chance(0.4):
        return draw.made("domain_name")
    name = (
        draw.pick(_PARTS) + draw.pick(("", "-", "")) + draw.pick(_PARTS) + draw.pick(("", "", str(draw.number(1, 365))))
    )
    ending = draw.format("domain") if draw.chance(0.4) else draw.pick(_DOMAINS)
    return f"{name}.{ending}"


def _account(draw: Draw) -> str:
    # Faker's years depend on the day of the draw
    name = re.sub(r"\d{4}|[^a-z0-9._-]", "", draw.made("user_name").lower()).strip("._-")
    return name or draw.pattern("!!!!!##")


def email(draw: Draw) -> Value:
    """An address at a free or an invented domain."""
    kind = draw.number(0, 5)
    if kind == 0:
        text = f"{_account(draw)}@{draw.made('safe_domain_name')}"
    elif kind == 1:
        text = f"{_account(draw)}@{draw.made('free_email_domain')}"
    elif kind == 2:
        text = f"{draw.pick(_OFFICES)}@{_domain(draw)}"
    else:
        plus = draw.pick(("", "", "", "+news", "+shop", f".{draw.pattern('!!!!')}", f"_{draw.number(1, 99)}"))
        text = f"{_account(draw)}{plus}@{draw.pick(('', '', 'mail.'))}{_domain(draw)}"
    return marked(text, "email address")


def url(draw: Draw) -> Value:
    """A web address with or without its scheme."""
    start = draw.pick(("https://", "https://", "http://", "www.", "https://www.", ""))
    path = draw.pick(
        (
            "",
            "",
            "/",
            f"/{draw.pick(_PATHS)}",
            f"/{draw.pick(_PATHS)}",
            f"/{draw.pick(_PATHS)}?id={draw.number(1, 99999)}",
        )
    )
    if not start and path in ("", "/"):
        path = f"/{draw.pick(_PATHS)}"
    return marked(start + _domain(draw) + path, "URL")


def user_name(draw: Draw) -> Value:
    """An account's name, without the sign that social networks put before it."""
    name = _account(draw)
    shape = draw.pick(("{}", "{}", "{}{n}", "{}_{n}", "x_{}", "{}.dev", "the_{}", "{}_"))
    return marked(shape.format(name, n=draw.number(1, 2009)).rstrip("_"), "user name")


def handle(draw: Draw) -> Value:
    """A name with an @ before it."""
    return marked(f"@{user_name(draw).text}", "social media handle")


def hashtag(draw: Draw) -> Value:
    """A word or several behind a hash sign."""
    own = "".join(draw.word("skill").title().split()).replace("-", "").replace(".", "")
    words = own if draw.chance(0.4) and own.isalnum() else draw.pick(_TAGS)
    return marked(f"#{words}{draw.pick(('', '', '', draw.number(2015, 2030)))}", "hashtag")


def password(draw: Draw) -> Value:
    """Letters, digits and signs, or words joined by signs, never with blanks."""
    if draw.chance(0.5):
        middle = "".join(
            draw.pick("abcdefghkmnpqrstuvwxyzABCDEFGHKLMNPQRSTUVWXYZ23456789!$%&#*+-_?")
            for _ in range(draw.number(6, 14))
        )
        return marked(draw.pattern("?!#") + middle + draw.pattern("#!"), "password")
    words = [draw.pick(_PARTS).title() for _ in range(draw.number(2, 3))]
    return marked(
        draw.pick(("-", "_", ".", "")).join(words) + draw.pattern(draw.pick(("##", "####", "!#", "$##", "_%#"))),
        "password",
    )


def ip_address(draw: Draw) -> Value:
    """An address of version 4, or one of version 6 in a long or short form."""
    if draw.chance(0.75):
        start = draw.pick(((10,), (192, 168), (172, 16), (), ()))
        return marked(".".join(map(str, [*start, *(draw.number(1, 254) for _ in range(4 - len(start)))])), "IP address")
    groups = [draw.pattern("%***") for _ in range(draw.number(2, 8))]
    text = ":".join(groups) if len(groups) == 8 else f"{':'.join(groups[:-1])}::{groups[-1]}"
    return marked(str(ipaddress.IPv6Address(text)), "IP address")


def mac_address(draw: Draw) -> Value:
    """Six pairs of hex digits, or three groups of four."""
    text = (
        draw.pick((":", "-", ":")).join(draw.pattern("**") for _ in range(6))
        if draw.chance(0.85)
        else draw.pattern("****.****.****")
    )
    return marked(text.upper() if draw.chance(0.5) else text, "MAC address")


GENERATORS = {
    "phone number": phone_number,
    "email address": email,
    "URL": url,
    "user name": user_name,
    "social media handle": handle,
    "hashtag": hashtag,
    "password": password,
    "IP address": ip_address,
    "MAC address": mac_address,
}
