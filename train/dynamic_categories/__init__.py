"""Dynamic categorisation: questions of a classification set with other lists of types than the taxonomy's own."""
