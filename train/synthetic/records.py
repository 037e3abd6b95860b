"""Kinds of records: which types stand in one form, and the topic that its sentences are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

TOPICS = ("contact", "shop", "finance", "travel", "health", "work", "identity", "tech", "home")

# by topic, the types that stand together in a record
RECORDS: Mapping[str, Sequence[Sequence[str]]] = {
    "contact": (
        ("person", "company", "job title", "phone number", "email address", "URL", "address", "customer number"),
        ("person", "street", "house number", "postcode", "city", "state", "country", "phone number", "email address"),
        ("user name", "social media handle", "hashtag", "URL", "email address", "date", "time"),
    ),
    "shop": (
        ("order number", "date", "product", "brand", "colour", "quantity", "price", "percentage", "address",
            "tracking number"),
        ("product", "brand", "product code", "barcode number", "serial number", "weight", "length", "colour",
            "price", "volume"),
        ("customer number", "person", "invoice number", "order number", "price", "date", "ISBN", "quantity"),
        ("product", "price", "quantity", "colour", "data size", "measurement", "version number"),
    ),
    "finance": (
        ("person", "IBAN", "BIC", "price", "reference number", "date", "invoice number"),
        ("company", "tax number", "IBAN", "bank account number", "amount of money", "percentage"),
        ("person", "credit card number", "expiry date", "card security code", "price", "postcode"),
        ("cryptocurrency address", "amount of money", "hash", "timestamp"),
    ),
    "travel": (
        ("person", "passport number", "flight number", "date", "time", "city", "country"),
        ("city", "coordinates", "temperature", "speed", "time", "date", "length"),
        ("licence plate", "brand", "speed", "street", "date", "time", "driving licence number"),
    ),
    "health": (
        ("person", "date of birth", "age", "weight", "length", "blood type", "insurance number", "symptom", "disease"),
        ("medication", "dosage", "duration", "disease", "symptom", "temperature", "measurement", "date"),
    ),
    "work": (
        ("person", "age", "job title", "company", "skill", "amount of money", "city", "email address", "phone number"),
        ("job title", "company", "city", "state", "amount of money", "skill", "date", "duration", "URL"),
    ),
    "identity": (
        ("person", "date of birth", "identity number", "passport number", "expiry date", "address", "country",
            "tax number"),
        ("person", "driving licence number", "expiry date", "licence plate", "vehicle identification number", "brand",
            "insurance number"),
        ("contract number", "insurance number", "ticket number", "reference number", "person", "date",
            "amount of money"),
    ),
    "tech": (
        ("IP address", "MAC address", "user name", "password", "version number", "timestamp", "file path"),
        ("file name", "file path", "data size", "hash", "version number", "timestamp", "user name"),
        ("UUID", "API key", "URL", "user name", "password", "ticket number", "serial number"),
    ),
    "home": (
        ("food", "quantity", "weight", "volume", "temperature", "duration", "price"),
        ("animal", "age", "weight", "colour", "person", "phone number", "city"),
        ("address", "area", "price", "percentage", "date", "duration", "measurement"),
    ),
}  # fmt: skip
# how forms write a type, where it is not as in prose
RECORD_SLOTS: Mapping[str, str] = {"age": "bare age", "quantity": "bare quantity", "person": "full name"}
