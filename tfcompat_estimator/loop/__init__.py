"""Runs the graphs of training, evaluation and prediction, each a short loop.

The steps around these loops, and their order, are methods of the Estimator
(`estimator/overridable.py`), so that subclasses can take the place of one.
"""
