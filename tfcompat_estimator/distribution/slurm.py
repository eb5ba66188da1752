"""Makes TF_CONFIG from what Slurm tells the tasks of a job."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

_PORT = 2222


class Roles(NamedTuple):
  """What the tasks of a job are, in this order; the rest of them are workers.

  Attributes:
    servers: How many are parameter servers. Without any, all workers train in step.
    has_evaluator: Whether the last one evaluates.
    port: That of the first task of each host; others there have those after it.
  """

  servers: int = 0
  has_evaluator: bool = False
  port: int = _PORT


def hosts(text: str) -> list[str]:
  """The hosts of a list as Slurm writes it: `a[1-3,07],b` has five."""
  found = []
  for prefix, ranges, suffix in re.findall(
    r'([^,\[\]]*)(?:\[([^\]]*)\]([^,\[\]]*))?(?:,|$)', text
  ):
    if not ranges:
      found += [prefix] if prefix else []
      continue
    for part in ranges.split(','):
      first, _, last = part.partition('-')
      found += [
        f'{prefix}{number:0{len(first)}}{suffix}'
        for number in range(int(first), int(last or first) + 1)
      ]
  return found


def counts(text: str) -> list[int]:
  """The tasks of each host, as Slurm writes them: `2(x3),1` has four hosts."""
  found = []
  for count, _, times in re.findall(r'(\d+)(\(x(\d+)\))?', text):
    found += [int(count)] * int(times or 1)
  return found


def tf_config(environment: Mapping[str, str], roles: Roles) -> dict[str, Any]:
  """The TF_CONFIG of a task.

  Args:
    environment: Of a task that `srun` started.
    roles: Of all tasks.

  Raises:
    ValueError: There is no such environment, or too few tasks for the roles.
  """
  try:
    names = hosts(environment['SLURM_STEP_NODELIST'])
    tasks = counts(environment['SLURM_STEP_TASKS_PER_NODE'])
    mine = int(environment['SLURM_PROCID'])
    place = int(environment['SLURM_NODEID']), int(environment['SLURM_LOCALID'])
  except KeyError as error:
    raise ValueError(
      f'{error.args[0]} is not in the environment. --slurm is for tasks that srun '
      'starts: srun python -m tfcompat_estimator launch --slurm PROGRAM.'
    ) from error
  places = [
    (host, local) for host, count in enumerate(tasks) for local in range(count)
  ]
  if places[mine] != place:
    raise ValueError(
      f'Task {mine} (SLURM_PROCID) is on host {place[0]}: tasks must fill one host '
      'after the other. Give srun --distribution=block.'
    )
  addresses = [f'{names[host]}:{roles.port + local}' for host, local in places]
  return _tf_config(addresses, mine, roles)


def _tf_config(addresses: list[str], mine: int, roles: Roles) -> dict[str, Any]:
  trainers = len(addresses) - roles.servers - roles.has_evaluator
  if trainers < 1:
    raise ValueError(
      f'{len(addresses)} tasks (SLURM_NTASKS) are too few for --ps={roles.servers}'
      f'{" and --evaluator" if roles.has_evaluator else ""} and one that trains. '
      'Give srun a larger --ntasks.'
    )
  kinds = {'worker': trainers}
  if roles.servers:
    kinds = {'chief': 1, 'worker': trainers - 1, 'ps': roles.servers}
  if roles.has_evaluator:
    kinds['evaluator'] = 1
  named = [(kind, i) for kind, count in kinds.items() for i in range(count)]
  cluster: dict[str, list[str]] = {}
  for (kind, _), address in zip(named, addresses, strict=True):
    cluster.setdefault(kind, []).append(address)
  cluster.pop('evaluator', None)
  kind, index = named[mine]
  return {'cluster': cluster, 'task': {'type': kind, 'index': index}}
