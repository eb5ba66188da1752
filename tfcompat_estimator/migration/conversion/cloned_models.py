"""Copies the Keras model behind an Estimator, with its trained weights."""

from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator.checkpoint import checkpoint_source
from tfcompat_estimator.keras_interop import convert
from tfcompat_estimator.records import modes
from tfcompat_estimator.session_emulation.opening import session_creator

v1 = tf.compat.v1


def copy_of(
  source: convert.Source, checkpoint: checkpoint_source.Source, backend: str
) -> Any:
  """A copy of the model, compiled as it was, with the weights of a checkpoint.

  Args:
    source: What `model_to_estimator` was given.
    checkpoint: The checkpoint.
    backend: 'keras3' refuses models of tf_keras.

  Raises:
    ValueError: The model is of tf_keras and `backend` 'keras3', or it is a
      subclassed one of which the inputs are not known.
  """
  of_tf_keras = isinstance(source.model, tf_keras.Model)
  if of_tf_keras and backend == 'keras3':
    raise ValueError(
      "backend ('keras3'): the model given to model_to_estimator is one of "
      "tf_keras. Use backend='tf_keras'; model.export and .keras files lead on."
    )
  builder = source.builder
  features = None if builder.has_static_graph else _features(source)
  return builder.copy(features, *_trained(source, checkpoint, features))


def _features(source: convert.Source) -> Any:
  """A batch of zeros for a model that has no inputs of its own."""
  features = source.builder.example()
  if features is None:
    raise ValueError(
      f'keras_model ({type(source.model).__name__}) is a subclassed model of '
      'which the inputs are not known: call it on a batch before '
      'model_to_estimator, evaluate the Estimator in this process, or build a '
      'functional model.'
    )
  return features


def _trained(
  source: convert.Source, checkpoint: checkpoint_source.Source, features: Any
) -> tuple[list[Any], list[Any]]:
  """The weights in the checkpoint, in the order of `model.weights`, and states."""
  with tf.Graph().as_default():
    v1.train.get_or_create_global_step()
    if features is not None:
      features = tf.nest.map_structure(
        lambda each: tf.constant(each.numpy()), features
      )
    built = source.builder.build(features, None, modes.ModeKeys.PREDICT)
    scaffold = v1.train.Scaffold(
      saver=built.object_based_saver(sharded=True)
      if source.object_based
      else None
    )
    session = session_creator.EmulatedSessionCreator(
      scaffold, source=checkpoint
    ).create_session()
    with session:
      return session.run((list(built.weights), list(built.states)))
