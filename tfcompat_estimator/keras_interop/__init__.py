"""Turns compiled Keras models, of tf_keras or Keras 3, into Estimators.

    estimator = convert.model_to_estimator_v2(compiled_model)

A model is a recipe here: each graph of the Estimator gets a clone of it, built
over the graph's inputs. `tf_keras_models` and `keras3_models` build clones,
on what `built_model` asks of either; `convert` makes the model function and the
Estimator of them. May import all rooms of the core but `canned` and `tpu`.
"""
