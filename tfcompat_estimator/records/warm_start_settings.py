"""Says which variables start from another checkpoint's values."""

import collections

from tfcompat_estimator import _tf

# How the rows of a table move from one vocabulary to another. TensorFlow's own
# class: tf.train.warm_start reads it.
VocabInfo = _tf.VocabInfo

_Fields = collections.namedtuple(
  'WarmStartSettings',
  (
    'ckpt_to_initialize_from vars_to_warm_start var_name_to_vocab_info '
    'var_name_to_prev_var_name'
  ),
)


class WarmStartSettings(_Fields):
  """The `warm_start_from` of an `Estimator`, in full.

  It applies while `model_dir` has no checkpoint of its own.
  """

  def __new__(
    cls,
    ckpt_to_initialize_from,
    vars_to_warm_start='.*',
    var_name_to_vocab_info=None,
    var_name_to_prev_var_name=None,
  ):
    """Makes the settings.

    Args:
      ckpt_to_initialize_from: A checkpoint's path, or a directory whose latest
        checkpoint is taken.
      vars_to_warm_start: Which variables: a regular expression (matched from
        the start of a name) over the trainable ones, `'.*'` by default; a list
        of expressions over all global variables; a list of variables; or None,
        for those named in `var_name_to_vocab_info` only.
      var_name_to_vocab_info: A dict of variable names to the `VocabInfo` by
        which the variable's rows move. None means none.
      var_name_to_prev_var_name: A dict of variable names to the name in the
        checkpoint, where that differs. None means none.

    Raises:
      ValueError: If `ckpt_to_initialize_from` is missing.
    """
    if not ckpt_to_initialize_from:
      raise ValueError(
        '`ckpt_to_initialize_from` MUST be set in WarmStartSettings, given: '
        f'{ckpt_to_initialize_from!r}. Pass the path of a checkpoint.'
      )
    return super().__new__(
      cls,
      ckpt_to_initialize_from,
      vars_to_warm_start,
      var_name_to_vocab_info or {},
      var_name_to_prev_var_name or {},
    )
