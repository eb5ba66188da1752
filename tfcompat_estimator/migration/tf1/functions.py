"""Functions of `tf.contrib.nn` and `tf.contrib.sparsemax`."""

from typing import Any

import tensorflow as tf

v1 = tf.compat.v1
# Of the SELU paper: what a unit that is dropped becomes.
_ALPHA, _SCALE = 1.6732632423543772848, 1.0507009873554804934


def alpha_dropout(
  x: Any,
  keep_prob: Any,
  noise_shape: Any = None,
  seed: int | None = None,
  name: str | None = None,
) -> tf.Tensor:
  """Dropout that keeps mean and variance of SELU's outputs.

  Args:
    x: Float, of any shape.
    keep_prob: The probability that a unit stays, in (0, 1].
    noise_shape: The shape of what is drawn, which broadcasts to that of x.
    seed: Of the draw.
    name: Of the scope.
  """
  with v1.name_scope(name, 'alpha_dropout', [x]):
    x = tf.convert_to_tensor(x)
    if isinstance(keep_prob, float | int) and not 0 < keep_prob <= 1:
      raise ValueError(
        'keep_prob must be a scalar tensor or a float in the range (0, 1], '
        f'got {keep_prob:g}'
      )
    if isinstance(keep_prob, float | int) and keep_prob == 1:
      return x
    keep_prob = tf.convert_to_tensor(keep_prob, x.dtype)
    dropped = -_ALPHA * _SCALE
    drawn = tf.random.uniform(
      tf.shape(x) if noise_shape is None else noise_shape,
      seed=seed,
      dtype=x.dtype,
    )
    kept = tf.floor(keep_prob + drawn)
    a = (keep_prob + dropped**2 * keep_prob * (1 - keep_prob)) ** -0.5
    b = -a * dropped * (1 - keep_prob)
    result = a * (x * kept + dropped * (1 - kept)) + b
    result.set_shape(x.shape)
    return result


def scaled_softplus(
  x: Any, alpha: Any, clip: Any = None, name: str | None = None
) -> tf.Tensor:
  """`alpha * log(1 + exp(x / alpha))`, and at most `clip`."""
  with v1.name_scope(name, 'scaled_softplus', [x, alpha]):
    x = tf.convert_to_tensor(x)
    alpha = tf.cast(alpha, x.dtype)
    value = alpha * tf.nn.softplus(x / alpha)
    return value if clip is None else tf.minimum(value, tf.cast(clip, x.dtype))


def nth_element(
  input: Any, n: Any, reverse: bool = False, name: str | None = None
) -> tf.Tensor:
  """The n-th smallest (largest, if `reverse`) of the last dimension."""
  return tf.raw_ops.NthElement(input=input, n=n, reverse=reverse, name=name)


def deprecated_flipped_softmax_cross_entropy_with_logits(
  logits: Any, labels: Any, dim: int = -1, name: str | None = None
) -> tf.Tensor:
  """`tf.nn.softmax_cross_entropy_with_logits` with logits first."""
  return v1.nn.softmax_cross_entropy_with_logits(
    labels=labels, logits=logits, dim=dim, name=name
  )


def deprecated_flipped_sparse_softmax_cross_entropy_with_logits(
  logits: Any, labels: Any, name: str | None = None
) -> tf.Tensor:
  """`tf.nn.sparse_softmax_cross_entropy_with_logits` with logits first."""
  return v1.nn.sparse_softmax_cross_entropy_with_logits(
    labels=labels, logits=logits, name=name
  )


def deprecated_flipped_sigmoid_cross_entropy_with_logits(
  logits: Any, targets: Any, name: str | None = None
) -> tf.Tensor:
  """`tf.nn.sigmoid_cross_entropy_with_logits` with logits first."""
  return v1.nn.sigmoid_cross_entropy_with_logits(
    labels=targets, logits=logits, name=name
  )


def sparsemax(logits: Any, name: str | None = None) -> tf.Tensor:
  """The probabilities nearest to logits, many of them 0.

  Args:
    logits: Float (batch, classes).
    name: Of the scope.
  """
  with v1.name_scope(name, 'sparsemax', [logits]):
    logits = tf.convert_to_tensor(logits)
    classes = tf.shape(logits)[1]
    z = logits - tf.reduce_mean(logits, axis=1, keepdims=True)
    ordered = tf.sort(z, axis=1, direction='DESCENDING')
    summed = tf.cumsum(ordered, axis=1)
    rank = tf.cast(tf.range(1, classes + 1), logits.dtype)
    support = 1 + rank * ordered > summed
    size = tf.reduce_sum(tf.cast(support, tf.int32), axis=1)
    within = tf.gather(summed, tf.maximum(size - 1, 0), batch_dims=1)
    threshold = (within - 1) / tf.cast(size, logits.dtype)
    return tf.maximum(tf.cast(0, logits.dtype), z - threshold[:, tf.newaxis])


def sparsemax_loss(
  logits: Any, sparsemax: Any, labels: Any, name: str | None = None
) -> tf.Tensor:
  """The loss that goes with sparsemax, of each example: (batch,)."""
  with v1.name_scope(name, 'sparsemax_loss', [logits, sparsemax, labels]):
    logits, sparsemax, labels = (
      tf.convert_to_tensor(each) for each in (logits, sparsemax, labels)
    )
    shifted = logits - tf.reduce_mean(logits, axis=1, keepdims=True)
    on = tf.cast(sparsemax > 0, logits.dtype)
    support = on * sparsemax * (shifted - 0.5 * sparsemax)
    wanted = labels * (0.5 * labels - shifted)
    return tf.reduce_sum(support + wanted, axis=1)
