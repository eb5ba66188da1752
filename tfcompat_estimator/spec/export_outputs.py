"""Names the classes that describe a model's outputs in a SavedModel.

They are TensorFlow's own, so that `isinstance` holds with objects that other
code made. `PredictOutput` takes a tensor or a dict of them, and serves any
model; `ClassificationOutput(scores=None, classes=None)` takes float scores,
string classes or both, and `RegressionOutput(value)` a float tensor: those two
are for servers' Classify and Regress calls. `EvalOutput` and `TrainOutput`
(loss, predictions, metrics) describe the graphs of
`experimental_export_all_saved_models`.
"""

from tfcompat_estimator import _tf

ExportOutput = _tf.export_output.ExportOutput
PredictOutput = _tf.export_output.PredictOutput
ClassificationOutput = _tf.export_output.ClassificationOutput
RegressionOutput = _tf.export_output.RegressionOutput
EvalOutput = _tf.export_output.EvalOutput
TrainOutput = _tf.export_output.TrainOutput
