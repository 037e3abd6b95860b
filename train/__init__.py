"""Training of both stages with ms-swift."""
