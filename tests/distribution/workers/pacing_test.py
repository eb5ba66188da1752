"""Asks the workers of a training, here a single one, how they go on."""

import itertools

import pytest
import tensorflow as tf

from tfcompat_estimator.distribution.workers import pacing
from tfcompat_estimator.session_emulation.opening import creator
from tfcompat_estimator.session_emulation.run import session as session_lib

NEVER = creator.NEVER_AGAIN


@pytest.fixture
def ask():
  """A function: what is agreed on, {run: steps}, in the runs that ask for an offer."""

  def agreed(offers, runs=50, seconds=1e-6, hooks=(), stops=lambda: False):
    now = 0.0
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    with tf.Graph().as_default() as graph, strategy.scope():
      pace = pacing.Pace(strategy, stops, hooks, lambda: now)
      pace.begin()
      offers = iter(offers)
      asked = {}
      with session_lib.EmulatedSession(graph) as session:
        for run in range(runs):
          now += seconds
          said = []

          def offer(said=said):
            said.append(next(offers))
            return said[0]

          result = pace.agreed(session, offer)
          if said:
            asked[run] = result
          else:
            assert result == 0
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


class Stop(pacing.MayStop):
  wants_to_stop = True


@pytest.mark.parametrize('wish', [{'hooks': [Stop()]}, {'stops': lambda: True}])
@pytest.mark.parametrize('offer', [0, NEVER, 100])
def test_stop(ask, wish, offer):
  """The wish of one is what all do, whatever they could run."""
  assert ask([offer], 1, **wish) == {0: creator.STOP}


def test_decision(ask):
  """A hook that is about to decide is asked right after that."""
  hook = pacing.MayStop()
  hook.runs_to_decision = 5
  assert [*ask([NEVER] * 4, 16, hooks=[hook])] == [0, 5, 10, 15]
