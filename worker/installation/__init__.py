"""The one-click environment: which torch suits the machine, its installation with pip, its self-test."""
