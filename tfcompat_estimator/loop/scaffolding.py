"""Completes the Scaffold that a model_fn gave, or not."""

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.spec import run_config

v1 = tf.compat.v1


def training_scaffold(
  scaffold: v1.train.Scaffold, config: run_config.RunConfig
) -> v1.train.Scaffold:
  """Gives the scaffold the saver that the RunConfig describes.

  A saver of the user's own stays, be it in the scaffold or in the graph's
  collection of savers.
  """
  if scaffold.saver is None and not v1.get_collection(v1.GraphKeys.SAVERS):
    v1.add_to_collection(
      v1.GraphKeys.SAVERS,
      v1.train.Saver(
        sharded=True,
        max_to_keep=config.keep_checkpoint_max,
        keep_checkpoint_every_n_hours=config.keep_checkpoint_every_n_hours,
        defer_build=True,
        save_relative_paths=True,
      ),
    )
  return scaffold


def evaluation_scaffold(scaffold: v1.train.Scaffold) -> v1.train.Scaffold:
  """Has what an evaluation adds to a graph initialized as well.

  A `local_init_op` of the user's own was made before the variables of the loss
  and of the step counter of evaluations were.
  """
  if scaffold.local_init_op is None:
    return scaffold
  _tf.get_or_create_eval_step()
  return v1.train.Scaffold(
    local_init_op=tf.group(
      scaffold.local_init_op, v1.train.Scaffold.default_local_init_op()
    ),
    copy_from_scaffold=scaffold,
  )
