"""Computes losses, metrics, predictions and exports from a model's logits.

What a head predicts is a *task* (`tasks.Task`): labels to an unreduced loss,
logits to predictions, metric definitions as data, outputs for serving. Each
task is written once and speaks two protocols:

* `single.SingleHead`, the base of the public heads (`tf.estimator.
  BinaryClassHead` and its kin): losses of tf_keras' reductions, Keras metrics.
* `v1_protocol.TaskHead`, the heads under the `tf.compat.v1` canned estimators:
  `tf.compat.v1.losses` reductions, `tf.compat.v1.metrics`.

`multi_head.MultiHead` joins several heads, `sequential.SequentialHeadWrapper`
applies one to each step of a sequence. A head works in any graph:

    head = multi_class.MultiClassHead(n_classes=3)
    spec = head.create_estimator_spec(
      features, mode, logits=model(features), labels=labels,
      optimizer=tf_keras.optimizers.legacy.Adam(),
      trainable_variables=model.trainable_variables)

and `loss`, `predictions`, `metrics` and `update_metrics` work eagerly as well. May
import `optimizers`, `records` and what is below; no session, no Estimator.
"""
