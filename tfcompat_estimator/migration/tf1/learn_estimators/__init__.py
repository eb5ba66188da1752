"""The Estimators of `tf.contrib.learn`, run by `tf.estimator`.

They had `fit`, arrays as `x` and `y`, metrics as an argument of `evaluate`, and
variables of their own names, which stay.

May import what `migration/tf1` may, and its modules.
"""
