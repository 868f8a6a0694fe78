"""Webhooks, beacons and foreign events: verified, normalised, written to the log."""
