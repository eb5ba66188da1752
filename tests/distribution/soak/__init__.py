"""Trains clusters under faults at random, for minutes or hours; see `__main__`."""
