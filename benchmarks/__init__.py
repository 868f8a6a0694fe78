"""Benchmarks: small scripts, each printing one table. `python -m benchmarks` runs the streams'."""
