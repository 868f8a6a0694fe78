"""The archive: what the log said, in Parquet files by day, for back-tests and history."""
