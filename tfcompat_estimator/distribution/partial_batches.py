"""Evaluates the batches that are too few to give one to each replica."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.loops import hook_protocol

v1 = tf.compat.v1
logging = tf.compat.v1.logging

# Of components that cannot leave TensorFlow, to be read again later.
_OPAQUE = (tf.variant, tf.resource)


class LeftoversHook(hook_protocol.EngineHook):
  """Ends an evaluation with the replicas for which a batch is left.

  A run takes a batch for each replica. An input of 5 batches for 2 replicas is
  evaluated in two runs and one of the first replica alone, so that the metrics
  are those of all examples. No dataset needs to tell its length: it is read in
  groups, and one that is not whole is put aside and ends the input. At the end the
  iterator begins again, with that group.

  Args:
    dataset: The input, a batch an element.
    replicas: How many batches a run takes, at least 2.

  Attributes:
    groups: A dataset of vectors with a variant for each replica, so that batches
      of other shapes make a group. `batches` opens them. In the graph: a
      `Dataset.map` may run ahead, and then nobody knows whether what was put aside
      was asked for.
  """

  def __init__(self, dataset: tf.data.Dataset, replicas: int):
    self._replicas = replicas
    self._spec = dataset.element_spec
    self._parts = tf.nest.flatten(self._spec, expand_composites=True)
    self._left: list[list[np.ndarray]] = []
    self.groups = self._in_groups(dataset)

  @classmethod
  def fits(cls, dataset: tf.data.Dataset, replicas: int) -> bool:
    """Whether there can be leftovers, and they can be put aside."""
    if replicas == 1:
      return False
    parts = tf.nest.flatten(dataset.element_spec, expand_composites=True)
    if any(part.dtype in _OPAQUE for part in parts):
      logging.warning(
        'Batches that are left at the end, fewer than there are replicas '
        f'({replicas}), are not evaluated: components of the input are datasets '
        f'or resources ({dataset.element_spec}). Evaluate without eval_distribute.'
      )
      return False
    return True

  def evaluates(
    self,
    iterator: v1.data.Iterator,
    batches: Sequence[Any],
    updates: Sequence[tf.Operation],
  ) -> None:
    """Says what is evaluated.

    Args:
      iterator: Reads `groups`.
      batches: What it gave for each replica.
      updates: What takes the batch of each replica into the metrics.
    """
    self._refill = iterator.make_initializer(self._last_group())
    self._batches = list(batches)
    self._updates = list(updates)
    self._count = v1.assign_add(_tf.get_or_create_eval_step(), 1)

  def after_create_session(self, session: Any, coord: Any) -> None:
    del session, coord
    self._left.clear()

  def runs_before_control(self, global_step: int) -> float:
    """It looks at no run."""
    del global_step
    return hook_protocol.NEVER

  def end(self, session: Any) -> None:
    count = len(self._left)
    if not count:
      return
    updates = self._updates[:count]
    if _depends(updates, self._batches[count:]):
      logging.warning(
        f'The last {count} batches were not evaluated: the model needs a batch '
        f'for each of {self._replicas} replicas.'
      )
      return
    session.run(self._refill)
    session.run([updates, self._count])

  def batches(self, group: tf.Tensor) -> list[Any]:
    """An element of the dataset for each replica, of an element of `groups`."""
    return [
      tf.nest.pack_sequence_as(
        self._spec, self._open(group[i]), expand_composites=True
      )
      for i in range(self._replicas)
    ]

  def _in_groups(self, dataset: tf.data.Dataset) -> tf.data.Dataset:
    def close(*element: Any) -> tf.Tensor:
      components = tf.nest.flatten(element, expand_composites=True)
      return tf.raw_ops.OptionalFromValue(components=components)

    def is_whole(group: tf.Tensor) -> tf.Tensor:
      whole = tf.equal(tf.size(group), self._replicas)
      return tf.cond(whole, lambda: True, lambda: self._put_aside(group))

    options = tf.data.Options()
    options.experimental_optimization.inject_prefetch = False  # as above
    groups = dataset.map(close).batch(self._replicas)
    return groups.take_while(is_whole).with_options(options)

  def _open(self, closed: tf.Tensor) -> list[tf.Tensor]:
    """The components that a variant holds."""
    return tf.raw_ops.OptionalGetValue(
      optional=closed,
      output_types=[part.dtype for part in self._parts],
      output_shapes=[part.shape for part in self._parts],
    )

  def _put_aside(self, group: tf.Tensor) -> bool:
    size = tf.size(group)
    for i in range(self._replicas - 1):
      tf.cond(
        i < size,
        lambda i=i: tf.numpy_function(
          self._keep, self._open(group[i]), tf.bool
        ),
        lambda: False,
      )
    return False

  def _keep(self, *components: np.ndarray) -> bool:
    self._left.append(list(components))
    return True

  def _last_group(self) -> tf.data.Dataset:
    """What was put aside; replicas without a batch get the first one again."""

    def read(number: tf.Tensor) -> tf.Tensor:
      dtypes = [part.dtype for part in self._parts]
      components = tf.numpy_function(
        lambda i: self._left[i if i < len(self._left) else 0], [number], dtypes
      )
      return tf.raw_ops.OptionalFromValue(components=components)

    return tf.data.Dataset.range(self._replicas).map(read).batch(self._replicas)


def _depends(ops: Sequence[tf.Operation], batches: Sequence[Any]) -> bool:
  """Whether operations take a tensor of one of these batches."""
  unwanted = {
    tensor.ref() for tensor in tf.nest.flatten(batches, expand_composites=True)
  }
  seen, todo = set(ops), list(ops)
  while todo:
    op = todo.pop()
    if any(tensor.ref() in unwanted for tensor in op.inputs):
      return True
    before = {*op.control_inputs, *(tensor.op for tensor in op.inputs)} - seen
    seen |= before
    todo += before
  return False
