"""One room's story: who is present, what is missing, what is told."""
