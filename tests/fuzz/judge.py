"""Runs a program by a Session and by an EmulatedSession, and compares."""

import collections
import contextlib
import dataclasses
import graphlib
import zlib
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tests.fuzz import modes
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


class Mismatch(AssertionError):
  """The engine did something else than a Session."""


class OtherValue(Mismatch):
  """A fetched value differs."""


class OtherKind(Mismatch):
  """A fetched value has another dtype, shape or Python type."""


class OtherState(Mismatch):
  """A variable differs after all runs."""


class OtherError(Mismatch):
  """Both fail, in other ways."""


class OnlyWeFail(Mismatch):
  """The engine fails where a Session does not."""


class OnlySessionFails(Mismatch):
  """A Session fails where the engine does not."""


EQUAL, RACED, REFUSED = 'equal', 'raced', 'refused'


class Verdict(NamedTuple):
  """What is to be said of a program that is no find."""

  kind: str  # EQUAL, RACED, REFUSED
  reason: str = ''


@dataclasses.dataclass(frozen=True)
class Failed:
  """Stands for an error."""

  kind: str  # the name of its class
  message: str = dataclasses.field(compare=False)


def build(source, mode):
  """Builds a program in a new graph; returns the graph and the program's names."""
  names = {}
  graph = tf.Graph()
  with graph.as_default(), modes.control_flow(mode):
    exec(compile(source, '<program>', 'exec'), names)
    names['_variables'] = v1.global_variables()
    everything = tf.group(
      v1.global_variables_initializer(),
      v1.local_variables_initializer(),
      v1.tables_initializer(),
      *names.get('INIT', []),
    )
    # What averages begin with depends on whether the variable has a value.
    own = [
      names[v.op.name].initializer
      for v in names['_variables']
      if v.op.name in names
    ]
    is_simple = len(own) == len(names['_variables'])
    names['_inits'] = [everything] if is_simple else [own, everything]
  return graph, names


def empty_lists(names):
  """Lets Python code of a program that counts its calls begin anew."""
  for calls in names.get('LISTS', []):
    calls.clear()


def observe(session, names):
  """All that a session shows: what each run returned, and the variables.

  A run that fails is the last, and variables are not looked at then.
  """
  empty_lists(names)
  for init in names['_inits']:
    session.run(init)
  seen = []
  for fetches, feeds in names['RUNS']:
    feed_dict = {names[name]: value for name, value in feeds.items()}
    try:
      seen.append(session.run([names[name] for name in fetches], feed_dict))
    except Exception as error:  # noqa: BLE001
      seen.append(Failed(type(error).__name__, str(error)))
      return seen  # what else ran in that run depends on the moment
  return [*seen, session.run(names['_variables'])]


def same(a, b):
  """Whether two fetched values are equal to the bit."""
  if isinstance(a, Failed) or isinstance(b, Failed):
    return a == b
  if isinstance(a, list | tuple):
    return len(a) == len(b) and all(map(same, a, b))
  if a is None or b is None:
    return a is b
  return alike(a, b) and (
    np.asarray(a).tolist() == np.asarray(b).tolist()
    if np.asarray(a).dtype == object
    else np.asarray(a).tobytes() == np.asarray(b).tobytes()
  )


def alike(a, b):
  """Whether two fetched values have the same dtype and shape."""
  if (a is None) != (b is None) or type(a) is not type(b):
    return False
  a, b = np.asarray(a), np.asarray(b)
  return a.dtype == b.dtype and a.shape == b.shape


# A program that waits for a queue for ever does not count.
PATIENCE_MS = 5_000
# Sessions in which a race ends differently: without TensorFlow's optimizer of
# graphs, in one thread, and with all of its own settings, which takes longest.
_PLAIN = v1.ConfigProto(operation_timeout_in_ms=PATIENCE_MS)
_PLAIN.graph_options.rewrite_options.disable_meta_optimizer = True
_PLAIN.graph_options.optimizer_options.opt_level = -1
_ALONE = v1.ConfigProto(
  inter_op_parallelism_threads=1, use_per_session_threads=True
)
_ALONE.MergeFrom(_PLAIN)
CONFIGS = (_PLAIN, _ALONE, None)


