"""Holds `tf.estimator.Estimator`, and what makes one of another.

`construction` checks and completes the arguments of the constructor. The class is
two: `call_steps` has the steps of its calls, who calls whom and what all graphs are
built with, for subclasses; `base_estimator` the public calls in both API families.
`extend` has `add_metrics`. `kept_graphs` runs a graph again in later calls; the
modules beside it tell when it is the same one. May import all rooms below; nothing
below imports it.
"""
