"""Chooses how a process trains: alone, beside servers, or in step with others."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator.distribution import strategies
from tfcompat_estimator.distribution.servers import server_sessions
from tfcompat_estimator.distribution.workers import worker_sessions
from tfcompat_estimator.records import run_config
from tfcompat_estimator.session_emulation.loops import paces
from tfcompat_estimator.session_emulation.opening import session_creator


class Engine(NamedTuple):
  """How this process trains.

  Attributes:
    config: The `RunConfig` by which it saves.
    creator: Opens the session.
    pace: Who decides how many steps run in a loop.
    in_step: Whether all workers save, and end, together.
  """

  config: run_config.RunConfig
  creator: session_creator.EmulatedSessionCreator
  pace: paces.Pace
  in_step: bool = False


@contextlib.contextmanager
def chosen(
  config: run_config.RunConfig,
  scaffold: tf.compat.v1.train.Scaffold,
  source: Any,
  is_told_to_end: Callable[[], bool],
) -> Iterator[Engine]:
  """The engine of a training, while it lasts.

  Args:
    config: Knows the cluster and the strategy.
    scaffold: The model's.
    source: Chooses the checkpoint to restore.
    is_told_to_end: Tells, while this waits for another task, whether the
      process is to end instead.

  Raises:
    tf.errors.DeadlineExceededError: A parameter server did not come in time.
  """
  if strategies.is_multi_worker(config.train_distribute):
    with worker_sessions.own_config(config) as own:
      worker = worker_sessions.WorkerCreator(
        scaffold, source, own, is_told_to_end
      )
      yield Engine(own, worker, worker.pace, in_step=True)
  elif config.num_ps_replicas:
    kind = (
      server_sessions.ChiefCreator
      if config.is_chief
      else server_sessions.WorkerCreator
    )
    creator = kind(scaffold, source, config, is_told_to_end)
    yield Engine(config, creator, paces.NEVER)
  else:
    alone = session_creator.EmulatedSessionCreator(scaffold, source=source)
    yield Engine(config, alone, paces.ALONE)
