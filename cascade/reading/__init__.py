"""Reading: passages in, log-probabilities of the allowed answers out."""
