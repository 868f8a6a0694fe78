"""What puts events on the log."""
