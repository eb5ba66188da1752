"""Values for the variables that the reference saves."""

import json
import pathlib

import numpy as np

ROOT = pathlib.Path(__file__).parents[3]
# What the reference saves for the same model in both families.
NAMES = json.loads((ROOT / 'tests/contract/family_names.json').read_text())


def values(keys):
  """A value for each variable, different for each."""
  rng = np.random.default_rng(len(keys))
  made = {}
  for name, (shape, dtype) in keys.items():
    if name == 'global_step' or name.endswith('/iter'):
      made[name] = np.int64(5)
    elif name.endswith('/beta_1'):
      made[name] = np.float32(0.9)
    elif name.endswith('/beta_2'):
      made[name] = np.float32(0.999)
    elif name.endswith('beta1_power'):
      made[name] = np.float32(0.9**6)
    elif name.endswith('beta2_power'):
      made[name] = np.float32(0.999**6)
    elif name.endswith('RMSProp_1'):
      made[name] = np.zeros(shape, dtype)
    else:
      made[name] = rng.normal(size=shape).astype(dtype)
  return made
