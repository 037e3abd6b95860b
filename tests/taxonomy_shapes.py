"""What messages on taxonomies say that is expected."""

SHAPES = (
    "a list of names, a list of objects with 'name', 'description' and 'children', nested objects and lists of names, "
    "an object of descriptions by name, or levels ('first-level', 'second-level', ...)"
)
