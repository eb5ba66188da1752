"""Keeps constants that programs import from old modules and nobody else needs.

A class for each group; `paths.py` says which old module has which names, and
where those live that a room has a use for.
"""

import importlib.util

import tensorflow as tf


class RNN:
  """Of `canned.rnn`."""

  _GRU_KEY = 'gru'
  _LSTM_KEY = 'lstm'
  _SIMPLE_RNN_KEY = 'simple_rnn'


class Keys:
  """Names of signatures, of `canned.head`, `head.head_utils`, `keras_lib`."""

  _CLASSIFY_SERVING_KEY = 'classification'
  _DEFAULT_SERVING_KEY = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
  _PREDICT_SERVING_KEY = 'predict'
  _REGRESS_SERVING_KEY = 'regression'


class EarlyStopping:
  """Of `early_stopping`."""

  _EVENT_FILE_GLOB_PATTERN = 'events.out.tfevents.*'


class Pandas:
  """Of `inputs.pandas_io` and `inputs.queues.feeding_functions`."""

  HAS_PANDAS = importlib.util.find_spec('pandas') is not None


class RunConfig:
  """Of `run_config`, `training` and `tpu.tpu_config`: what TF_CONFIG has."""

  _TF_CONFIG_ENV = 'TF_CONFIG'
  _CLUSTER_KEY = 'cluster'
  _EVAL_SESSION_MASTER_KEY = 'eval_session_master'
  _MODEL_DIR_KEY = 'model_dir'
  _SERVICE_KEY = 'service'
  _SESSION_MASTER_KEY = 'session_master'
  _TASK_ENV_KEY = 'task'
  _TASK_ID_KEY = 'index'
  _TASK_TYPE_KEY = 'type'
  _GRPC_SCHEME = 'grpc://'
  _LOCAL_MASTER = ''
  _SAVE_CKPT_ERR = (
    '`save_checkpoints_steps` and `save_checkpoints_secs` cannot be both set.'
  )
  _VALID_DEVICE_FN_ARGS = frozenset(('op',))


class TPU:
  """Of `tpu.tpu_estimator` and `tpu.tpu_config`."""

  _CROSS_REPLICA_SUM_OP = 'CrossReplicaSum'
  _CTX_KEY = 'context'
  _RESERVED_PARAMS_KEYS = ('batch_size', 'context')


class Training:
  """Of `training`: which tasks train, and seconds by which workers wait."""

  _DELAY_SECS_PER_WORKER = 5
  _MAX_DELAY_SECS = 60
  _ENVIRONMENT_KEY = 'environment'
  _ENVIRONMENT_GOOGLE_VALUE = 'google'
  _TRAINER_JOBS = ('chief', 'master', 'worker')
