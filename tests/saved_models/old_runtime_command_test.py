"""Checks the command that rewrites an export for TensorFlow 1.15."""

from tests import fresh
from tests.saved_models import models


def test_command_writes_a_copy(tmp_path):
  """It makes the folder, and says what is wrong with one that is there."""
  estimator = models.make(str(tmp_path / 'model'))
  estimator.train(models.input_fn, steps=1)
  export = estimator.export_saved_model(
    str(tmp_path / 'export'), models.parsing_receiver()
  )
  command = ('-m', 'tfcompat_estimator', 'export-for-1.15', export.decode())

  fresh.printed(*command, tmp_path / 'target')
  again = fresh.run(*command, tmp_path / 'target')

  assert (tmp_path / 'target' / 'saved_model.pb').exists()
  assert again.returncode == 2
  assert 'Name a folder to make' in again.stderr
