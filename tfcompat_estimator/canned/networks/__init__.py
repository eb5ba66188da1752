"""Builds the networks of the canned Estimators: functions of features to logits.

Each module has a function `build(family, ...)`, which returns a function of
`(features, mode)` to a `network.Output`: logits, the variables that an optimizer
should train, and operations to run along with each step. Variables are made by
`tf.compat.v1.get_variable` under the names that checkpoints know. May import what
`canned` may, and nothing of `canned` itself.
"""
