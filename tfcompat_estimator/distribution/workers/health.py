"""Asks the other workers for a heartbeat, so that none waits for a dead one."""

import threading
import time
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.distribution.workers import joining

logging = tf.compat.v1.logging

_SECONDS_BETWEEN_LOOKS = 1.0
_SECONDS_FOR_AN_ANSWER = 5.0
_LOOKS = 3  # at a worker that does not answer, before it counts as lost


class Watch:
  """A thread that asks the peers whether they are there.

  When one is not, it ends the collectives that wait for it, with an error.
  TensorFlow waits for ever where eager execution is off, else for minutes.

  Args:
    strategy: A MultiWorkerMirroredStrategy.
  """

  def __init__(self, strategy: Any):
    self._peers = [
      name.replace('/task:', '/replica:0/task:')
      for name in joining.peers(strategy)
    ]
    self._stopped = threading.Event()
    self._thread = threading.Thread(target=self._look, daemon=True)
    self.lost = ''  # the peer that is not there any more, and why

  def __enter__(self) -> 'Watch':
    self._thread.start()
    return self

  def __exit__(self, *exception: object) -> None:
    self._stopped.set()
    # It may be inside of a call that takes its time.
    self._thread.join(_SECONDS_FOR_AN_ANSWER)

  def wait_for_news(self, seconds: float) -> str:
    """What `lost` is once a peer is lost, or after so many seconds."""
    end = time.monotonic() + seconds
    while not self.lost and time.monotonic() < end:
      time.sleep(0.05)
    return self.lost

  def _look(self) -> None:
    while not self._stopped.wait(_SECONDS_BETWEEN_LOOKS):
      for peer in self._peers:
        error = self._error_of(peer)
        if error and not self._stopped.is_set():
          self._give_up(peer, error)
          return

  def _error_of(self, peer: str) -> str:
    """Why `peer` does not answer; '' if it does."""
    message = ''
    for _ in range(_LOOKS):
      try:
        _tf.eager_context().check_collective_ops_peer_health(
          peer, timeout_in_ms=int(_SECONDS_FOR_AN_ANSWER * 1000)
        )
      except tf.errors.OpError as error:
        message = f'{type(error).__name__}: {error.message}'
      else:
        return ''
      if self._stopped.wait(_SECONDS_BETWEEN_LOOKS / 2):
        return ''
    return message

  def _give_up(self, peer: str, error: str) -> None:
    name = peer.replace('/replica:0', '')
    logging.error('Worker %s does not answer: %s', name, error)
    self.lost = f'{name} ({error})'
    _tf.eager_context().abort_collective_ops(
      tf.errors.UNAVAILABLE, f'worker {name} does not answer'
    )
