"""What programs write, in no language: lines of logs, commands, and objects with English keys."""

from __future__ import annotations

import re
from collections.abc import Sequence

from train.synthetic.draw import Draw
from train.synthetic.records import RECORD_SLOTS
from train.synthetic.rendering import Builder, Value
from train.synthetic.slots import filled
from train.synthetic.type_names import names_of

LOG_LINES = (
    "{timestamp} INFO auth: login ok user={user name} ip={IP address}",
    "{timestamp} WARN auth: login failed user={user name} from={IP address} attempt={~small}",
    "[{timestamp}] ERROR request {UUID} failed with code {~page}",
    "{IP address} - {user name} [{timestamp}] \"GET /items/{~page}\" 200",
    "{timestamp} dhcpd: lease {IP address} to {MAC address}",
    "{timestamp} upload {file name} size={data size} sha={hash}",
    "{timestamp} worker-{~small} wrote {file path}",
    "{timestamp} mailer: delivered to <{email address}>",
    "{timestamp} payment: card {credit card number} declined, order {order number}",
    "{timestamp} update {version number} -> {version number} done",
    "session={UUID} token={API key} user={user name}",
    "{timestamp} sms queued to {phone number} id={UUID}",
    "DEBUG line {~small}: retry {~small}/{~small}",
    "{timestamp} scan {barcode number} slot {~room}",
    "{timestamp} parcel {tracking number} arrived at dock {~room}",
    "$ ssh {user name}@{IP address}",
    "$ curl -u {user name}:{password} {URL}",
    "$ git show {hash}",
    "$ cp {file path} {file path}",
    "export API_KEY={API key}",
    "DB_USER={user name}\nDB_PASSWORD={password}\nDB_HOST={IP address}",
    "ping {IP address}: {temperature} at sensor {~small}",
    "{file name}: OK {hash}",
    "ERROR in {file path}, line {~page}",
)  # fmt: skip
_UNSAFE = re.compile(r'["\\\n]')


def key_of(type_name: str, draw: Draw) -> str:
    """One of the type's names as a program spells a key: phone_number, phoneNumber, phone-number or PHONE_NUMBER."""
    name = draw.pick(names_of(type_name)).replace("_", " ")
    words: list[str] = re.findall(r"[A-Za-z0-9]+", name)
    style = draw.number(0, 5)
    if style == 0:
        return words[0].lower() + "".join(word.title() for word in words[1:])
    if style == 1:
        return "-".join(words).lower()
    return "_".join(words).upper() if style == 2 else "_".join(words).lower()


def log(draw: Draw) -> Value:
    """Some lines of a log or a shell."""
    builder = Builder()
    for number in range(draw.number(1, 5)):
        builder.add("\n" if number else "")
        for place, part in enumerate(re.split(r"\{([^{}]+)\}", draw.pick(LOG_LINES))):
            builder.add(filled(part, draw) if place % 2 else part)
    return builder.value


def snippet(draw: Draw, types: Sequence[str]) -> Value:
    """The types' values in an object of JSON or YAML, in settings, a query of a web address or a line of key=value."""
    start, quote, colon, between, end = draw.pick(_STYLES)
    builder = Builder().add(start)
    first = True
    for type_name in types:
        value = filled(RECORD_SLOTS.get(type_name, type_name), draw)
        if _UNSAFE.search(value.text) or (not quote and between.strip() and between.strip() in value.text):
            continue
        key_quote = '"' if quote and start else ""
        builder.add("" if first else between, key_quote, key_of(type_name, draw), key_quote, colon, quote, value, quote)
        first = False
    return builder.add(end).value


# start, quote, between key and value, between fields, end
_STYLES = (
    ("{", '"', ": ", ", ", "}"),
    ("{", '"', ":", ",", "}"),
    ("{\n  ", '"', ": ", ",\n  ", "\n}"),
    ("", "", ": ", "\n", ""),
    ("", '"', ": ", "\n", ""),
    ("", "", "=", "\n", ""),
    ("", '"', "=", " ", ""),
    ("- ", "", ": ", "\n  ", ""),
    ("[data]\n", "", " = ", "\n", ""),
)
