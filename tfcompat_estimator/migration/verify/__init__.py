"""Proves that a model is the one that another TensorFlow wrote.

`comparison` compares two exports or two checkpoints, `requests` makes what their
signatures are called with, `command` is `python -m tfcompat_estimator verify`. May
import the core; nothing imports it.
"""
