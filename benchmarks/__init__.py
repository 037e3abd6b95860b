"""Benchmarks of quality and speed; each is a command that prints a table."""
