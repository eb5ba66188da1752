"""Holds `tf.estimator.Estimator`, and what makes one of another.

`construction` checks and completes the arguments of the constructor. `call_steps` has
the base class: the steps that a call consists of, which subclasses may replace.
`base_estimator` has the class itself: the public calls, in both API families. `extend`
has `add_metrics`. `kept_graphs` runs the graph of a call again in later calls;
`graph_keys`, `graph_starts`, `fingerprints`, `build_flags` and `random_draws` tell
whether a later call would build the same one. May import all rooms below; nothing
below imports it.
"""
