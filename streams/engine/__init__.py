"""Runs a keyed core on Faust: what the session monitor and the participant monitor share."""
