"""Runs a program as the step of an Estimator's training, and compares."""

import contextlib
import dataclasses
import itertools
import os
import tempfile
import zlib
from typing import Any
from unittest import mock

import tensorflow as tf

from tests.fuzz import judge, modes, program, rows
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import estimator_specs, run_config
from tfcompat_estimator.session_emulation.loops import loop, warm_up
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
STEPS = 6
_MOST_RUNS = 60  # of a training that ends
_KIND_OF = {
  f'v1.placeholder({dtype}, {shape})': kind
  for kind, (dtype, shape) in rows.TYPES.items()
}


@dataclasses.dataclass
class Training:
  """What is known of one training.

  Attributes:
    names: What the program has defined.
    spec: What its model_fn returned.
    initializer: Gives all variables their values.
    graph: Its graph.
    expected: The variables after a Session has run as many steps.
    values: The variables afterwards.
    steps_in_loops: How many steps ran in loops.
  """

  names: dict[str, Any] = dataclasses.field(default_factory=dict)
  spec: Any = None
  initializer: Any = None
  graph: Any = None
  expected: Any = None
  values: Any = None
  steps_in_loops: int = 0


class _Reader(v1.train.SessionRunHook):
  """Reads the variables at the end. It looks at no step."""

  def __init__(self, training):
    self._training = training

  def end(self, session):
    self._training.values = _read(session, self._training)


def as_step(drawn):
  """The program with constants for what was fed, and one set of fetches."""
  constants = tuple(
    (name, rows.CONSTANTS[_KIND_OF.get(code, 'f')].format(number + 2))
    if code in _KIND_OF
    else (name, code)
    for number, (name, code) in enumerate(drawn.placeholders)
  )
  runs = (program.Run(drawn.runs[0].fetches, ()),) if drawn.runs else ()
  return dataclasses.replace(drawn, placeholders=constants, runs=runs)


def check(drawn, mode, quick=False):
  """Judges a program; see `judge.check`.

  Returns:
    A `judge.Verdict`, whose reason says in how many loops steps ran.
  """
  source = as_step(drawn).source()
  training = Training()
  uses_loops = zlib.crc32(source.encode()) % 4 != 0
  failure = None
  with modes.control_flow(mode):
    try:
      _train(source, training, uses_loops)
    except Exception as error:  # noqa: BLE001
      failure = error
  expected = training.expected
  if expected is None:
    return judge.Verdict(judge.REFUSED, f'{type(failure).__name__}: {failure}')
  if not quick:
    try:
      other = _by_session(training, judge.CONFIGS[1])
    except Exception as error:  # noqa: BLE001
      return judge.Verdict(judge.REFUSED, f'{type(error).__name__}: {error}')
    if not judge.same(other, expected):
      return judge.Verdict(judge.RACED)
  where = f'{training.steps_in_loops} of {STEPS} steps in loops'
  if failure is None and judge.same(training.values, expected):
    return judge.Verdict(judge.EQUAL, where)
  if judge.races(lambda config: _by_session(training, config), expected):
    return judge.Verdict(judge.RACED)
  if failure is not None:
    raise judge.OnlyWeFail(f'{where}: {type(failure).__name__}: {failure}')
  seen = zip(_variables(training), expected, training.values, strict=True)
  raise judge.OtherState(
    '\n'.join(
      f'{where}, {variable.name}: Session {a!r}, Estimator {b!r}'
      for variable, a, b in seen
      if not judge.same(a, b)
    )
  )


def _train(source, training, uses_loops):
  def model_fn(features, labels, mode):
    del features, labels
    training.graph = v1.get_default_graph()
    training.spec = _spec(source, training.names, mode)
    # Before the Estimator: what no Session gets to the end of is no case.
    training.initializer = v1.global_variables_initializer()
    training.expected = _by_session(training, judge.CONFIGS[0])
    judge.empty_lists(training.names)
    return training.spec

  config = run_config.RunConfig(
    save_checkpoints_steps=10_000,
    save_summary_steps=None,
    log_step_count_steps=None,
  )
  with contextlib.ExitStack() as stack:
    stack.enter_context(_loops(training, uses_loops))
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    base_estimator.EstimatorV2(model_fn, folder, config).train(
      lambda: tf.data.Dataset.from_tensors([0.0]).repeat(),
      hooks=[_Reader(training)],
      steps=STEPS,
    )


def _spec(source, names, mode):
  """The program as a step: all that its run fetches, then the global step."""
  exec(compile(source, '<program>', 'exec'), names)
  fetched = [names[name] for name in names['RUNS'][0][0]]
  done = [f for f in fetched if not isinstance(f, tf.Variable | list)]
  with tf.control_dependencies([getattr(f, 'op', f) for f in done]):
    step = v1.train.get_global_step()
    train_op = v1.assign_add(step, 1)
  local_init_op = tf.group(
    v1.local_variables_initializer(),
    v1.tables_initializer(),
    *names.get('INIT', []),
  )
  return estimator_specs.EstimatorSpec(
    mode,
    loss=tf.constant(1.0),
    train_op=getattr(train_op, 'op', train_op),
    scaffold=v1.train.Scaffold(local_init_op=local_init_op),
  )


@contextlib.contextmanager
def _loops(training, uses_loops):
  """Loops from the second step on, or none at all; and an end in any case."""
  call = loop.Loop.__call__

  def counted(self, *arguments):
    result = call(self, *arguments)
    training.steps_in_loops += result.runs
    return result

  runs = itertools.count()
  run = emulated_session.EmulatedSession.run

  def limited(self, *arguments, **options):
    if next(runs) == _MOST_RUNS:
      raise RuntimeError('The training does not end.')
    return run(self, *arguments, **options)

  switch = {'TFCOMPAT_FUSED_STEPS': str(int(uses_loops))}
  with (
    mock.patch.dict(os.environ, switch),
    mock.patch.object(loop.Loop, '__call__', counted),
    mock.patch.object(emulated_session.EmulatedSession, 'run', limited),
    mock.patch.object(warm_up, 'SECONDS_PER_OPERATION', 0.0),
    mock.patch.object(warm_up, 'SLOW_RUN_SECONDS', float('inf')),
  ):
    yield


def _by_session(training, config):
  judge.empty_lists(training.names)
  with v1.Session(graph=training.graph, config=config) as session:
    session.run(training.initializer)
    session.run(training.spec.scaffold.local_init_op)
    for _ in range(STEPS):
      session.run(training.spec.train_op)
    return _read(session, training)


def _variables(training):
  return training.graph.get_collection(v1.GraphKeys.GLOBAL_VARIABLES)


def _read(session, training):
  return session.run(_variables(training))
