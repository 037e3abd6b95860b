"""Errors that users can act on: every message says where, what was found, what was expected and what to do."""


class CascadeError(Exception):
    """Root of all errors this project raises on purpose."""


def shown(value: object) -> str:
    """The value as an error message shows it, on one line and cut to a readable length."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


class DocumentError(CascadeError):
    """A document or an entity breaks an invariant (offsets, text, types)."""


class TaxonomyError(CascadeError):
    """A taxonomy is empty, ambiguous or in no known form."""


class FormatError(CascadeError):
    """A file does not follow the format it was read as."""


class BaseModelError(CascadeError):
    """The base model cannot be found, converted or used."""


class AdapterError(CascadeError):
    """An adapter is missing or does not fit the base model, stage or prompt version."""


class ScoringError(CascadeError):
    """Gold and predicted documents cannot be compared."""


class ProcessError(CascadeError):
    """Something that belongs to one process is used in another, or handed to it, where it cannot work."""


class LanguageError(CascadeError):
    """A language that the user names is none that is known."""
