"""Benchmarks: small scripts, each printing tables. `python -m benchmarks` runs them all."""
