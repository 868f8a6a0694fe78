"""Tests of the benchmarks own figures."""
