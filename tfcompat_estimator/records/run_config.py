"""Holds the settings of a run: saving, logging, devices and the cluster."""

import copy
import dataclasses
import inspect
from typing import Any

import tensorflow as tf

from tfcompat_estimator.records import arguments, cluster, config_checks

TaskType = cluster.TaskType

# Marks a checkpoint interval that the caller did not give: unlike None, which
# turns saving off.
_USE_DEFAULT = object()
_DEFAULT_SAVE_SECS = 600


def default_session_config() -> tf.compat.v1.ConfigProto:
  """Makes the `session_config` of an estimator whose user gave none."""
  config = tf.compat.v1.ConfigProto(allow_soft_placement=True)
  rewriters = config.graph_options.rewrite_options
  rewriters.meta_optimizer_iterations = type(rewriters).ONE
  return config


class _Held(property):
  """A property that reads the attribute of its name with an underscore."""

  def __init__(self, doc: str) -> None:
    def read(config: 'RunConfig') -> Any:
      return getattr(config, self._attribute)

    read.__doc__ = doc  # where pdoc looks, and property() itself
    super().__init__(read)

  def __set_name__(self, owner: type, name: str) -> None:
    # For what AttributeErrors say.
    super().__set_name__(owner, name)  # type: ignore[misc]
    self._attribute = f'_{name}'


