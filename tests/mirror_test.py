"""Holds tests/ to the rooms of the package: a module's test is at its path."""

import pathlib

ROOT = pathlib.Path(__file__).parents[1]
PACKAGE = ROOT / 'tfcompat_estimator'

CONVERSION = 'to_keras_test and to_module_test run all of them'
DECODERS = 'the programs of basic_decoder_test and beam_search_test run it'
STREAMS = 'random_streams_test and tests/fuzz run it'
THEMES = 'tests of a theme run it in programs: tests/mistakes, folding_test'
# module: why no test stands at its path. Of ten modules nine have one.
TESTED_ELSEWHERE = {
  'api/namespace.py': 'api_test and namespaces_test look at what it makes',
  'api/v1.py': 'a list of names, which api_test holds',
  'api/v2.py': 'a list of names, which api_test holds',
  'distribution/sparse_gradients.py': 'needs two workers: `make cluster-test`',
  'errors/translation.py': THEMES,
  'estimator/graph_starts.py': 'kept_graphs_test and kept_sequences_test',
  'heads/label_errors.py': THEMES,
  'loop/nan_inputs.py': THEMES,
  'migration/conversion/column_layers.py': CONVERSION,
  'migration/conversion/head_config.py': CONVERSION,
  'migration/conversion/objective.py': CONVERSION,
  'migration/conversion/tf_keras_networks.py': CONVERSION,
  'migration/conversion/towers.py': CONVERSION,
  'migration/old_paths/modules.py': 'old_names_test imports all that it makes',
  'migration/tf1/estimators.py': 'programs/estimators.py runs it on 1.15, too',
  'migration/tf1/learn_estimators/head.py': 'heads_test makes all of them',
  'migration/tf1/learn_estimators/model_fn_ops.py': 'estimator_test, canned_test',
  'migration/tf1/learn_estimators/networks.py': 'canned_test trains them',
  'migration/tf1/learn_estimators/served.py': 'canned_test exports one',
  'migration/tf1/learn_estimators/sk_compat.py': 'programs/learners.py runs it',
  'migration/tf1/seq2seq/attention.py': DECODERS,
  'migration/tf1/seq2seq/beams.py': DECODERS,
  'migration/tf1/seq2seq/decoder.py': DECODERS,
  'migration/tf1/seq2seq/scheduled_helpers.py': DECODERS,
  'session_emulation/passes/bodies.py': STREAMS,
  'session_emulation/passes/inlining.py': STREAMS,
}


def test_modules_have_a_test_at_their_path():
  """What a module is to do is found where the module is, in tests/."""
  modules = [
    path.relative_to(PACKAGE)
    for path in PACKAGE.rglob('*.py')
    if path.name != '__init__.py'
  ]
  untested = {
    module.as_posix()
    for module in modules
    if not (
      ROOT / 'tests' / module.with_name(f'{module.stem}_test.py')
    ).exists()
  }

  assert untested == set(TESTED_ELSEWHERE)
  assert len(untested) <= len(modules) / 10
