"""Summaries as TensorFlow 0.12 spelled them: `tf.contrib.deprecated`."""

from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


def scalar_summary(
  tags: Any, values: Any, collections: Any = None, name: str | None = None
) -> Any:
  """`tf.summary.scalar` by a tag."""
  return v1.summary.scalar(name or tags, values, collections)


def histogram_summary(
  tag: Any, values: Any, collections: Any = None, name: str | None = None
) -> Any:
  """`tf.summary.histogram` by a tag."""
  return v1.summary.histogram(name or tag, values, collections)


def image_summary(
  tag: Any,
  tensor: Any,
  max_images: int = 3,
  collections: Any = None,
  name: str | None = None,
) -> Any:
  """`tf.summary.image` by a tag."""
  return v1.summary.image(name or tag, tensor, max_images, collections)


def audio_summary(
  tag: Any,
  tensor: Any,
  sample_rate: Any,
  max_outputs: int = 3,
  collections: Any = None,
  name: str | None = None,
) -> Any:
  """`tf.summary.audio` by a tag."""
  return v1.summary.audio(
    name or tag, tensor, sample_rate, max_outputs, collections
  )


def merge_summary(
  inputs: Any, collections: Any = None, name: str | None = None
) -> Any:
  """`tf.summary.merge`."""
  return v1.summary.merge(inputs, collections, name)


def merge_all_summaries(key: str = v1.GraphKeys.SUMMARIES) -> Any:
  """`tf.summary.merge_all`."""
  return v1.summary.merge_all(key)
