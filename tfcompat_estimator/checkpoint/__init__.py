"""Finds, checks and reads checkpoints; moves them between families.

Checkpoints are TensorFlow's own (tensor bundles: `<prefix>.index` and data
shards); `tf.train.Saver` writes them and TensorFlow's ops read them. What this
room adds is what to do when something is wrong with the files:

    source = Source(model_dir)          # the newest checkpoint that looks sound
    source.path                         # '/tmp/model/model.ckpt-7', None: none
    source.attempt(restore)             # goes on from an older one after DataLoss

`index` reads what a bundle claims to hold, `soundness` compares that with the
files, `listing` finds the checkpoints of a directory, with or without its
`checkpoint` state file, `source` chooses among them, `saver` has them written so
that a kill at any moment leaves one to restore, `leftovers` removes what dead
processes left, `reader` reads single variables, `warm_start` sets initial
values from other checkpoints, `converter` renames variables between families by
`family_names`, `tensors` reads and writes whole checkpoints as arrays.
"""
