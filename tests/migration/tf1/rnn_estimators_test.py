"""Goes on from checkpoints of RNNClassifiers of TensorFlow 1.15."""

import shutil

from tests.migration.tf1 import beside, record
from tests.parity import sides


def test_rnn_classifiers_go_on_from_checkpoints_of_1_15(tmp_path):
  """Metrics and predictions are equal, and so is all after further steps."""
  folder = tmp_path / 'models'
  shutil.copytree(record.GOLDENS / 'rnn_model_dirs', folder)
  golden = sides.read(str(record.GOLDENS / 'rnn_after'))

  got = sides.ours_of_tf1(record.PROGRAMS).call(
    'estimators', 'train_rnns', folder=str(folder), steps=4
  )

  beside.check_same(got, golden)
