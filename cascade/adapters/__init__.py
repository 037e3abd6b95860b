"""Adapters: their cards and files, the folder that holds them, and which of them reads a document."""
