"""Contenders of the speed benchmark: each a process that loads once and then reads sentences whenever it is told to."""
