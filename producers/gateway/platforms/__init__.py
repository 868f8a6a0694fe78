"""One video platform a file: how it signs, and what its events mean."""
