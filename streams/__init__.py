"""What flows through sessionwatch, and what is inferred from it."""
