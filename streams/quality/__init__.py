"""Connection samples in, changes of a connection's state out."""
