"""The SWIFT template: passes our encoder's bundles through unchanged and batches them for the block mask."""

from __future__ import annotations

from typing import Any

from swift.template import Template

from train.rows.bundle import collate, from_json


class PassageTemplate(Template):
    """Takes rows with a `bundle` (training) or a `document` (scoring).

    It tokenises nothing itself, so that training and inference cannot drift apart.
    """

    def encode(self, inputs: Any, return_template_inputs: bool = False, return_length: bool = False) -> dict[str, Any]:
        """The row's bundle or document, with token ids for SWIFT's own statistics."""
        row = inputs if isinstance(inputs, dict) else inputs.chosen.extra_kwargs
        if row.get("document"):
            return {"input_ids": [self.tokenizer.eos_token_id], "document": row["document"]}
        ids = [token for part in from_json(row["bundle"]) for token in part.ids]
        encoded: dict[str, Any] = {"input_ids": ids, "labels": ids, "bundle": row["bundle"]}
        if return_length:
            encoded["lengths"] = [len(ids)]
        return encoded

    def data_collator(self, batch: list[dict[str, Any]], *, padding_to: int | None = None) -> dict[str, Any]:
        """The tensors of all rows in the batch's bundles."""
        rows = [row for item in batch for row in from_json(item["bundle"])]
        pad_id = self.tokenizer.pad_token_id
        return collate(rows, pad_id=self.tokenizer.eos_token_id if pad_id is None else pad_id)
