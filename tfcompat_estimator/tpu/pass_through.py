"""Makes operations for TPUs pass their input on, where there is no TPU."""

import tensorflow as tf

# What sums over all replicas has, with one replica, no effect. It has no kernel
# for CPUs and GPUs either.
_SUM = 'CrossReplicaSum'


def remove_cross_replica_sums(graph: tf.Graph) -> None:
  """Lets what reads a `CrossReplicaSum` read its input instead.

  CrossShardOptimizer wraps gradients in it, whatever the device.
  """
  for op in graph.get_operations():
    if op.type != _SUM:
      continue
    for consumer in list(op.outputs[0].consumers()):
      for index, tensor in enumerate(consumer.inputs):
        if tensor is op.outputs[0]:
          # There is no public way to rewire an operation.
          consumer._update_input(index, op.inputs[0])  # noqa: SLF001
