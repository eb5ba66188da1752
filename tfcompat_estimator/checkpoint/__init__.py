"""Finds, checks, reads and writes checkpoints.

Checkpoints are TensorFlow's own (tensor bundles: `<prefix>.index` and data
shards); `tf.train.Saver` writes them and TensorFlow's ops read them. What this
room adds is what to do when something is wrong with the files:

    source = Source(model_dir)          # the newest checkpoint that looks sound
    source.path                         # '/tmp/model/model.ckpt-7', None: none
    source.attempt(restore)             # goes on from an older one after DataLoss

`bundle_index` reads what a bundle claims to hold, `integrity` compares that with
the files, `listing` finds the checkpoints of a directory, with or without its
`checkpoint` state file, `checkpoint_source` chooses among them and reads single
variables, `saver` has them written so that a kill at any moment leaves one to
restore, `atomic_file` writes what lies beside them, `stale_files` removes what dead
processes left, `warm_start` sets initial values from other checkpoints,
`checkpoint_shapes`, `optional_variables` and `slot_aliases` say what a graph may find
otherwise than it is, `missing_keys` what it does not find, `object_based` serves
checkpoints of Keras objects, `tensors` reads and writes whole ones as arrays. Knows
graphs and files, no session; may import `records` and what is below.
"""