class RunConfig:
  """The settings of an `Estimator`'s runs.

  The cluster, and this process's place in it, come from the environment
  variable TF_CONFIG, read when the object is made. The properties cannot be
  set: `replace` makes a changed copy.
  """

  # As mypy is to know them: `__init__` sets one for each of its arguments.
  _model_dir: Any
  _save_checkpoints_steps: Any
  _save_checkpoints_secs: Any
  _session_config: Any
  _train_distribute: Any
  _eval_distribute: Any
  _experimental_distribute: Any

  def __init__(
    self,
    model_dir=None,
    tf_random_seed=None,
    save_summary_steps=100,
    save_checkpoints_steps=_USE_DEFAULT,
    save_checkpoints_secs=_USE_DEFAULT,
    session_config=None,
    keep_checkpoint_max=5,
    keep_checkpoint_every_n_hours=10000,
    log_step_count_steps=100,
    train_distribute=None,
    device_fn=None,
    protocol=None,
    eval_distribute=None,
    experimental_distribute=None,
    experimental_max_worker_delay_secs=None,
    session_creation_timeout_secs=7200,
    checkpoint_save_graph_def=True,
  ):
    """Makes the settings and reads TF_CONFIG.

    Args:
      model_dir: The directory of checkpoints, events and exports; a string or
        a path-like. None leaves it to TF_CONFIG's `model_dir`, or to the
        `Estimator`.
      tf_random_seed: The graph-level seed, an int; None seeds at random.
      save_summary_steps: Summaries are written every so many steps; 0 for
        never.
      save_checkpoints_steps: Checkpoints are written every so many steps. At
        most one of this and `save_checkpoints_secs` may be set.
      save_checkpoints_secs: Checkpoints are written every so many seconds; 600
        if neither is given. None for both turns checkpoints off.
      session_config: A `tf.compat.v1.ConfigProto`, of which what has a meaning
        on TensorFlow 2 takes effect.
      keep_checkpoint_max: How many of the latest checkpoints are kept; 0 or
        None for all.
      keep_checkpoint_every_n_hours: In addition one checkpoint is kept for so
        many hours of training; the default of 10000 is hardly ever reached.
      log_step_count_steps: Loss and steps a second are logged every so many
        steps; None for never.
      train_distribute: A `tf.distribute.Strategy` for training.
      device_fn: A function of one argument `op` that returns the op's device;
        None for the default placement.
      protocol: The protocol of a cluster's servers: None, which means grpc,
        `'grpc'` or `'grpc+verbs'`.
      eval_distribute: A `tf.distribute.Strategy` for evaluation.
      experimental_distribute: An object with the fields `train_distribute`,
        `eval_distribute` and `remote_cluster`, in place of the two arguments.
      experimental_max_worker_delay_secs: The longest that a worker waits
        before it starts, an int in seconds; None for the default.
      session_creation_timeout_secs: How many seconds a worker waits for the
        chief to initialize the variables; 7200, two hours, by default.
      checkpoint_save_graph_def: Whether the graph is saved with checkpoints,
        as `graph.pbtxt` and `.meta` files.

    Raises:
      ValueError: If an argument is out of range, or if two contradict each
        other or TF_CONFIG.
    """
    given = {name: value for name, value in locals().items() if name != 'self'}
    given['save_checkpoints_steps'], given['save_checkpoints_secs'] = (
      _checkpoint_intervals(save_checkpoints_steps, save_checkpoints_secs)
    )
    tf_config = cluster.read_environment()
    given['model_dir'] = _agreed_model_dir(model_dir, tf_config)
    # The order is that of `Using config: {...}` in the log, which prints
    # vars(config).
    vars(self).update({f'_{name}': value for name, value in given.items()})
    config_checks.check(self)
    self._read_cluster(tf_config)

  # What `replace` accepts; a subclass may add to it.
  _replaceable = tuple(inspect.signature(__init__).parameters)[1:]

  def _read_cluster(self, tf_config: dict[str, Any]) -> None:
    """Takes over the service, the cluster and this process's task."""
    self._service = None
    coordinated = self._take_strategies(tf_config)
    if coordinated is None:
      self._service = cluster.service(tf_config)
      task = cluster.parse(tf_config)
      if self._session_config is None:
        self._session_config = self._cluster_session_config(task)
    else:
      task = coordinated
    self._take_task(task)
    strategies = (self._train_distribute, self._eval_distribute)
    if any(strategies) or self._experimental_distribute:
      self._distribute_coordinator_mode = self._coordinator_mode(tf_config)

  def _cluster_session_config(
    self, task: cluster.ClusterTask
  ) -> tf.compat.v1.ConfigProto | None:
    """The default session_config of a task of a cluster; None for a local one.

    A worker sees the parameter servers and itself: the others may not have
    started. A parameter server sees the workers.
    """
    if not task.cluster_spec:
      return None
    if task.task_type == TaskType.PS:
      peers = [TaskType.WORKER, TaskType.CHIEF, TaskType.MASTER]
    elif task.task_type == TaskType.WORKER:
      peers = [f'{task.task_type}/task:{task.task_id}']
    elif task.task_type in (TaskType.CHIEF, TaskType.MASTER):
      peers = [task.task_type]
    else:
      return None
    config = default_session_config()
    config.device_filters.extend(
      f'/job:{peer}' for peer in [TaskType.PS, *peers]
    )
    return config

  def _take_task(self, task: cluster.ClusterTask) -> None:
    for field in dataclasses.fields(task):
      setattr(self, '_' + field.name, getattr(task, field.name))

  def _take_strategies(
    self, tf_config: dict[str, Any]
  ) -> cluster.ClusterTask | None:
    """Takes the strategies out of `experimental_distribute`.

    Returns:
      The task as a training strategy sees it, or None without one: under a
      strategy each process first believes that it is alone, and the strategy's
      own cluster resolver tells it its role. A `master` is older than strategies
      and always knows.
    """
    given = self._experimental_distribute
    if given is not None:
      for name in ('train_distribute', 'eval_distribute'):
        strategy = getattr(given, name)
        if strategy and getattr(self, '_' + name):
          raise ValueError(
            f'Either `{name}` or `experimental_distribute.{name}` can be '
            f'set, given both: {getattr(self, "_" + name)} and {strategy}.'
          )
        if strategy:
          setattr(self, '_' + name, strategy)
      config_checks.check(self)
    if not self._train_distribute:
      return None
    remote = getattr(given, 'remote_cluster', None)
    if remote:
      if cluster.cluster_spec(tf_config):
        raise ValueError(
          'A cluster cannot be set both in TF_CONFIG and in '
          f'`experimental_distribute.remote_cluster` ({remote}). Leave one '
          'out.'
        )
      return cluster.ClusterTask(cluster_spec=tf.train.ClusterSpec(remote))
    spec = cluster.cluster_spec(tf_config)
    if not spec or cluster.TaskType.MASTER in spec.jobs:
      return None
    return cluster.ClusterTask(cluster_spec=spec)

  def _coordinator_mode(self, tf_config: dict[str, Any]) -> str | None:
    """How the processes of a training strategy find each other."""
    if not self._train_distribute:
      return None
    if getattr(self._experimental_distribute, 'remote_cluster', None):
      return 'standalone_client'
    spec = cluster.cluster_spec(tf_config)
    if not spec or cluster.TaskType.MASTER in spec.jobs:
      return None
    return 'independent_worker'

  model_dir = _Held('Directory of checkpoints and events.')
  tf_random_seed = _Held('Graph-level seed, or None.')
  save_summary_steps = _Held('Steps between summaries.')
  save_checkpoints_steps = _Held('Steps between checkpoints, or None.')
  save_checkpoints_secs = _Held('Seconds between checkpoints, or None.')
  session_config = _Held('A ConfigProto, or None.')
  keep_checkpoint_max = _Held('How many checkpoints are kept; 0 or None: all.')
  keep_checkpoint_every_n_hours = _Held(
    'Hours between checkpoints kept for good.'
  )
  log_step_count_steps = _Held('Steps between log lines, or None.')
  train_distribute = _Held('Strategy for training.')
  eval_distribute = _Held('Strategy for evaluation.')
  device_fn = _Held('Function of an op to its device, or None.')
  protocol = _Held('Protocol of the servers; None means grpc.')
  experimental_max_worker_delay_secs = _Held(
    'Longest wait of a worker, seconds.'
  )
  session_creation_timeout_secs = _Held('Longest wait for the chief, seconds.')
  checkpoint_save_graph_def = _Held('Whether checkpoints come with the graph.')
  service = _Held("TF_CONFIG's platform settings, or None.")
  cluster_spec = _Held('The cluster, a tf.train.ClusterSpec.')
  task_type = _Held("This process's job, a TaskType.")
  task_id = _Held("This process's index in its job.")
  global_id_in_cluster = _Held(
    'Index among all tasks: chief first, ps last; None for an evaluator.',
  )
  master = _Held("Address of this task's server; '' is in process.")
  evaluation_master = _Held("An evaluator's `master`.")
  is_chief = _Held('Whether this task saves checkpoints.')
  num_ps_replicas = _Held('Number of parameter servers.')
  num_worker_replicas = _Held('Number of workers, the chief counted.')

  def __deepcopy__(self, memo: dict[int, Any]) -> 'RunConfig':
    """A deep copy that shares the strategies.

    A strategy stands for devices, servers and the variables made under it: a
    copy would know of none of them.
    """
    shared = [self._train_distribute, self._eval_distribute]
    memo.update({id(strategy): strategy for strategy in shared if strategy})
    copied = copy.copy(self)
    vars(copied).update(copy.deepcopy(vars(self), memo))
    return copied

  def replace(self, **kwargs):
    """Returns a copy with some properties changed.

    Setting one of `save_checkpoints_steps` and `save_checkpoints_secs` clears
    the other.

    Args:
      **kwargs: New values of the constructor's arguments.

    Raises:
      ValueError: If a name is none of the constructor's arguments, or if a
        value is out of range, or if both checkpoint intervals are set.
    """
    changed = copy.deepcopy(self)
    for name, value in kwargs.items():
      if name not in self._replaceable:
        raise ValueError(
          f'Replacing {name} is not supported. Allowed properties are '
          f'{list(self._replaceable)}.'
        )
      if name == 'model_dir':
        value = arguments.as_path(value)
      setattr(changed, '_' + name, value)
    intervals = {'save_checkpoints_steps', 'save_checkpoints_secs'}
    given = [name for name in intervals if kwargs.get(name) is not None]
    if len(given) == 2:
      raise ValueError(_both_intervals(**{n: kwargs[n] for n in given}))
    for name in given:
      (other,) = intervals - {name}
      setattr(changed, '_' + other, None)
    config_checks.check(changed)
    return changed


