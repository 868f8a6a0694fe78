"""What runs in a browser: the agent beside a clinic's video page, and the join page."""
