"""Chat templates for tokenizers that carry none, as those of base models do."""

from __future__ import annotations

from typing import Any

from cascade.published.errors import PublishedError

Messages = list[dict[str, str]]  # {"role": ..., "content": ...}

# Gemma knows no system turn: its text stands in front of the first question, as ms-swift 4.6 puts it in training
_GEMMA = (
    "{{ bos_token }}{% for message in messages %}{% if message.role == 'user' %}<start_of_turn>user\n"
    "{% if loop.index0 == 1 and messages[0].role == 'system' %}{{ messages[0].content }}\n\n{% endif %}"
    "{{ message.content }}<end_of_turn>\n{% elif message.role == 'assistant' %}<start_of_turn>model\n"
    "{{ message.content }}<end_of_turn>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
_CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TEMPLATES = {"gemma": _GEMMA, "qwen": _CHATML}  # by how a model's kind begins
ENDS_OF_TURN = ("<end_of_turn>", "<|im_end|>", "<|eot_id|>")  # tokens that end an answer, beside the end of the text


def give_template(tokenizer: Any, kind: str, *, folder: str) -> None:
    """Sets the template of the model's kind, such as qwen2, if the tokenizer has none.

    Raises PublishedError if there is none for the kind either.
    """
    if tokenizer.chat_template:
        return
    template = next((each for begin, each in TEMPLATES.items() if kind.startswith(begin)), None)
    if template is None:
        raise PublishedError(
            f"{folder}: the tokenizer has no chat template, and none is known for models of kind {kind!r}; expected "
            f"one in the folder (chat_template.jinja), or a model of kind {', '.join(TEMPLATES)}"
        )
    tokenizer.chat_template = template


def rendered(tokenizer: Any, messages: Messages) -> str:
    """The conversation up to where the answer begins; the system's text goes to the question where it has no turn."""
    from jinja2 import TemplateError  # only where a model is asked

    try:
        text: str = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    except (TemplateError, TypeError, ValueError) as error:  # a template may refuse a turn of the system
        if messages[0]["role"] != "system" or "system" not in str(error).lower():
            raise PublishedError(f"the chat template cannot be used ({error}); expected one for these turns") from error
        first = {**messages[1], "content": f"{messages[0]['content']}\n\n{messages[1]['content']}"}
        return rendered(tokenizer, [first, *messages[2:]])
    return text


def ends_of_turn(tokenizer: Any, stated: object) -> list[int]:
    """The tokens that end an answer: those that the checkpoint states, the end of the text and of a turn."""
    ends = set(stated if isinstance(stated, list) else [stated])
    ends |= {tokenizer.eos_token_id, *(tokenizer.get_vocab().get(token) for token in ENDS_OF_TURN)}
    return sorted(end for end in ends if isinstance(end, int))
