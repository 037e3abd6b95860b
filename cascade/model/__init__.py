"""The base model: where it comes from, how it is loaded, what it computes in."""
