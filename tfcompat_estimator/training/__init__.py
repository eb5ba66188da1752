"""Drives an Estimator from outside: trains, evaluates and exports in turn.

`train_and_evaluate` runs what the task in TF_CONFIG asks for,
`checkpoint_evaluation` evaluates each new checkpoint, `exporters` decide what to
export after an evaluation, `dry_run` tries a training beside its model_dir, `history`
reads what was written. `in_memory_evaluator` is a hook that evaluates within a
training; it stands here, not in `hooks`, because it needs an Estimator. May import
`estimator` and all below it.
"""
