"""Saves a Keras model's weights where an Estimator starts from."""

import os

import tensorflow as tf

from tfcompat_estimator.keras_interop import built_model
from tfcompat_estimator.records import run_config
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def write(
  builder: built_model.ModelBuilder,
  config: run_config.RunConfig,
  *,
  object_based: bool,
) -> str:
  """Writes `keras/keras_model.ckpt` in the model directory, unless it is there.

  Args:
    builder: Builds clones of the model.
    config: Says where the model directory is, and the seed.
    object_based: Whether keys are paths in the object graph, not names.

  Returns:
    The path of the checkpoint.
  """
  directory = os.path.join(config.model_dir, 'keras')
  path = tf.train.latest_checkpoint(directory)
  if path:
    return path
  tf.io.gfile.makedirs(directory)
  values = builder.values()
  with tf.Graph().as_default() as graph:
    v1.set_random_seed(config.tf_random_seed)
    v1.train.create_global_step()
    built = builder.build(None, None, builder.first_mode)
    saver = built.object_based_saver() if object_based else v1.train.Saver()
    with emulated_session.EmulatedSession(graph) as session:
      session.run(v1.global_variables_initializer())
      if values:
        _assign(session, built, values)
      return saver.save(
        session,
        os.path.join(directory, 'keras_model.ckpt'),
        write_meta_graph=not object_based,
      )


def _assign(
  session: emulated_session.EmulatedSession,
  built: built_model.BuiltModel,
  values: list,
) -> None:
  """Runs the initializers with other values in place of the initial ones."""
  initializers = [variable.initializer for variable in built.weights]
  feeds = {
    initializer.inputs[1]: value
    for initializer, value in zip(initializers, values, strict=True)
  }
  session.run(initializers, feeds)
