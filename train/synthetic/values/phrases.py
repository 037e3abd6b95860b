"""Common nouns and phrases of health, work and daily life, and dosages."""

from __future__ import annotations

from collections.abc import Callable

from train.synthetic.draw import Draw
from train.synthetic.rendering import Value, marked

WORD_TYPES = ("symptom", "disease", "skill", "food", "colour", "animal")
_MEDICATIONS = (
    "Ibuprofen", "Paracetamol", "Amoxicillin", "Metformin", "Omeprazol", "Atorvastatin", "Ramipril", "Levothyroxin",
    "Aspirin", "Diclofenac", "Pantoprazol", "Bisoprolol", "Simvastatin", "Cetirizin", "Prednisolon",
)  # fmt: skip
_STRENGTHS = (
    "5 mg",
    "10 mg",
    "20 mg",
    "50 mg",
    "75 mg",
    "100 mg",
    "200 mg",
    "400 mg",
    "500 mg",
    "850 mg",
    "1 g",
    "25 µg",
    "2,5 mg",
    "5 ml",
    "10 IU",
)
_KEPT_CASE = ("de", "tr")  # nouns have capitals, or small letters that `lower` does not know
_LONGEST_JOB = 40  # characters; longer ones are definitions
_BLOOD = ("A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-")


def _word(kind: str) -> Callable[[Draw], Value]:
    def generate(draw: Draw) -> Value:
        return marked(draw.word(kind), kind)

    return generate


def job_title(draw: Draw) -> Value:
    """A job title from our list of the language, or a short one of Faker's where it has a list of its own."""
    if draw.made_by_faker("job title", "job") and draw.chance(0.6):
        made = draw.made("job")
        if len(made) <= _LONGEST_JOB and not set(made) & set(",(/*:"):
            small = draw.language.code not in _KEPT_CASE and draw.chance(0.5)
            return marked(made.lower() if small else made, "job title")
    return marked(draw.word("job title"), "job title")


def medication(draw: Draw) -> Value:
    """A drug's name."""
    return marked(
        draw.word("medication") if "medication" in draw.language.words else draw.pick(_MEDICATIONS), "medication"
    )


def dosage(draw: Draw) -> Value:
    """How much of a drug, or how often."""
    text = draw.format("dosage") if draw.chance(0.45) else draw.pick(_STRENGTHS)
    if draw.chance(0.25):
        text = text.replace(" mg", "mg").replace(" ml", "ml")
    if draw.language.words["number signs"][0] == ".":
        text = text.replace("2,5", "2.5")
    return marked(text, "dosage")


def blood_type(draw: Draw) -> Value:
    """A blood group with its rhesus factor."""
    return marked(draw.pick(_BLOOD), "blood type")


GENERATORS = {
    **{kind: _word(kind) for kind in WORD_TYPES},
    "job title": job_title,
    "medication": medication,
    "dosage": dosage,
    "blood type": blood_type,
}
