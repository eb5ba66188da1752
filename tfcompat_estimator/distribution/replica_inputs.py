"""Gives each replica of this process a batch of its own."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.distribution import partial_batches, strategies
from tfcompat_estimator.inputs import input_call

v1 = tf.compat.v1

# The jobs that read input, in the order in which their tasks are counted.
_READERS = ('chief', 'master', 'worker')


def context_of(strategy: Any) -> tf.distribute.InputContext:
  """What an input_fn with the argument `input_context` gets."""
  extended = strategy.extended
  spec = getattr(extended, '_cluster_spec', None) or tf.train.ClusterSpec({})
  counts = {job: spec.num_tasks(job) for job in _READERS if job in spec.jobs}
  own = getattr(extended, '_task_type', None)
  pipelines, index = 1, 0
  if own in counts:  # else it reads alone: one process, or an evaluator
    before = list(counts)[: list(counts).index(own)]
    pipelines = sum(counts.values())
    index = sum(counts[job] for job in before) + int(extended._task_id)  # noqa: SLF001
  return tf.distribute.InputContext(
    num_input_pipelines=pipelines,
    input_pipeline_id=index,
    num_replicas_in_sync=strategy.num_replicas_in_sync,
  )


class ReplicaIterator:
  """Reads a batch for each replica of this process.

  Each gets a whole batch, in the order of the dataset: a global batch is as many
  of them as there are replicas. Where the input ends with fewer than that, reading
  them ends with the input.

  Args:
    result: What an input_fn returned: a `tf.data.Dataset`, or a function that
      returns a batch.
    strategy: The strategy.
    keeps_leftovers: Whether the hooks evaluate what is left at the end, once
      `evaluates` was told how.

  Raises:
    ValueError: `result` is neither.
  """

  def __init__(self, result: Any, strategy: Any, keeps_leftovers: bool = False):
    self._count = strategies.replicas_here(strategy)
    self.hooks: list[v1.train.SessionRunHook] = []  # of the input
    self._leftovers: partial_batches.LeftoversHook | None = None
    if isinstance(result, tf.data.Dataset):
      if keeps_leftovers and partial_batches.LeftoversHook.fits(
        result, self._count
      ):
        self._leftovers = partial_batches.LeftoversHook(result, self._count)
        result = self._leftovers.groups
        self.hooks.append(self._leftovers)
      iterator, hooks = input_call.initializable_iterator(result)
      self.hooks += hooks
      self._iterator = iterator
      self._get_next = iterator.get_next
    elif callable(result):
      self._get_next = result
    else:
      raise ValueError(
        'input_fn must return a tf.data.Dataset or a callable, under a strategy '
        f'of tf.distribute. It returned {result!r}.'
      )

  def evaluates(self, updates: Sequence[tf.Operation]) -> None:
    """Says what takes the batch of each replica into the metrics."""
    if self._leftovers:
      self._leftovers.evaluates(self._iterator, self._batches, updates)

  def get_next(self) -> list[tuple[Any, Any]]:
    """The next (features, labels) for each replica."""
    with tf.device('/cpu:0'):
      batches = (
        self._leftovers.batches(self._get_next())
        if self._leftovers
        else self._read_in_turn()
      )
    self._batches = batches
    parts = [input_call.normalize(batch) for batch in batches]
    return [(part.features, part.labels) for part in parts]

  def _read_in_turn(self) -> list[Any]:
    batches: list[Any] = []
    last: list[tf.Operation] = []
    for _ in range(self._count):
      with tf.control_dependencies(last):
        batches.append(self._get_next())
      last = _readers(batches[-1])
    return batches


def _readers(batch: Any) -> list[tf.Operation]:
  """The operation that reads a batch from its iterator, if there is one.

  Sparse tensors come out of another one, which takes them apart.
  """
  op = tf.nest.flatten(batch, expand_composites=True)[0].op
  while op.type != 'IteratorGetNext':
    if not op.inputs:
      return []
    op = op.inputs[0].op
  return [op]
