"""Packets are late, lost, or too many for the links: the numbers stay what they are."""

import re

import numpy as np
import pytest
import tensorflow as tf

from tests.distribution.hosts import clusters

pytestmark = pytest.mark.hosts

STEPS = 30
LINKS = {
  'delay': {'delay': 0.05},
  'jitter': {'jitter': 0.02},
  'loss1': {'loss': 0.01},
  'loss10': {'loss': 0.1},
  'rate': {'rate': 10e6 / 8},
}
# One task trains beside servers, so that there is no race in the numbers.
JOBS = {
  clusters.SERVERS: {'chief': 1, 'ps': 2},
  clusters.WORKERS: {'worker': 3},
}


def variables(model_dir):
  reader = tf.train.load_checkpoint(model_dir)
  return {
    name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()
  }


@pytest.mark.parametrize('link', LINKS)
@pytest.mark.parametrize('program', JOBS, ids=['servers', 'in_step'])
def test_links(family, cluster, net, model_dir, program, link, stopwatch):
  """Each variable is the same to the bit, and so are losses."""
  nodes = cluster(**JOBS[program])
  seconds, results = {}, {}
  for name, properties in {'clean': {}, link: LINKS[link]}.items():
    net.link(**properties)
    folder = f'{model_dir}_{name}'
    tasks = family.tasks(program, nodes, model_dir=folder, max_steps=STEPS)
    trainers = [each for each in tasks if 'ps' not in each]
    with stopwatch(tasks[trainers[0]], STEPS) as watch:
      for each in trainers:
        tasks[each].ends(seconds=300)
    seconds[name] = watch.seconds
    said = [tasks[each].output() for each in trainers]
    losses = [re.findall(r'^step \d+ loss.*', s, re.MULTILINE) for s in said]
    results[name] = losses, variables(folder)
    for each in tasks:
      if tasks[each].poll() is None:
        tasks[each].kill()
  stopwatch.tell(seconds)
  assert results['clean'][0] == results[link][0]
  for name, value in results['clean'][1].items():
    np.testing.assert_array_equal(results[link][1][name], value, name)
