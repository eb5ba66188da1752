"""Object-based savers in clusters hold what they hold on one device."""

import pytest

from tests.checkpoint import object_models, small_model
from tests.distribution import processes
from tests.parity import comparison

pytestmark = pytest.mark.cluster

PROGRAM = 'tests.distribution.object_programs:'
# The second worker of asynchronous training would make its steps race.
CLUSTERS = {
  'in_step': {'worker': 2},
  'beside_servers': {'chief': 1, 'ps': 2},
}


@pytest.mark.parametrize('net', object_models.NETS)
@pytest.mark.parametrize('kind', CLUSTERS)
def test_values_and_restart(family, tmp_path, kind, net):
  """After two steps, and after two more of another cluster: keys and values."""
  folders = {name: str(tmp_path / name) for name in (kind, 'alone')}
  for max_steps in (2, 4):
    arguments = {'net': net, 'max_steps': max_steps}
    tasks = family.tasks(
      PROGRAM + kind,
      processes.cluster(**CLUSTERS[kind]),
      folder=folders[kind],
      **arguments,
    )
    alone = family.start(
      PROGRAM + 'alone', {}, folder=folders['alone'], **arguments
    )
    for name, task in [*tasks.items(), ('alone', alone)]:
      if not name.startswith('ps'):
        task.ends()

    values = [small_model.values_of(folders[name]) for name in folders]
    comparison.assert_close(*values, 1e-5)
