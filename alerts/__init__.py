"""The life of an alert: stored, shown, acknowledged, resolved."""
