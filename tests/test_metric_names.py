"""What names tell: role, direction, canonical form, title, format."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.metric_names import Role, canonical, direction, number_format, role, title, tokens
from bot.model import Direction

NAMES = """
test_loss                   metric    lower    Test Loss
val/loss                    metric    lower    Val Loss
best_val_loss               metric    lower    Best Val Loss
total_loss                  metric    lower    Total Loss
test_kl_divergence          metric    lower    Test KL Divergence
perplexity                  metric    lower    Perplexity
word_error_rate             metric    lower    Word Error Rate
eval_wer                    metric    lower    Eval WER
rmse                        metric    lower    RMSE
false_positive_rate         metric    lower    False Positive Rate
latency_ms                  metric    lower    Latency Ms
per                         metric    lower    Per
test_top1_accuracy          metric    higher   Test Top-1 Accuracy
valTop1_acc                 metric    higher   Val Top-1 Accuracy
acc_norm                    metric    higher   Accuracy Norm
f1                          metric    higher   F1
roc_auc                     metric    higher   Roc AUC
mAP50                       metric    higher   mAP50
bleu4                       metric    higher   Bleu4
ndcg10                      metric    higher   Ndcg10
hits@10                     metric    higher   Hits 10
pass@1                      metric    higher   Pass 1
exact_match                 metric    higher   Exact Match
r2                          metric    higher   R²
success_rate                metric    higher   Success Rate
true_positive_rate          metric    higher   True Positive Rate
reward_per_episode          metric    higher   Reward Per Episode
total_reward                metric    higher   Total Reward
win_ratio                   metric    higher   Win Ratio
epoch                       count     unknown  Epochs
total_epochs                count     unknown  Epochs
num_samples                 count     unknown  Samples
global_step                 count     unknown  Global Step
n_parameters                count     unknown  N Parameters
train_time                  time      unknown  Train Time
elapsed                     time      unknown  Elapsed
samples_per_second          time      unknown  Samples Per Second
lr                          parameter unknown  Lr
learning_rate               parameter unknown  Learning Rate
batch_size                  parameter unknown  Batch Size
loss_temperature            parameter lower    Loss Temperature
label_smoothing             parameter unknown  Label Smoothing
dropout_rate                parameter unknown  Dropout Rate
config.loss                 parameter lower    Config Loss
hparams.model.accuracy      parameter higher   Hparams Model Accuracy
mapping                     unknown   unknown  Mapping
blossom                     unknown   unknown  Blossom
accuracy_std                unknown   unknown  Accuracy Std
entropy                     unknown   unknown  Entropy
temperature_after           unknown   unknown  Temperature After
准确率                       unknown   unknown  准确率
größe_loss                  metric    lower    größe_loss
"""


@pytest.mark.parametrize("line", NAMES.strip().split("\n"))
def test_what_a_name_tells(line: str) -> None:
    name, its_role, its_direction, *words = line.split()
    assert (role(name), direction(name)) == (its_role, its_direction)
    assert title(name) == " ".join(words)


@pytest.mark.parametrize(
    ("name", "split", "expected"),
    [
        ("loss", None, "loss"),
        ("test_metrics.kl_divergence", None, "test_kl_divergence"),
        ("test/kl_divergence", None, "test_kl_divergence"),
        ("metrics.kl_divergence", "test", "test_kl_divergence"),
        ("results.final.accuracy", None, "accuracy"),
        ("val_loss", "test", "val_loss"),
        ("test.test_loss", None, "test_loss"),
        ("resnet.accuracy", None, "resnet.accuracy"),
        ("test.resnet.accuracy", None, "test_resnet.accuracy"),
        ("Test Accuracy", None, "test_Accuracy"),
        ("  ", None, "  "),
    ],
)
def test_one_name_however_it_is_nested(name: str, split: str | None, expected: str) -> None:
    assert canonical(name, split) == expected


@given(st.text(max_size=40), st.sampled_from([None, "test", "val"]))
def test_any_text_is_a_name(name: str, split: str | None) -> None:
    once = canonical(name, split)
    assert canonical(once, split) == once or not once.strip()
    assert title(once) or not once
    assert role(once) in Role
    assert direction(once) in Direction


@pytest.mark.parametrize(
    ("name", "values", "spec"),
    [
        ("epochs", [20.0, 30.0], "d"),
        ("epochs", [20.5], ".4f"),
        ("test_accuracy", [0.5, 1.0], ".2%"),
        ("test_accuracy", [0.5, 73.2], ".4f"),
        ("test_loss", [0.5, float("nan")], ".4f"),
        ("test_loss", [1e-6, 2e-5], ".4g"),
        ("test_loss", [3e6, 2e9], ".4g"),
        ("test_loss", [0.0, 0.0], ".4f"),
        ("success_rate", [0.5], ".2%"),
        ("word_error_rate", [float("inf")], ".4f"),
        ("test_loss", [], ".4f"),
    ],
)
def test_the_format_of_a_column(name: str, values: list[float], spec: str) -> None:
    assert number_format(name, values) == spec


def test_words_of_a_name() -> None:
    assert tokens("valTop1_acc") == ("val", "top1", "acc")
    assert tokens("BLEU-4") == ("bleu", "4")
    assert tokens("___") == ()
