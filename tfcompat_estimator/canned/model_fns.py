"""Puts networks, a head and optimizers together to a model function."""

import contextlib
import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator.canned.networks import families, network, single_valued
from tfcompat_estimator.heads import base_head
from tfcompat_estimator.loop import model_fn_call
from tfcompat_estimator.optimizers import from_argument, train_ops
from tfcompat_estimator.records import modes

v1 = tf.compat.v1

# Variables of at least 64 MiB are split among parameter servers.
_MIN_SLICE_BYTES = 64 << 20


@dataclasses.dataclass(frozen=True)
class Tower:
  """A network that is to be trained by an optimizer of its own.

  Attributes:
    name: The scope of its variables: 'dnn', 'linear', 'baseline' or 'rnn'.
    network: Makes the network, of the number of logits and the settings.
    optimizer: What the user gave.
    learning_rate: That of an optimizer given by name. None: the optimizer's
      own.
    settings: What the network is made of, by the names of arguments.
    partitioner: Splits variables; by default, large ones.
    has_name_scope: Whether its operations are in a scope of that name as well.
    is_plain: Whether, as the reference has it of the baseline, no variable is
      partitioned, and the head is outside of the scope and gets a function that
      makes the train op, not the optimizer.
    train_step: What trains it instead of an optimizer: a function of features,
      labels and the network's output that returns the train op, and hooks for
      the chief.
  """

  name: str
  network: Callable[..., network.Network]
  optimizer: Any
  learning_rate: float | None = None
  settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
  partitioner: Callable[..., Any] | None = None
  has_name_scope: bool = True
  is_plain: bool = False
  train_step: Callable[..., Any] | None = None

  def build(self, units: int) -> network.Network:
    """The network with that number of logits."""
    return self.network(units, **self.settings)


@dataclasses.dataclass(frozen=True)
class Recipe:
  """What a model function is made of, for those who make other models of it.

  Attributes:
    family: The API family.
    head: The head.
    towers: The networks, whose logits are added up.
  """

  family: families.Family
  head: Any
  towers: tuple[Tower, ...]

  @property
  def graph_key(self) -> Any:
    """What a graph of it depends on; None if it must not be used again."""
    if any(tower.train_step for tower in self.towers):
      return None
    return self.family.name, self.head, self.towers


def dimension_of(head: Any) -> int:
  """The size of the logits that a head needs.

  Raises:
    AttributeError: It is no head.
  """
  if not hasattr(head, 'logits_dimension'):
    raise AttributeError(
      f'`head` ({head!r}) must be a head, such as tf.estimator.BinaryClassHead(): '
      f'{type(head).__name__!r} object has no attribute logits_dimension.'
    )
  return head.logits_dimension


def single(
  family: families.Family, head: Any, tower: Tower
) -> Callable[..., Any]:
  """A model function of one network."""

  def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
    with contextlib.ExitStack() as scopes:
      scopes.enter_context(_scope(family, tower, config))
      output = tower.build(dimension_of(head))(features, mode)
      if not (family.head_in_network_scope and not tower.is_plain):
        scopes.close()
      training: dict[str, Any] = {}
      hooks: Sequence[Any] = ()
      if mode == modes.ModeKeys.TRAIN and tower.train_step:
        train_op, hooks = tower.train_step(features, labels, output)
        training = {'train_op_fn': lambda _: train_op}
      elif not tower.train_step:
        training = _single_training(family, head, tower, output, mode)
      spec = head.create_estimator_spec(
        features=features,
        mode=mode,
        labels=labels,
        logits=output.logits,
        **training,
      )
      if mode == modes.ModeKeys.TRAIN and 'trainable_variables' in training:
        used = training['optimizer']
        from_argument.make_slots_optional(used, output.shared_variables)
        from_argument.show(tower.optimizer, used)
      if hooks:
        hooks = (*spec.training_chief_hooks, *hooks)
        spec = spec._replace(training_chief_hooks=hooks)
      return spec

  return model_fn_call.with_origin(model_fn, Recipe(family, head, (tower,)))


def combined(
  family: families.Family, head: Any, towers: Sequence[Tower]
) -> Callable[..., Any]:
  """A model function of the sum of one or more networks' logits."""

  def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
    outputs = []
    with single_valued.shared():
      for tower in towers:
        with _scope(family, tower, config):
          output = tower.build(dimension_of(head))(features, mode)
          if tower.name == 'linear':  # the deep one writes its own
            network.write_layer_summary(output.logits, tower.name)
        outputs.append(output)
    logits = outputs[0].logits
    for output in outputs[1:]:
      logits = tf.add(logits, output.logits, name='add')
    make = functools.partial(_combined_training, family, head, towers, outputs)
    if mode == modes.ModeKeys.TRAIN:
      train_op_fn = make()
    else:
      # Heads of users may look whether there is one.
      def train_op_fn(loss: tf.Tensor) -> tf.Operation:
        return make()(loss)

    return head.create_estimator_spec(
      features=features,
      mode=mode,
      labels=labels,
      logits=logits,
      train_op_fn=train_op_fn,
    )

  return model_fn_call.with_origin(
    model_fn, Recipe(family, head, tuple(towers))
  )


