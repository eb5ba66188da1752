"""Names packages that expect Estimator, and how each is run."""

from collections.abc import Mapping
from typing import NamedTuple


class Row(NamedTuple):
  """A package and the program of `programs` that uses it.

  Attributes:
    requirements: What pip installs, beside what the tests have.
    options: Of the runner.
    alone: Whether pip leaves out what the requirements depend on: they want
      another TensorFlow, or more than the program needs.
    environment: Variables of the process.
  """

  requirements: tuple[str, ...] = ()
  options: tuple[str, ...] = ()
  alone: bool = False
  environment: Mapping[str, str] = {}


_PETASTORM = (
  'petastorm==0.13.1 pyarrow==14.0.2 numpy==1.26.4 pandas==2.1.4 pytz psutil '
  'pyzmq future dill fsspec diskcache packaging'
)
ROWS = {
  'comet': Row(('comet_ml==3.58.8',)),
  'constrained_optimization': Row(
    ('tensorflow-constrained-optimization==0.2',), alone=True
  ),
  'hub_columns': Row(
    ('tensorflow-hub==0.12.0',),
    ('--tf1-packages', 'tensorflow_hub'),
    alone=True,
    environment={'PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION': 'python'},
  ),
  'hub_layer': Row(('tensorflow-hub==0.16.1',), alone=True),
  'mesh': Row(
    ('mesh-tensorflow==0.1.21', 'future'),
    ('--tf1-packages', 'mesh_tensorflow'),
    alone=True,
  ),
  'mlflow': Row(('mlflow-skinny==3.17.2',)),
  'notebook': Row(('nbclient', 'ipykernel')),
  'petastorm': Row(tuple(_PETASTORM.split()), alone=True),
  'saved_model_cli': Row(),
  'slim': Row(),
  'wandb': Row(('wandb==0.31.0',)),
}
