"""Hooks of all kinds, made of two small numbers that each takes as it likes."""

import os
from typing import NamedTuple

import tensorflow as tf

v1 = tf.compat.v1
NEVER = 10**6  # seconds that never pass


class Seen(NamedTuple):
  """Where hooks write down what they see, and the folder of their files."""

  calls: list
  folder: str

  def note(self, *what):
    self.calls.append(what)


def _step():
  return v1.train.get_or_create_global_step()


# --- hooks of a user's own ----------------------------------------------------


class Quiet(v1.train.SessionRunHook):
  """Looks at no run, only at the begin and the end."""

  def __init__(self, seen, n, m):
    self.seen = seen

  def begin(self):
    self.seen.note('quiet begin')

  def after_create_session(self, session, coord):
    self.seen.note('quiet created', int(session.run(_step())))

  def end(self, session):
    self.seen.note('quiet end', int(session.run(_step())))


class Fetcher(Quiet):
  """Fetches the loss and the weight in each run."""

  def before_run(self, run_context):
    graph = v1.get_default_graph()
    self.seen.note('asks', len(run_context.original_args.fetches))
    return v1.train.SessionRunArgs(
      {'loss': graph.get_tensor_by_name('own_loss:0'), 'step': _step()}
    )

  def after_run(self, run_context, run_values):
    found = run_values.results
    self.seen.note('fetched', float(found['loss']), int(found['step']))


class Adder(v1.train.SessionRunHook):
  """Adds a variable to the graph that counts the runs, and the weight's norm."""

  def __init__(self, seen, n, m):
    self.seen = seen
    self.n = n

  def begin(self):
    # One for each hook: two writes of a variable in one run would race.
    number = len(v1.global_variables('added'))
    with v1.variable_scope('added'):
      count = v1.get_variable(
        f'runs_{number}',
        [],
        tf.int64,
        v1.zeros_initializer(),
        trainable=False,
      )
    self.fetches = [v1.assign_add(count, self.n), tf.add(_step(), self.n)]

  def before_run(self, run_context):
    return v1.train.SessionRunArgs(self.fetches)

  def after_run(self, run_context, run_values):
    self.seen.note('added', int(run_values.results[0]))


class Every(v1.train.SessionRunHook):
  """Asks every n runs, by TensorFlow's timer."""

  def __init__(self, seen, n, m):
    self.seen = seen
    self.timer = v1.train.SecondOrStepTimer(every_steps=n)
    self.count = 0

  def before_run(self, run_context):
    self.asks = self.timer.should_trigger_for_step(self.count)
    return v1.train.SessionRunArgs(_step()) if self.asks else None

  def after_run(self, run_context, run_values):
    if self.asks:
      self.timer.update_last_triggered_step(self.count)
      self.seen.note('every', self.count, int(run_values.results))
    self.count += 1


class Stopper(v1.train.SessionRunHook):
  """Requests a stop after n + m runs."""

  def __init__(self, seen, n, m):
    self.left = n + m

  def after_run(self, run_context, run_values):
    self.left -= 1
    if not self.left:
      run_context.request_stop()


class Looker(v1.train.SessionRunHook):
  """Looks at each nth step by `runs_before_control`; changes the weight."""

  def __init__(self, seen, n, m):
    self.seen, self.n, self.m = seen, n, m

  def begin(self):
    (weight,) = v1.trainable_variables()
    self.halve = weight.assign(weight * 0.5)
    self.weight = weight

  def runs_before_control(self, global_step):
    return self.n - 1 - global_step % self.n

  def before_run(self, run_context):
    return v1.train.SessionRunArgs([_step(), self.weight])

  def after_run(self, run_context, run_values):
    step, weight = run_values.results
    if (int(step) + 1) % self.n == 0:
      self.seen.note('looks', int(step), weight.tolist())
      if self.m % 3 == 0:
        run_context.session.run(self.halve)


class Raiser(v1.train.SessionRunHook):
  """Raises an error after n + m runs; one of them TensorFlow recovers from."""

  KINDS = (ValueError, tf.errors.OutOfRangeError, tf.errors.AbortedError)

  def __init__(self, seen, n, m):
    self.seen = seen
    self.left = n + m
    self.kind = self.KINDS[n % len(self.KINDS)]

  def after_create_session(self, session, coord):
    self.seen.note('created', int(session.run(_step())))

  def after_run(self, run_context, run_values):
    self.left -= 1
    if not self.left:
      if self.kind is ValueError:
        raise ValueError('told to')
      raise self.kind(None, None, 'told to')


