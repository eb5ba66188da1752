"""Makes Keras models, and modules, of trained Estimators.

`to_keras` takes an Estimator apart by what it was made of (the recipe of a canned
one, the Keras model of `model_to_estimator`'s) and builds a Keras model with the
values of a checkpoint: `networks` its layers, `head_model` what the head adds,
`keras3` the same of Keras 3. `to_module` wraps the graph of any Estimator.
"""
