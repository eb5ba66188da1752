"""Has what calls of old modules share; runs on this TensorFlow and on 2.15."""

import importlib

import tensorflow as tf

v1 = tf.compat.v1
X = tf.feature_column.numeric_column('x')


def old(module):
  return importlib.import_module(
    f'tensorflow_estimator.python.estimator.{module}'
  )


def features():
  return {'x': tf.constant([[1.0], [2.0]]), 'w': tf.constant([[1.0], [2.0]])}


def labels(mode, dtype=tf.float32):
  return None if mode == 'infer' else tf.constant([[1], [0]], dtype)


def config():
  return tf.estimator.RunConfig(model_dir='/nowhere')


def of_spec(spec):
  """What a model function made, its variables included."""
  return {
    'type': type(spec).__name__,
    'predictions': sorted(spec.predictions),
    'metrics': sorted(spec.eval_metric_ops or {}),
    'exports': sorted(spec.export_outputs or {}),
    'trains': spec.train_op is not None,
    'variables': [v.op.name for v in v1.global_variables()],
    'trainable': [v.op.name for v in v1.trainable_variables()],
  }


def of_tensor(tensor):
  return [tensor.dtype.name, tensor.shape.as_list()]


def types(values):
  return [type(value).__name__ for value in values]
