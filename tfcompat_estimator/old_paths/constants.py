"""Keeps constants that programs import from old modules, as they were there.

A class for each group; `paths.py` says which old module has which names.
"""

import importlib.util

import tensorflow as tf


class Baseline:
  """Of `canned.baseline`."""

  _LEARNING_RATE = 0.3


class DNN:
  """Of `canned.dnn` and `canned.optimizers`."""

  _LEARNING_RATE = 0.05


class Combined:
  """Of `canned.dnn_linear_combined`."""

  _DNN_LEARNING_RATE = 0.001
  _LINEAR_LEARNING_RATE = 0.005


class Linear:
  """Of `canned.linear`: at most this, less with more columns."""

  _LEARNING_RATE = 0.2


class RNN:
  """Of `canned.rnn`."""

  _DEFAULT_CLIP_NORM = 5.0
  _DEFAULT_LEARNING_RATE = 0.05
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


class ModelFn:
  """Of `estimator` and `model_fn`."""

  _VALID_MODEL_FN_ARGS = frozenset(
    ('features', 'labels', 'mode', 'params', 'self', 'config')
  )


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

  _BATCH_SIZE_KEY = 'batch_size'
  _CROSS_REPLICA_SUM_OP = 'CrossReplicaSum'
  _CTX_KEY = 'context'
  _RESERVED_PARAMS_KEYS = ('batch_size', 'context')
  _TPU_WORKER_JOB_NAME = 'tpu_worker_job_name'
  _USE_TPU_KEY = 'use_tpu'


class Training:
  """Of `training`: seconds by which workers start one after the other."""

  _DELAY_SECS_PER_WORKER = 5
  _MAX_DELAY_SECS = 60
