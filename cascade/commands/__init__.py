"""The commands: texts to entities, scores, conversions, and what they share."""