def _scope(
  family: families.Family, tower: Tower, config: Any
) -> contextlib.AbstractContextManager[Any]:
  partitioner = None
  if family.partitions_variables and not tower.is_plain:
    partitioner = tower.partitioner or v1.min_max_variable_partitioner(
      max_partitions=max(1, config.num_ps_replicas if config else 0),
      min_slice_size=_MIN_SLICE_BYTES,
    )
  return v1.variable_scope(
    tower.name,
    auxiliary_name_scope=tower.has_name_scope,
    partitioner=partitioner,
  )


def _single_training(
  family: families.Family,
  head: Any,
  tower: Tower,
  output: network.Output,
  mode: str,
) -> dict[str, Any]:
  """The arguments for training of `create_estimator_spec`, in all modes.

  They are those of the reference: heads of users see them.
  """
  optimizer = tower.optimizer
  if mode == modes.ModeKeys.TRAIN or not family.optimizers_take_variables:
    optimizer = family.resolve_optimizer(optimizer, tower.learning_rate)
  global_step = v1.train.get_global_step()
  variables = list(output.trainable_variables)
  if tower.is_plain or (
    # Public heads refuse optimizers of TF 1, in the reference too.
    not family.optimizers_take_variables and isinstance(head, base_head.Head)
  ):

    def train_op_fn(loss: tf.Tensor) -> tf.Operation:
      if family.optimizers_take_variables:
        loss = _share(loss, head)
        from_argument.follow(optimizer, global_step)
        train_op = train_ops.minimize_keras(
          optimizer, loss, variables, global_step
        )
        from_argument.show(tower.optimizer, optimizer)
      else:
        train_op = optimizer.minimize(loss, global_step=global_step)
      return _with_updates(family, head, train_op, output.update_ops)

    return {'train_op_fn': train_op_fn}
  if not family.optimizers_take_variables:
    return {'optimizer': optimizer}
  if mode == modes.ModeKeys.TRAIN:
    from_argument.follow(optimizer, global_step)
  training = {'optimizer': optimizer, 'trainable_variables': variables}
  if output.update_ops is not None:
    training['update_ops'] = list(output.update_ops)
  return training


def _combined_training(
  family: families.Family,
  head: Any,
  towers: Sequence[Tower],
  outputs: Sequence[network.Output],
) -> Callable[[tf.Tensor], tf.Operation]:
  """Makes the train op of the loss."""
  resolved = [
    family.resolve_optimizer(tower.optimizer, tower.learning_rate)
    for tower in towers
  ]
  global_step = v1.train.get_global_step()

  def minimize_v2(loss: tf.Tensor) -> tf.Operation:
    groups = _disjoint([output.trainable_variables for output in outputs])
    loss = _share(loss, head)
    steps: list[Any] = []
    # The first counts by the global step, others by their own variable.
    from_argument.follow(resolved[0], global_step)
    for tower, optimizer, variables, output in zip(
      towers, resolved, groups, outputs, strict=True
    ):
      step = None if steps else global_step
      steps.append(train_ops.minimize_keras(optimizer, loss, variables, step))
      shared = [v for v in output.shared_variables if _is_in(v, variables)]
      from_argument.make_slots_optional(optimizer, shared)
      from_argument.show(tower.optimizer, optimizer)
    return tf.group(*steps)

  def minimize_v1(loss: tf.Tensor) -> tf.Operation:
    train_ops = [
      optimizer.minimize(
        loss,
        var_list=v1.get_collection(
          v1.GraphKeys.TRAINABLE_VARIABLES, scope=tower.name
        ),
      )
      for optimizer, tower in zip(resolved, towers, strict=True)
    ]
    with tf.control_dependencies([tf.group(*train_ops)]):
      return v1.assign_add(global_step, 1).op

  minimize = minimize_v2 if family.optimizers_take_variables else minimize_v1
  update_ops = [op for output in outputs for op in output.update_ops or ()]

  def train_op_fn(loss: tf.Tensor) -> tf.Operation:
    return _with_updates(family, head, minimize(loss), update_ops)

  return train_op_fn


def _with_updates(
  family: families.Family,
  head: Any,
  train_op: tf.Operation,
  update_ops: Sequence[tf.Operation] | None,
) -> tf.Operation:
  """The train op, with the updates that the head does not find itself.

  V1 heads find them in a collection.
  """
  if family.optimizers_take_variables or isinstance(head, base_head.Head):
    return train_ops.append_update_ops(train_op, update_ops or ())
  return train_op


def _share(loss: tf.Tensor, head: Any) -> tf.Tensor:
  """The loss of this replica; a head that does not say makes a mean."""
  mean = tf_keras.losses.Reduction.SUM_OVER_BATCH_SIZE
  reduction = getattr(head, 'loss_reduction', mean)
  return train_ops.share_of_replica(loss, reduction)


def _disjoint(
  groups: Sequence[Sequence[tf.Variable]],
) -> list[list[tf.Variable]]:
  """The variables of each group without those of groups before it.

  Networks may share embeddings; the first one's optimizer trains them.
  """
  taken: set[Any] = set()
  result = []
  for group in groups:
    result.append([item for item in group if item.ref() not in taken])
    taken.update(item.ref() for item in group)
  return result


def _is_in(variable: tf.Variable, variables: Sequence[tf.Variable]) -> bool:
  return any(variable is other for other in variables)
