"""Holds the ready-made Estimators: linear, DNN, both combined, baselines.

A canned Estimator is three parts: a *network* (`networks/`) that makes logits
of features, a *head* (the room `heads`) that makes losses and predictions of
logits, and an *optimizer* for each network. `model_fns` puts them together,
once for both API families; `networks.families.Family` is the complete list of what
differs between `tf.estimator.X` and `tf.compat.v1.estimator.X`.

    estimator = dnn.DNNClassifierV2(
      hidden_units=[32, 16],
      feature_columns=[tf.feature_column.numeric_column('x', shape=3)],
      n_classes=3)
    estimator.train(input_fn, steps=100)

May import all rooms of the core but `keras_interop` and `tpu`.
"""
