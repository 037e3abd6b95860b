"""Which layer of UIMA annotations holds the entities, and which of its features their type."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cascade.errors import FormatError

NAMED_ENTITY = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"  # the layer of DKPro Core and INCEpTION
VALUE = "value"
_OF_TOOLS = (
    "de.tudarmstadt.ukp.dkpro.core.",
    "org.dkpro.core.",
    "uima.",
    "org.apache.uima.",
    "webanno.custom.PdfChunk",
)
_FEATURES = (VALUE, "label", "type", "category", "class", "tag", "entity")  # names that custom layers give the type
OTHER_LAYER = "annotations of the other layer {layer}"
OTHER_FEATURE = "values of the feature {feature}"
WITHOUT_VALUE = "annotations without a value for their type (left out)"


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer and the feature that holds the types; without a feature, the layer's short name is the type."""

    name: str
    feature: str | None

    @property
    def short(self) -> str:
        """The name without the package, as users see it."""
        return short_name(self.name)


def short_name(layer: str) -> str:
    """The last part of a layer's name."""
    return layer.rpartition(".")[2]


def chosen_layer(layers: Mapping[str, Collection[str]], asked: str | None, source: str) -> Layer | None:
    """The layer of the entities; None if no layer can hold them.

    layers: the span layers of the file `source` with their features. asked: what the user names, LAYER or
    LAYER:FEATURE, with the full or the short name. Otherwise it is DKPro's NamedEntity, or else the only layer that is
    not of the tools' own. Raises FormatError if it cannot be told.
    """
    if asked is not None:
        return _asked_layer(layers, asked, source)
    if NAMED_ENTITY in layers:
        return Layer(NAMED_ENTITY, _feature(NAMED_ENTITY, layers[NAMED_ENTITY], source))
    custom = [layer for layer in layers if not layer.startswith(_OF_TOOLS)]
    if len(custom) > 1:
        names = ", ".join(sorted(map(short_name, custom)))
        raise FormatError(
            f"{source}: the layers {names} could all hold the entities; name one with --layer of python -m data_formats"
        )
    return Layer(custom[0], _feature(custom[0], layers[custom[0]], source)) if custom else None


def _asked_layer(layers: Mapping[str, Collection[str]], asked: str, source: str) -> Layer:
    wanted, _, feature = asked.partition(":")
    found = [layer for layer in layers if wanted in (layer, short_name(layer))]
    if len(found) != 1:
        raise FormatError(
            f"{source}: --layer {asked}: {len(found) or 'no'} layers have this name; expected one of "
            f"{', '.join(sorted(layers)) or 'none'}"
        )
    if feature and feature not in layers[found[0]]:
        raise FormatError(
            f"{source}: --layer {asked}: the layer has no such feature; expected one of "
            f"{', '.join(sorted(layers[found[0]])) or 'none'}"
        )
    return Layer(found[0], feature or _feature(found[0], layers[found[0]], source))


def _feature(layer: str, features: Collection[str], source: str) -> str | None:
    if layer == NAMED_ENTITY and VALUE not in features:
        return None  # its other feature is an identifier
    if len(features) < 2:
        return next(iter(features), None)
    named = [feature for feature in _FEATURES if feature in features]
    if named[:1] == [VALUE] or len(named) == 1:
        return named[0]
    raise FormatError(
        f"{source}: the features {', '.join(sorted(features))} of the layer {short_name(layer)} could all be the type; "
        f"name one with --layer {short_name(layer)}:FEATURE of python -m data_formats"
    )
