"""Reads the addresses of a cluster, and knocks at them."""

import contextlib
import socket

import tensorflow as tf

_SECONDS = 2.0


def split(address: str, key: str) -> tuple[str, int]:
  """The host and port of an address of TF_CONFIG.

  Args:
    address: `host:port`; an IPv6 host in brackets.
    key: Where it stands in TF_CONFIG, for the error.

  Raises:
    ValueError: It is something else.
  """
  host, _, port = address.rpartition(':')
  if not host or not port.isdigit() or not 0 < int(port) < 2**16:
    raise ValueError(
      f'{key} ({address!r}) in TF_CONFIG must be "host:port", for instance '
      '"10.0.0.1:2222". Correct it, in the TF_CONFIG of all tasks.'
    )
  return host.strip('[]'), int(port)


def answers(address: tuple[str, int]) -> bool:
  """Whether anything listens there."""
  with contextlib.suppress(OSError):
    socket.create_connection(address, timeout=_SECONDS).close()
    return True
  return False


def free_port() -> int:
  """A port of this host on which nothing listens."""
  with socket.socket() as any_port:
    any_port.bind(('', 0))
    return any_port.getsockname()[1]


def of(spec: tf.train.ClusterSpec, job: str, index: int) -> str:
  """The address of a task, checked.

  Raises:
    ValueError: See `split`.
  """
  address = spec.task_address(job, index)
  split(address, f'cluster["{job}"][{index}]')
  return address


def check_port(address: str, job: str, index: int) -> None:
  """Checks that a task can listen at its address.

  Raises:
    tf.errors.UnknownError: Something else does.
  """
  _, port = split(address, f'cluster["{job}"][{index}]')
  with socket.socket() as trial:
    trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
      trial.bind(('', port))
    except OSError as error:
      raise tf.errors.UnknownError(
        None,
        None,
        f'Task {job} {index} cannot listen at {address}, its address in '
        f'cluster["{job}"] of TF_CONFIG: {error.strerror}. Stop what listens '
        'there, an earlier run perhaps, or choose another port in the '
        'TF_CONFIG of all tasks.',
      ) from error
