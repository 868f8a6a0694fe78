"""The only code that sees a name, or says who may see what."""