def of_task(config: RunConfig, task: cluster.ClusterTask) -> RunConfig:
  """A copy for a process that has learnt which task of a strategy it is."""
  changed = copy.deepcopy(config)
  changed._take_task(task)  # noqa: SLF001
  changed._distribute_coordinator_mode = None  # noqa: SLF001
  if task.task_type == TaskType.EVALUATOR:
    changed._train_distribute = None  # noqa: SLF001
  return changed


def _both_intervals(
  save_checkpoints_steps: Any, save_checkpoints_secs: Any
) -> str:
  return (
    '`save_checkpoints_steps` and `save_checkpoints_secs` cannot be both set. '
    f'Given: {save_checkpoints_steps} and {save_checkpoints_secs}. Leave one '
    'out.'
  )


def _checkpoint_intervals(steps: Any, secs: Any) -> tuple[Any, Any]:
  """Fills in the interval between checkpoints that was not given."""
  if steps is _USE_DEFAULT and secs is _USE_DEFAULT:
    return None, _DEFAULT_SAVE_SECS
  if secs is _USE_DEFAULT:
    return steps, None
  if steps is _USE_DEFAULT:
    return None, secs
  if steps is not None and secs is not None:
    raise ValueError(_both_intervals(steps, secs))
  return steps, secs


def _agreed_model_dir(model_dir: Any, tf_config: dict[str, Any]) -> Any:
  """Finds the model_dir on which the argument and TF_CONFIG agree."""
  model_dir = arguments.as_path(model_dir)
  from_environment = cluster.model_dir(tf_config)
  if not from_environment:
    return model_dir
  if model_dir is not None and model_dir != from_environment:
    raise ValueError(
      '`model_dir` provided in RunConfig construct, if set, must have the '
      f'same value as the model_dir in TF_CONFIG. model_dir: {model_dir}\n'
      f'TF_CONFIG["model_dir"]: {from_environment}.\n'
    )
  tf.compat.v1.logging.info('Using model_dir in TF_CONFIG: %s', model_dir)
  return from_environment
