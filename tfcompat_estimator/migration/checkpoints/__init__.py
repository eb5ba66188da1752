"""Moves checkpoints of canned estimators between the v1 and the v2 API family."""
