"""Sets the initial values of variables from another checkpoint."""

import re
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.checkpoint import checkpoint_source
from tfcompat_estimator.errors import origins
from tfcompat_estimator.records import warm_start_settings

v1 = tf.compat.v1
Initializer = Callable[..., Any]


def apply(settings: Any) -> None:
  """Replaces initializers in the default graph, as the settings say.

  `tf.compat.v1.train.warm_start` does the work. What it lacks is done here: it
  fails for backup initializers that are not constant zero, and takes a damaged
  latest checkpoint for good.

  Args:
    settings: A `WarmStartSettings`.

  Raises:
    ValueError: A variable has another shape in the checkpoint or is not there,
      or a name in the maps is that of no variable.
  """
  _warn_of_nothing(settings.vars_to_warm_start)
  vocabularies = {
    name: _with_shaped_initializer(name, info)
    for name, info in settings.var_name_to_vocab_info.items()
  }
  v1.train.warm_start(
    checkpoint_of(settings),
    settings.vars_to_warm_start,
    vocabularies,
    settings.var_name_to_prev_var_name,
  )


def _warn_of_nothing(patterns: Any) -> None:
  """Warns of expressions that are the beginning of no variable's name."""
  wanted = [patterns] if isinstance(patterns, str) else patterns or ()
  if not all(isinstance(pattern, str) for pattern in wanted):
    return  # variables
  names = [variable.op.name for variable in v1.global_variables()]
  try:
    idle = [p for p in wanted if not any(re.match(p, name) for name in names)]
  except re.error as error:
    raise re.error(
      f'`vars_to_warm_start` ({patterns!r}) has what is no regular expression: {error}. '
      "'.*' is all variables."
    ) from None
  if idle:
    v1.logging.warning(
      '`vars_to_warm_start` has %s, which matches no variable: nothing is taken over '
      'for it. The variables are %s.',
      origins.joined(map(repr, idle)),
      origins.joined(names, most=10),
    )


def checkpoint_of(settings: Any) -> str:
  """The checkpoint that initial values come from.

  Args:
    settings: A `WarmStartSettings`, which may name a directory.

  Raises:
    tf.errors.NotFoundError: There is nothing of that name.
    ValueError: There is no checkpoint in the directory.
  """
  path = settings.ckpt_to_initialize_from
  remedy = 'Give the path of a checkpoint, or of a folder with checkpoints.'
  if not tf.io.gfile.isdir(path):
    if not v1.train.checkpoint_exists(path):
      raise tf.errors.NotFoundError(
        None,
        None,
        f'warm_start_from ({path}) is no checkpoint: Failed to find any matching '
        f'files for {path}. {remedy}',
      )
    return path
  latest = checkpoint_source.latest(path)
  if latest is None:
    raise ValueError(f'warm_start_from ({path}) has no checkpoint. {remedy}')
  return latest


def _with_shaped_initializer(name: str, info: Any) -> Any:
  shape = _shape_of(name)
  if shape is None:
    return info  # of no variable, which is refused by name
  if not isinstance(info, warm_start_settings.VocabInfo):
    raise ValueError(
      f'`var_name_to_vocab_info` has {info!r} for {name}; it must be a '
      'tf.estimator.VocabInfo.'
    )
  if info.backup_initializer is None:
    return info
  return info._replace(
    backup_initializer=_shaped(info.backup_initializer, shape)
  )


def _shaped(initializer: Initializer, shape: list[int]) -> Initializer:
  """An initializer that asks another one for values of one shape only.

  Values are wanted for as many elements as are not in the old vocabulary, a
  number that is known only when the graph runs; few initializers can make that.
  And one that depends on the shape, such as Glorot's, should see the variable's.
  """

  def take(wanted: Any, dtype: Any = None, partition_info: Any = None) -> Any:
    del partition_info
    dtype = tf.float32 if dtype is None else dtype
    values = tf.reshape(initializer(shape, dtype=dtype), [-1])
    if all(isinstance(size, int) for size in wanted):
      # Rows and columns for words outside of the vocabulary: from the other end,
      # so that an initializer with a seed does not repeat itself.
      values = tf.reverse(values, [0])
    count = tf.reduce_prod(tf.cast(tf.stack(list(wanted)), tf.int32))
    return tf.reshape(values[:count], wanted)

  return take


def _shape_of(name: str) -> list[int] | None:
  """The shape of a variable of the default graph, its parts taken together."""
  parts = [
    variable.shape.as_list()
    for variable in v1.global_variables()
    if re.fullmatch(re.escape(name) + r'(/part_\d+)?', variable.op.name)
  ]
  parts = [shape for shape in parts if shape and None not in shape]
  if not parts:
    return None
  return [sum(shape[0] for shape in parts), *parts[0][1:]]
