"""Synthetic documents to train on: numbers, codes, addresses and common nouns, with spans right by construction."""
