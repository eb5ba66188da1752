"""Settings of `tf.contrib.learn`."""

from typing import Any

import tensorflow as tf

from tfcompat_estimator.records import modes, run_config

v1 = tf.compat.v1


class ModeKeys(modes.ModeKeys):
  """What a model function is called for."""

  INFER = modes.ModeKeys.PREDICT

  @classmethod
  def validate(cls, key: str) -> None:
    """Raises ValueError if a mode is none."""
    if key not in (cls.TRAIN, cls.EVAL, cls.INFER):
      raise ValueError(f'Invalid mode {key}.')


class TaskType:
  """The names of tasks in a cluster."""

  MASTER = 'master'
  PS = 'ps'
  WORKER = 'worker'


class RunConfig(run_config.RunConfig):
  """`tf.estimator.RunConfig` with the arguments of `tf.contrib.learn`'s."""

  def __init__(
    self,
    master: Any = None,
    num_cores: int = 0,
    log_device_placement: bool = False,
    gpu_memory_fraction: float = 1,
    tf_random_seed: int | None = None,
    save_summary_steps: int = 100,
    save_checkpoints_secs: Any = 600,
    save_checkpoints_steps: int | None = None,
    keep_checkpoint_max: int = 5,
    keep_checkpoint_every_n_hours: float = 10000,
    log_step_count_steps: int = 100,
    protocol: str | None = None,
    evaluation_master: str = '',
    model_dir: str | None = None,
    session_config: Any = None,
    session_creation_timeout_secs: int = 7200,
  ):
    """See `tf.estimator.RunConfig`; `master` and `evaluation_master` are those
    of TF_CONFIG.
    """
    if session_config is None:
      session_config = v1.ConfigProto(
        log_device_placement=log_device_placement,
        inter_op_parallelism_threads=num_cores,
        intra_op_parallelism_threads=num_cores,
      )
    intervals: dict[str, Any] = {'save_checkpoints_secs': save_checkpoints_secs}
    if save_checkpoints_steps is not None:
      intervals = {'save_checkpoints_steps': save_checkpoints_steps}
    super().__init__(
      model_dir=model_dir,
      tf_random_seed=tf_random_seed,
      save_summary_steps=save_summary_steps,
      session_config=session_config,
      keep_checkpoint_max=keep_checkpoint_max,
      keep_checkpoint_every_n_hours=keep_checkpoint_every_n_hours,
      log_step_count_steps=log_step_count_steps,
      protocol=protocol,
      **intervals,
    )

  @property
  def environment(self) -> str:
    """Where the program runs, as TF_CONFIG said."""
    return 'local'

  @property
  def tf_config(self) -> Any:
    """The session's settings."""
    return self.session_config