class Feeder(v1.train.SessionRunHook):
  """Feeds a placeholder with a default, and sees it."""

  def __init__(self, seen, n, m):
    self.seen, self.n = seen, n

  def begin(self):
    self.given = v1.placeholder_with_default(0, [])
    self.twice = self.given * 2

  def before_run(self, run_context):
    self.n += 1
    return v1.train.SessionRunArgs(self.twice, {self.given: self.n})

  def after_run(self, run_context, run_values):
    self.seen.note('fed', int(run_values.results))


class OwnLogging(v1.train.LoggingTensorHook):
  """A stock hook with another way to log."""

  def __init__(self, seen, n, m):
    super().__init__(['own_loss:0'], every_n_iter=n, at_end=m % 2 == 0)
    self.seen = seen

  def _log_tensors(self, values):
    self.seen.note('logs', {k: float(v) for k, v in values.items()})


class OwnStop(v1.train.StopAtStepHook):
  """A stock hook that looks at each run besides."""

  def __init__(self, seen, n, m):
    super().__init__(num_steps=n + m)
    self.seen = seen

  def after_run(self, run_context, run_values):
    self.seen.note('own stop')
    super().after_run(run_context, run_values)


class OwnSaver(v1.train.CheckpointSaverHook):
  """A stock hook with another way to save, beside its own."""

  def __init__(self, seen, n, m):
    super().__init__(
      os.path.join(seen.folder, 'own_saver'), save_steps=n, listeners=[]
    )
    self.seen = seen

  def _save(self, session, step):
    self.seen.note('own save', int(step))
    return super()._save(session, step)


class Listener(v1.train.CheckpointSaverListener):
  """Notes saves and, maybe, requests a stop."""

  def __init__(self, seen, stop_at):
    self.seen, self.stop_at = seen, stop_at

  def begin(self):
    self.seen.note('saves begin')

  def before_save(self, session, step):
    self.seen.note('before save', int(step), session.run('w:0').tolist())

  def after_save(self, session, step):
    self.seen.note('after save', int(step))
    return self.stop_at is not None and step >= self.stop_at

  def end(self, session, step):
    self.seen.note('saves end', int(step))


# --- stock hooks --------------------------------------------------------------


def _summary_saver(seen, n, m):
  class Saver(v1.train.SummarySaverHook):
    """Its summary is made when the graph is there."""

    def begin(self):
      self._summary_op = v1.summary.scalar(
        f'twice_{n}', _step() * 2, collections=[]
      )
      super().begin()

  return Saver(
    save_steps=n,
    output_dir=os.path.join(seen.folder, 'summaries'),
    summary_op=tf.constant(b''),
  )


def _final(seen, n, m):
  class Final(v1.train.FinalOpsHook):
    """Its operations are found when the graph is there."""

    def begin(self):
      self._final_ops = v1.get_default_graph().get_tensor_by_name('w:0')

    def end(self, session):
      super().end(session)
      seen.note('final', self.final_ops_values.tolist())

  return Final(None)


HOOKS = {
  'quiet': Quiet,
  'fetcher': Fetcher,
  'adder': Adder,
  'every': Every,
  'stopper': Stopper,
  'looker': Looker,
  'raiser': Raiser,
  'feeder': Feeder,
  'own logging': OwnLogging,
  'own stop': OwnStop,
  'own saver': OwnSaver,
  'summary': _summary_saver,
  'final': _final,
  'logging': lambda seen, n, m: v1.train.LoggingTensorHook(
    {'l': 'own_loss:0'}, every_n_iter=n, at_end=m % 2 == 0
  ),
  'seconds': lambda seen, n, m: v1.train.LoggingTensorHook(
    {'l': 'own_loss:0'}, every_n_secs=NEVER
  ),
  'counter': lambda seen, n, m: v1.train.StepCounterHook(
    n, output_dir=os.path.join(seen.folder, 'counter')
  ),
  'stop': lambda seen, n, m: v1.train.StopAtStepHook(num_steps=n + m),
  'last': lambda seen, n, m: v1.train.StopAtStepHook(last_step=n + m),
  'waiter': lambda seen, n, m: v1.train.GlobalStepWaiterHook(0),
  'saver': lambda seen, n, m: v1.train.CheckpointSaverHook(
    os.path.join(seen.folder, 'more'),
    save_steps=n,
    listeners=[Listener(seen, None)],
  ),
  'feed': lambda seen, n, m: v1.train.FeedFnHook(lambda: {'w:0': [[n, m]]}),
}
OF_TRAINING = {'own saver', 'saver', 'stop', 'last', 'own stop', 'adder'}
# They look at no run or at few, so that loops are built with them.
AT_TIMES = ('quiet', 'looker', 'summary', 'final', 'logging', 'seconds')
AT_TIMES += ('counter', 'stop', 'last', 'saver', 'own logging', 'own saver')
