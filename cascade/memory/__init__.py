"""Memory: what is kept, what is given back to the system."""
