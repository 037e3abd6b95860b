"""Examples of requests and answers, for the description of the interface."""

from __future__ import annotations

from typing import Any

REQUESTS: dict[str, Any] = {
    "one": {
        "summary": "one text, the usual types",
        "value": {"text": "Angela Merkel besuchte Paris."},
    },
    "many": {
        "summary": "many texts, some with options of their own",
        "value": {
            "texts": [
                "Tim Cook leads Apple.",
                {"id": "b", "text": "Mark Rutte bezocht Brussel.", "language": "nl", "types": ["person", "city"]},
            ],
            "types": [{"name": "person"}, {"name": "company", "description": "a business that sells goods"}],
            "min_score": {"person": 0.5, "*": 0.3},
            "alternatives": 2,
        },
    },
    "taxonomy": {
        "summary": "a taxonomy, offsets for JavaScript",
        "value": {
            "text": "Ada Lovelace lived in London 👩‍💻.",
            "types": {"person": ["scientist", "politician"], "place": {"city": None, "country": None}},
            "offsets": "utf-16",
        },
    },
}

ANSWER: dict[str, Any] = {
    "documents": [
        {
            "id": "1",
            "language": "de",
            "entities": [
                {"start": 0, "end": 13, "text": "Angela Merkel", "type": "person", "score": 0.976},
                {"start": 23, "end": 28, "text": "Paris", "type": "location", "score": 0.93},
            ],
            "adapters": ["de/extractor", "multilingual/classifier"],
        }
    ]
}
