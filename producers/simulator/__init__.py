"""A program's day played through the gateway, with the truth of what should be alerted."""
