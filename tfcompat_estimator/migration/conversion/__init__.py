"""Makes Keras models, and modules, of trained Estimators.

`to_keras` takes an Estimator apart by what it was made of (the recipe of a canned
one, the Keras model of `model_to_estimator`'s) and builds a Keras model with the
values of a checkpoint: `towers` its networks, of the layers that `tf_keras_networks`
or `keras3_networks` has; `head_model` what the head adds. `to_module` wraps the graph
of any Estimator. May import all of the core; `entry` imports none of it.
"""
