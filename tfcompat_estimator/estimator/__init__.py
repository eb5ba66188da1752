"""Holds `tf.estimator.Estimator`, and what makes one of another.

`construction` checks and completes the arguments of the constructor. The class is
made up of `model`, what all its graphs are built with, `overridable`, the steps
of its calls and who calls whom, and `estimator`, the public calls in both API
families. `extend` has `add_metrics`.
"""
