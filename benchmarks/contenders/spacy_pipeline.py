"""Contender: a spaCy CPU pipeline, `tok2vec` and `ner` of a small model's size, with random weights; its types are
fixed when it is trained.
"""

from __future__ import annotations

from benchmarks.contenders.serving import Job, Read, serve


def load(job: Job) -> Read:
    """A blank pipeline that was initialised with a few of the job's documents."""
    import spacy
    from spacy.training import Example

    pipeline = spacy.blank("xx")
    recogniser = pipeline.add_pipe("ner")
    for name in job["types"]:
        recogniser.add_label(name)
    examples = [Example.from_dict(pipeline.make_doc(text), {"entities": []}) for text in job["texts"][:50]]
    pipeline.initialize(lambda: examples)

    def read(part: slice) -> None:
        for _ in pipeline.pipe(job["texts"][part], batch_size=256):
            pass

    return read


if __name__ == "__main__":
    serve(load)
