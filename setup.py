"""Installs tfcompat_estimator: `pip install .` or `pip install -e .[test]`."""

import pathlib
import re

import setuptools

ROOT = pathlib.Path(__file__).parent
INIT = (ROOT / 'tfcompat_estimator' / '__init__.py').read_text('utf-8')

DEMO = ['scikit-learn']  # brings the data of examples/legacy
DOCS = ['pdoc>=15']  # makes the API reference
# The layers, metrics and slim of tf.contrib, for programs of TensorFlow 1.
TF1 = ['tf_slim>=1.1']
PLOT = ['matplotlib']  # draws `history --plot`
PROGRESS = ['tqdm']  # the progress line on a terminal

setuptools.setup(
  name='tfcompat-estimator',
  # The one place that says the version is the package itself.
  version=re.search(r"^__version__ = '([^']+)'$", INIT, re.MULTILINE).group(1),
  description='TensorFlow Estimator, alive on TensorFlow 2.16 and later.',
  long_description=(ROOT / 'README.md').read_text('utf-8'),
  long_description_content_type='text/markdown',
  license='Apache-2.0',
  packages=setuptools.find_packages(include=['tfcompat_estimator*']),
  package_data={'': ['*.json', '*.txt']},
  python_requires='>=3.10',
  install_requires=[
    'absl-py',
    'numpy',
    # tf.summary.scalar and its like, which TF 2's programs call in a model_fn,
    # import it. TensorFlow brought it until 2.20; since 2.21 it does not.
    'tensorboard',
    # tf-keras carries the layers and optimizers of tf.compat.v1; it must be of
    # the same minor version as TensorFlow, which its own requirements ask for.
    'tensorflow>=2.16',
    'tf-keras>=2.16',
  ],
  extras_require={
    'demo': [*DEMO, *TF1],
    'docs': DOCS,
    'plot': PLOT,
    'progress': PROGRESS,
    'tf1': TF1,
    'test': [
      *DEMO,
      *DOCS,
      *PLOT,
      *PROGRESS,
      *TF1,
      'hypothesis',
      'mypy~=2.4',
      'pandas',
      'pytest>=8',
      'pytest-xdist',
      'tensorflow-serving-api',
      'ruff~=0.17.5',  # pinned: another version may format otherwise
    ],
  },
  keywords='tensorflow estimator tf.estimator tensorflow-estimator migration',
  classifiers=[
    'Development Status :: 4 - Beta',
    'Intended Audience :: Developers',
    'Intended Audience :: Science/Research',
    'Operating System :: OS Independent',
    'Programming Language :: Python :: 3',
    *(f'Programming Language :: Python :: 3.{n}' for n in range(10, 14)),
    'Topic :: Scientific/Engineering :: Artificial Intelligence',
  ],
)
