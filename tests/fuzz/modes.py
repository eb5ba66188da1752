"""Says in which modes of TensorFlow random programs are built, and of what."""

import contextlib
import dataclasses

import tensorflow as tf

v1 = tf.compat.v1


@dataclasses.dataclass(frozen=True)
class Mode:
  """A way to build programs.

  Attributes:
    kinds: Of which kinds variables are: `ref`, `res`.
    new_control_flow: Whether tf.cond and tf.while_loop make functions.
    tf1: Whether the process has called `disable_v2_behavior`.
    banned: Features that no program has.
    trains: Whether programs are steps of a training, not runs of a session.
  """

  kinds: tuple[str, ...]
  new_control_flow: bool
  tf1: bool
  banned: frozenset[str] = frozenset()
  trains: bool = False


MODES = {
  'resource_v2': Mode(('res',), True, tf1=False),
  'resource_v1': Mode(('res',), False, tf1=False),
  'tf1_ref_v1': Mode(('ref',), False, tf1=True),
  'tf1_ref_v2': Mode(('ref',), True, tf1=True),
  'tf1_both_v1': Mode(('ref', 'res'), False, tf1=True),
  'both_v2': Mode(('res', 'ref'), True, tf1=False),
}
# Nothing is fed there, and summaries of loops cannot be merged.
_NO_FEEDS = frozenset(['feeds', 'summaries'])
MODES |= {
  f'train_{name}': dataclasses.replace(
    MODES[name], banned=_NO_FEEDS, trains=True
  )
  for name in ('resource_v2', 'tf1_ref_v1', 'tf1_both_v1')
}


def enter_process(mode):
  """Sets the process up for a mode, for good, and quiet."""
  v1.logging.set_verbosity(v1.logging.FATAL)
  tf.autograph.set_verbosity(0)
  if mode.tf1:
    v1.disable_v2_behavior()


@contextlib.contextmanager
def control_flow(mode):
  """Builds control flow of the mode's kind; else the process as it is."""
  before = v1.control_flow_v2_enabled()
  switch = {True: v1.enable_control_flow_v2, False: v1.disable_control_flow_v2}
  switch[mode.new_control_flow]()
  try:
    yield
  finally:
    switch[before]()
