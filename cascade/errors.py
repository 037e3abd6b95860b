"""Errors that users can act on: each message says where, what was found, what was expected and what to do."""


class CascadeError(Exception):
    """Base class of all errors that this project raises on purpose."""


def shown(value: object) -> str:
    """The value as error messages show it, on one line and cut to a readable length."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


class DocumentError(CascadeError):
    """A document or an entity breaks an invariant (offsets, text, types)."""


class TaxonomyError(CascadeError):
    """A taxonomy is empty, ambiguous or in an unknown form."""


class FormatError(CascadeError):
    """A file does not follow its format."""


class BaseModelError(CascadeError):
    """The base model cannot be found, converted or used."""


class AdapterError(CascadeError):
    """An adapter is missing or does not fit the base model, stage or prompt version."""


class ScoringError(CascadeError):
    """Gold and predicted documents cannot be compared."""


class ProcessError(CascadeError):
    """An object that belongs to one process is used in another, or passed to it, where it cannot work."""


class LanguageError(CascadeError):
    """The user names an unknown language."""


class IntegrationError(CascadeError):
    """A package that the cascade is to work with is missing, or is given what it cannot take."""


class RedactionError(CascadeError):
    """A document cannot be redacted exactly, so that nothing of it may be handed out."""
