"""Threads and processes: the one lock, and what belongs to the process that made it."""
