"""Compares published systems with ours on one base model, the same documents and as many training tokens."""
