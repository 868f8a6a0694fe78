"""A program day as it could happen: who does what, what the platforms send, what should be said."""
