"""A page and an HTTP interface on one cascade: requests that wait are read together."""
