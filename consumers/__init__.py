"""Who reads the log: screens and metrics."""
