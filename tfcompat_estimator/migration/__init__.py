"""Everything that is only about leaving old code; nothing of the core imports it.

`entry` gives old programs `tf.estimator` back, `old_paths` their old imports;
`check` tells beforehand what works, `verify` afterwards whether a model is the same;
`conversion` makes Keras models and modules of Estimators, `checkpoints` moves
checkpoints between the API families, `tf1` runs programs of TensorFlow 1. May import
all of the core; `entry` and `check` read what the others offer.
"""
