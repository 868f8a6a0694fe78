"""The source's paths, with `test_` before the file."""
