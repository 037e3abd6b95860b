"""Redaction: entities are replaced in their texts, or the document is not handed out."""
