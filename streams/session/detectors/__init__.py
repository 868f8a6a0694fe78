"""One rule a file: a pure function from facts to episodes."""
