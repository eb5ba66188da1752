"""Copies the Keras model behind an Estimator, with its trained weights."""

from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator.checkpoint import source as source_lib
from tfcompat_estimator.keras_interop import convert
from tfcompat_estimator.session_emulation.opening import creator as creator_lib
from tfcompat_estimator.spec import modes

v1 = tf.compat.v1


def copy_of(
  source: convert.Source, checkpoint: source_lib.Source, backend: str
) -> Any:
  """A copy of the model, compiled as it was, with the weights of a checkpoint.

  Args:
    source: What `model_to_estimator` was given.
    checkpoint: The checkpoint.
    backend: 'keras3' refuses models of tf_keras.

  Raises:
    ValueError: The model is of tf_keras and `backend` 'keras3', or it is a
      subclassed one that was never called.
  """
  of_tf_keras = isinstance(source.model, tf_keras.Model)
  if of_tf_keras and backend == 'keras3':
    raise ValueError(
      "backend ('keras3'): the model given to model_to_estimator is one of "
      "tf_keras. Use backend='tf_keras'; model.export and .keras files lead on."
    )
  features = _features(source)
  copied = _copy(source, of_tf_keras)
  if not source.builder.has_static_graph:
    copied(features, training=False)
  copied.set_weights(_trained(source, checkpoint, features))
  return copied


def _copy(source: convert.Source, of_tf_keras: bool) -> Any:
  model = source.model
  if of_tf_keras:
    scope = tf_keras.utils.custom_object_scope(source.custom_objects or {})
  else:
    import keras

    scope = keras.saving.custom_object_scope(source.custom_objects or {})
  with scope:
    copied = type(model).from_config(model.get_config())
    compiled = model.get_compile_config()
    if compiled:
      copied.compile_from_config(compiled)
  return copied


def _features(source: convert.Source) -> Any:
  """A batch of zeros for a model that has no inputs of its own; else None."""
  if source.builder.has_static_graph:
    return None
  spec = getattr(source.model, 'save_spec', lambda: None)()
  if spec is None:
    raise ValueError(
      f'keras_model ({type(source.model).__name__}) is a subclassed model of '
      'which the inputs are not known: call it on a batch before '
      'model_to_estimator, or build a functional model.'
    )
  (inputs, *_), _ = spec
  return tf.nest.map_structure(
    lambda each: tf.zeros([size or 1 for size in each.shape], each.dtype),
    inputs,
  )


def _trained(
  source: convert.Source, checkpoint: source_lib.Source, features: Any
) -> list[Any]:
  """The weights in the checkpoint, in the order of `model.weights`."""
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
    session = creator_lib.EmulatedSessionCreator(
      scaffold, source=checkpoint
    ).create_session()
    with session:
      return session.run(list(built.weights))
