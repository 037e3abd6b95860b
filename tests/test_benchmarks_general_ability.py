"""The base model with adapters switched off answers bit for bit as before."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM
from unread_adapters import put

from benchmarks.general_ability import main, perplexity
from cascade.adapters.card import read_adapter


@pytest.fixture(scope="module")
def adapter(gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(1)
    models: Any = AutoModelForCausalLM
    config = LoraConfig(r=2, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM")
    folder = tmp_path_factory.mktemp("ability") / "adapter"
    get_peft_model(models.from_pretrained(gemma_folder), config).save_pretrained(str(folder))
    return folder


def test_adapters_that_are_off_change_nothing_and_on_much(
    gemma_folder: Path, adapter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("Ada met Bob in London.\n\nKöln\u2028sleeps.\n")
    assert main([str(texts), "--base", str(gemma_folder), "--adapters", str(adapter), str(adapter)]) == 0
    found = re.findall(r"\| ([\w/ ]+) \| ([\d.]+) \|", capsys.readouterr().out)
    on, off = (f"{adapter.parent.name}/adapter {state}" for state in ("on", "off"))
    assert [name for name, _ in found] == ["base model", on, off, on, off]
    values = [value for _, value in found]
    assert values[0] == values[2] == values[4] != values[1] == values[3]


def test_logits_of_a_switched_off_adapter_are_the_base_models_bits(gemma_folder: Path, adapter: Path) -> None:
    from peft import PeftModel

    models: Any = AutoModelForCausalLM
    base = models.from_pretrained(gemma_folder).eval()
    ids = torch.arange(10, 40)[None]
    with torch.inference_mode():
        before = base(ids).logits
        adapted = PeftModel.from_pretrained(base, str(adapter)).eval()
        with_adapter = adapted(ids).logits
        with adapted.disable_adapter():
            after = adapted(ids).logits
    assert torch.equal(before, after)
    assert not torch.equal(before, with_adapter)


def test_a_difference_to_another_adapter_is_read_with_it(
    gemma_folder: Path, adapter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "texts.txt").write_text("Ada met Bob in London.\n")

    def read(*folders: Path) -> dict[str, str]:
        command = [str(tmp_path / "texts.txt"), "--base", str(gemma_folder), "--adapters", *map(str, folders)]
        assert main(command) == 0
        return dict(re.findall(r"\| ([\w/ ]+) \| ([\d.]+) \|", capsys.readouterr().out))

    put(tmp_path / "many", "classifier", ["en"])
    put(tmp_path / "many", "extractor", ["en"])
    root, difference = tmp_path / "many" / "extractor", tmp_path / "de" / "extractor"
    shutil.copytree(adapter, root, dirs_exist_ok=True)
    alone = read(root)
    put(tmp_path / "de", "extractor", ["de"], read_adapter(root).checksum())
    shutil.copytree(adapter, difference, dirs_exist_ok=True)
    together = read(difference)
    assert together["base model"] == together["de/extractor off"] == alone["base model"]
    assert together["de/extractor on"] not in alone.values()  # both at once, not the difference alone
    replace(read_adapter(difference).card, builds_on="0" * 64).write(difference)
    assert main([str(tmp_path / "texts.txt"), "--base", str(gemma_folder), "--adapters", str(difference)]) == 2
    assert "is a difference to an adapter (000000000000) that is not below" in capsys.readouterr().err


def test_perplexity_is_the_exponential_of_the_mean_loss() -> None:
    assert perplexity([2.0, 4.0], 6) == pytest.approx(2.718281828)


def test_tasks_without_their_package_name_it(
    gemma_folder: Path,
    adapter: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("benchmarks.general_ability.find_spec", lambda name: None)
    (tmp_path / "a.txt").write_text("Ada met Bob.\n")
    asked = [str(tmp_path / "a.txt"), "--base", str(gemma_folder), "--adapters", str(adapter), "--tasks", "gsm8k"]
    assert main(asked) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "error: --tasks needs the package lm_eval; install it: pip install lm-eval"
    )
