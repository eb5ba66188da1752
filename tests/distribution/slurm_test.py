"""Makes TF_CONFIG from the variables that Slurm sets."""

import pytest

from tfcompat_estimator.distribution import slurm


@pytest.mark.parametrize(
  ('text', 'hosts'),
  [
    ('a', ['a']),
    ('a,b-1', ['a', 'b-1']),
    ('n[1-3,07]', ['n1', 'n2', 'n3', 'n07']),
    ('n[08-10].x,m[1,3],k', ['n08.x', 'n09.x', 'n10.x', 'm1', 'm3', 'k']),
  ],
)
def test_hosts(text, hosts):
  """As `scontrol show hostnames` has them."""
  assert slurm.hosts(text) == hosts


def test_counts():
  """Of equal hosts, and of others."""
  assert slurm.counts('2(x3),1') == [2, 2, 2, 1]
  assert slurm.counts('4') == [4]


def environment(task, node, local, nodes='n[1-2]', tasks='2(x2)'):
  return {
    'SLURM_STEP_NODELIST': nodes,
    'SLURM_STEP_TASKS_PER_NODE': tasks,
    'SLURM_PROCID': str(task),
    'SLURM_NODEID': str(node),
    'SLURM_LOCALID': str(local),
  }


def test_servers():
  """A chief, workers, servers, an evaluator; two on a host have two ports."""
  roles = slurm.Roles(servers=1, has_evaluator=True)
  made = [
    slurm.tf_config(environment(2 * node + local, node, local), roles)
    for node in (0, 1)
    for local in (0, 1)
  ]
  cluster = {'chief': ['n1:2222'], 'worker': ['n1:2223'], 'ps': ['n2:2222']}
  assert [each['cluster'] for each in made] == [cluster] * 4
  assert [tuple(each['task'].values()) for each in made] == [
    ('chief', 0),
    ('worker', 0),
    ('ps', 0),
    ('evaluator', 0),
  ]


def test_in_step():
  """Without servers all are workers."""
  made = slurm.tf_config(
    environment(1, 1, 0, tasks='1(x2)'), slurm.Roles(port=4000)
  )
  assert made == {
    'cluster': {'worker': ['n1:4000', 'n2:4000']},
    'task': {'type': 'worker', 'index': 1},
  }


@pytest.mark.parametrize(
  ('variables', 'roles', 'says'),
  [
    ({}, slurm.Roles(), 'SLURM_STEP_NODELIST is not in the environment'),
    (environment(1, 1, 0), slurm.Roles(), '--distribution=block'),
    (environment(0, 0, 0), slurm.Roles(servers=4), 'too few for --ps=4'),
  ],
)
def test_mistakes(variables, roles, says):
  """They name what is wrong, and the remedy."""
  with pytest.raises(ValueError, match=says):
    slurm.tf_config(variables, roles)
