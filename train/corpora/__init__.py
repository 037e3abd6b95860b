"""Corpora to train and measure on: mixtures, repairs, checks, draws and prompts."""