def waits_for_itself(graph):
  """Whether a loop waits for what comes after it.

  A gradient taken under `control_dependencies` of its loop's own result puts
  operations that wait for the end into the loop. With `parallel_iterations=1` no
  Session gets past the first iteration then.
  """
  waits_for = collections.defaultdict(set)
  for op in graph.get_operations():
    before = [*(tensor.op for tensor in op.inputs), *op.control_inputs]
    waits_for[_loop_of(op)].update(map(_loop_of, before))
  for place, others in waits_for.items():
    others.discard(place)
  try:
    graphlib.TopologicalSorter(waits_for).prepare()
  except graphlib.CycleError:
    return True
  return False


def _loop_of(op):
  """The name of the outermost loop that an operation is in, else its own."""
  context, name = op._get_control_flow_context(), op.name  # noqa: SLF001
  while context is not None:
    if context.IsWhileContext():
      name = context.name
    context = context.outer_context
  return name


def by_session(graph, names, config=None):
  with v1.Session(graph=graph, config=config) as session:
    return observe(session, names)


def by_us(graph, names):
  with contextlib.closing(emulated_session.EmulatedSession(graph)) as session:
    return observe(session, names)


def check(source, mode, quick=False):
  """Judges a program.

  Args:
    source: Its code, which defines RUNS.
    mode: The `modes.Mode` that it is built in.
    quick: Whether other Sessions are asked only where there is a doubt: some
      that race are called equal then.

  Returns:
    A `Verdict`.

  Raises:
    Mismatch: If the engine does something else than three Sessions did.
  """
  try:
    graph, names = build(source, mode)
    expected = by_session(graph, names, CONFIGS[0])
  except Exception as error:  # noqa: BLE001
    return Verdict(REFUSED, f'{type(error).__name__}: {error}')
  if failed := [seen for seen in expected if isinstance(seen, Failed)]:
    if failed[0].kind == 'DeadlineExceededError':
      return Verdict(REFUSED, 'a Session waits for ever')
    if waits_for_itself(graph):
      return Verdict(REFUSED, 'a loop waits for its own end')
  # The third one takes long: it is asked for some, and where there is a doubt.
  count = 1 if quick else 3 if zlib.crc32(source.encode()) % 4 == 0 else 2
  for config in CONFIGS[1:count]:
    if not same(by_session(graph, names, config), expected):
      return Verdict(RACED)
  try:
    compare(expected, _ours(graph, names), names)
  except Mismatch as mismatch:
    if races(lambda config: by_session(graph, names, config), expected):
      return Verdict(RACED)
    mismatch.add_note(source)
    raise
  return Verdict(EQUAL)


def races(run, expected):
  """Whether one of several more Sessions sees something else.

  Args:
    run: Takes a configuration of a Session, and returns what is seen in it.
    expected: What another Session saw.
  """
  # Some programs race seldom.
  return any(not same(run(config), expected) for config in 3 * CONFIGS)


def _ours(graph, names):
  try:
    return by_us(graph, names)
  except Exception as error:
    raise OnlyWeFail(f'{type(error).__name__}: {error}') from error


def compare(expected, actual, names):
  """Raises what fits the first difference."""
  for number, (a, b) in enumerate(zip(expected, actual, strict=False)):
    if same(a, b):
      continue
    is_run = number < len(names['RUNS'])
    fetches = names['RUNS'][number][0] if is_run else names['_variables']
    where = f'run {number}' if is_run else 'variables afterwards'
    if isinstance(a, Failed) and isinstance(b, Failed):
      raise OtherError(
        f'{where}: {a.kind}, not {b.kind}\n{a.message}\n{b.message}'
      )
    if isinstance(b, Failed):
      raise OnlyWeFail(f'{where}: {b.kind}: {b.message}')
    if isinstance(a, Failed):
      raise OnlySessionFails(f'{where}: {a.kind}: {a.message}')
    for fetch, x, y in zip(fetches, a, b, strict=True):
      if same(x, y):
        continue
      text = f'{where}, {fetch}: Session {x!r}, ours {y!r}'
      if not is_run:
        raise OtherState(text)
      raise (OtherValue if alike(x, y) else OtherKind)(text)
