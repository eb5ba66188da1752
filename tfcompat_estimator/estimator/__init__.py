"""Holds `tf.estimator.Estimator`, and what makes one of another.

`construction` checks and completes the arguments of the constructor, `estimator`
has the class in both API families, `extend` has `add_metrics`.
"""
