"""The two stages: the extractor finds spans, the classifier types them."""
