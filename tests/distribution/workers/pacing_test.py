"""Asks the workers of a training, here a single one, how they go on."""

import itertools

import pytest
import tensorflow as tf

from tfcompat_estimator.distribution.workers import pacing
from tfcompat_estimator.session_emulation.loops import hook_protocol, paces
from tfcompat_estimator.session_emulation.run import emulated_session

NEVER = 'never'  # in place of a number of steps


def decision(offer):
  if offer == NEVER:
    return paces.Decision(is_final=True)
  return paces.Decision(offer)


@pytest.fixture
def ask():
  """A function: what is agreed on, {run: steps}, in the runs that ask for an offer."""

  def agreed(offers, runs=50, seconds=1e-6, hooks=(), stops=lambda: False):
    now = 0.0
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    with tf.Graph().as_default() as graph, strategy.scope():
      pace = pacing.InStep(strategy, stops, True, lambda: now)
      pace.watch(hooks)
      pace.begin()
      offers = iter(offers)
      asked = {}
      with emulated_session.EmulatedSession(graph) as session:
        for run in range(runs):
          now += seconds
          said = []

          def offer(said=said):
            said.append(next(offers))
            return decision(said[0])

          result = pace.decide(session, offer)
          if said:
            how = 'end' if pace.all_are_told_to_end else 'stop'
            asked[run] = how if result.stops else result.steps
          else:
            assert result == paces.Decision()
    return asked

  return agreed


@pytest.mark.parametrize(
  ('offers', 'agreed'),
  [
    # Loops: asked again before the next run.
    ([16, 99, 99], {0: 16, 1: 99, 2: 99}),
    # Not worth it: asked after the hook that looks, then less often.
    ([3, 3, 100], {0: 0, 4: 0, 8: 100}),
    ([0] * 6, {0: 0, 1: 0, 3: 0, 7: 0, 15: 0, 31: 0}),
    # A loop forgets how often there was none.
    ([0, 0, 0, 50, 0, 0], {0: 0, 1: 0, 3: 0, 7: 50, 8: 0, 9: 0}),
    # Never: only when a wish to stop has waited for long.
    ([NEVER], {0: 0}),
  ],
)
def test_questions(ask, offers, agreed):
  """As seldom as the answers allow."""
  runs = max(agreed) + 1
  assert ask(offers, runs) == agreed


@pytest.mark.parametrize('seconds', [1.0, 0.025])
@pytest.mark.parametrize('offer', [0, NEVER])
def test_slow_steps(ask, offer, seconds):
  """A wish to stop waits for half a second, or a step."""
  asked = [*ask([offer] * 101, 100, seconds)]
  longest = max(b - a for a, b in itertools.pairwise(asked))
  assert longest * seconds <= max(0.5, seconds)


class Stop(hook_protocol.EngineHook):
  wants_to_stop = True


@pytest.mark.parametrize(
  ('wish', 'how'),
  [
    ({'hooks': [Stop()]}, 'stop'),
    ({'stops': lambda: True}, 'end'),
    ({'hooks': [Stop()], 'stops': lambda: True}, 'end'),
  ],
)
@pytest.mark.parametrize('offer', [0, NEVER, 100])
def test_stop(ask, wish, how, offer):
  """The wish of one is what all do, whatever they could run; all know of a signal."""
  assert ask([offer], 1, **wish) == {0: how}


def test_decision(ask):
  """A hook that is about to decide is asked right after that."""
  hook = hook_protocol.EngineHook()
  hook.runs_to_decision = 5
  assert [*ask([NEVER] * 4, 16, hooks=[hook])] == [0, 5, 10, 15]
