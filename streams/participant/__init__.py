"""One person's weeks: what is expected, attended, corrected and done; what stands out of it."""
