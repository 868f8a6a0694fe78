"""Who is who, which room is which session, and what is scheduled."""
