"""Role, direction, canonical form, title and format, inferred from a metric's name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from results_bot.metric_names import (
    Role,
    canonical,
    direction,
    is_cost,
    number_format,
    role,
    tokens,
)
from results_bot.metric_titles import title
from results_bot.model import Direction

NAMES = """
test_loss                   metric    lower    Test Loss
val/loss                    metric    lower    Val Loss
test_kl_divergence          metric    lower    Test KL Divergence
word_error_rate             metric    lower    Word Error Rate
eval_wer                    metric    lower    Eval WER
rmse                        metric    lower    RMSE
latency_ms                  metric    lower    Latency (ms)
per                         metric    lower    Per
test_top1_accuracy          metric    higher   Test Top-1 Accuracy
valTop1_acc                 metric    higher   Val Top-1 Accuracy
acc_norm                    metric    higher   Accuracy Norm
f1                          metric    higher   F1
roc_auc                     metric    higher   ROC AUC
mAP50                       metric    higher   mAP50
bleu4                       metric    higher   BLEU4
ndcg10                      metric    higher   NDCG10
hits@10                     metric    higher   Hits@10
pass@1                      metric    higher   Pass@1
r2                          metric    higher   R²
reward_per_episode          metric    higher   Reward Per Episode
win_ratio                   metric    higher   Win Ratio
epoch                       count     unknown  Epochs
total_epochs                count     unknown  Epochs
num_samples                 count     unknown  Samples
global_step                 count     unknown  Global Step
n_parameters                count     unknown  N Parameters
train_time                  time      unknown  Train Time
train_time_s                time      unknown  Train Time (s)
elapsed                     time      unknown  Elapsed
samples_per_second          time      higher   Samples/s
lr                          parameter unknown  LR
learning_rate               parameter unknown  Learning Rate
batch_size                  parameter unknown  Batch Size
loss_temperature            parameter unknown   Loss Temperature
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
eval_samples_per_second     time      higher   Eval Samples/s
eval_runtime                time      unknown  Eval Runtime
total_flos                  count     unknown  Total Flos
hellaswag_acc_norm          metric    higher   Hellaswag Accuracy Norm
hellaswag_acc_stderr        unknown   unknown  Hellaswag Accuracy Stderr
mean_seconds                metric    lower    Mean Seconds
elapsed_seconds             time      unknown  Elapsed Seconds
std_seconds                 time      unknown  Std Seconds
ops                         metric    higher   Ops
items_throughput            metric    higher   Items Throughput
val_map50_95                metric    higher   Val mAP50-95
best_val_map50              metric    higher   Best Val mAP50
bbox_mAP_50                 metric    higher   Bbox mAP 50
mIoU                        metric    higher   mIoU
IoU                         metric    higher   IoU
AP50                        metric    higher   AP50
reward_per_step             metric    higher   Reward Per Step
phoneme_per                 metric    lower    Phoneme Per
dep_uas                     metric    higher   Dep UAS
grad_norm                   parameter unknown  Grad Norm
"""


@pytest.mark.parametrize("line", NAMES.strip().split("\n"))
def test_role_direction_and_title(line: str) -> None:
    name, its_role, its_direction, *words = line.split()
    assert (role(name), direction(name)) == (its_role, its_direction)
    assert title(name) == " ".join(words)


LOWER = """
perplexity ppl test_loss val/loss focal_loss kl_divergence cross_entropy nll_loss neg_log_likelihood
negative_log_likelihood neg_elbo bits_per_byte bits_per_char bits_per_dim bpd loss_per_token
WER word_error_rate CER TER MCD EER DER JER minDCF min_tdcf hter FID fid_score fid50k KID FVD LPIPS
niqe HD95 hausdorff_distance assd ECE expected_calibration_error brier_score brier_score_loss RMSE
nrmse MAE mean_absolute_error MAPE smape wape MASE CRPS pinball_loss RMSD clashscore MPJPE abs_rel
ADE minFDE EPE mean_rank false_positive_rate fpr95 error_rate top5_error miss_rate collision_rate
hallucination_rate toxicity_score davies_bouldin regret latency latency_p99 ttft time_to_first_token
inference_time peak_memory gpu_mem_gb cost co2 log_loss jsd wasserstein energy_distance
valid_nll_loss best_loss wikitext_word_perplexity loss_box_reg loss_cls val/box_loss val/dfl_loss
top1_err validation_0-logloss valid_1.binary_logloss test-rmse-mean multi_logloss predict_loss
both.realistic.arithmetic_mean_rank both.realistic.median_rank near_collision_rate timeout_rate
localization_error_mean failure_probability inference_time_us_per_decision_mean hard_brake_rate
steps_per_success train_eval_loss peak_mem_allocated_gb peak_mem_reserved_gb latency_overshoot_ms
avg_latency_ms ood_fpr_at_95tpr calibration_error coverage_error margin_negative_log_likelihood
mean_centroid_error_px p90_centroid_error_px execution_errors false_hit_rate false_rejection_rate
latency_seconds cv_mae latency_cpu_ms quantized_latency_cpu_ms lag_lr.mape Loss/train emissions
mean_ttft_ms median_tpot_ms p99_itl_ms frechet_inception_distance kernel_inception_distance_mean
perceptual_path_length_mean wind_speed_rmse temperature_rmse drmsd_ca alignment_rmsd infer_step_time
demographic_parity_difference dev_clean_wer lpips_vgg out_of_bounds_rate total_loss word_errors
"""
HIGHER = """
accuracy top_5_accuracy F1-score f_beta f_score AUC roc_auc AUPRC pr_auc average_precision MCC
matthews_corrcoef cohen_kappa qwk mAP mAP@0.5 mAP50-95 AP_small IoU mIoU dice dice_coef nsd PQ
MOTA IDF1 HOTA PCK@0.5 PSNR ms_ssim SSIM inception_score IS BLEU sacrebleu bleu-4 chrF chrf++
ROUGE rouge_l rougeLsum METEOR bertscore_f1 comet bleurt CLIPScore clip_score exact_match squad_f1
NDCG ndcg_at_10 MRR hit@10 hits@1 hit_rate hit_ratio R@1 recall@20 pass@1 pass_at_10 PESQ STOI
SI-SDR si_snr utmos log_likelihood test_log_likelihood ELBO R2 r2_score R^2 r_squared
explained_variance nse spearman_rho kendall_tau correlation c_index ari nmi v_measure
mutual_info silhouette_score reward mean_reward ep_rew_mean episodic_return return success_rate
win_rate neg_mean_squared_error neg_log_loss throughput fps tokens_per_second samples/s elo_rating
sharpe_ratio lddt ents_f cats_macro_f true_negative_rate faithfulness tok2vec_acc
rollout/ep_rew_mean eval/mean_reward charts/episodic_return rollout/success_rate time/fps
episode_reward_mean env_runners/episode_return_mean rewards/accuracies rewards/margins ndcg@10
precision@10 both.realistic.hits_at_10 both.realistic.inverse_harmonic_mean_rank cos_sim_pearson
cosine_spearman map_at_100 max_ap f1_weighted cosine_accuracy@1 arc_challenge_acc_norm coqa_em
gsm8k_exact_match_strict-match humaneval_pass@1 ifeval_prompt_level_strict_acc squadv2_best_f1
coco/bbox_mAP coco/segm_mAP_s AR@100 aAcc mDice bbox/AP segm/AP50 fast_rcnn/cls_accuracy
metrics/mAP50-95(B) metrics/recall(B) fitness foreground_mean.Dice mean.1.IoU top1
infer_samples_per_sec tag_acc dep_uas cats_macro_auc eval_rouge1 eval_samples_per_second valid_0.auc
train-auc-mean test_score mean_test_score test_neg_log_loss test_neg_mean_absolute_error
macro_avg.f1-score balanced_accuracy total_return annualized_return profit_factor calmar_ratio
average_return reward_mean reward_min cumulated_rewards kinematic_success_rate normalized_return_auc
fps_from_mean_latency test_class_accuracy adj_r_squared accuracy_mean macro_f1_mean arrival_rate
train_accuracy_at_phase_end logreg_test_accuracy tokens_per_sec it_per_sec refusal_accuracy
avg_precision avg_mrr pass_rate context_precision context_recall answer_relevancy
answer_correctness recall_1 1nn_accuracy ood_auroc adversarial_accuracy mean_iou
paired_switch_accuracy val_elbo test_log_prob up_precision quality_score model_accuracy
episode_lower_tail_return_0_10 charts/win_rate avg_steps_per_sec request_throughput
total_token_throughput inception_score_mean si_sdr_imp pesq_wb acc_z500 lddt_ca gdt_ts rocauc
adjusted_arithmetic_mean_rank_index wps
"""
UNKNOWN = """
entropy grad_norm num_params FLOPs macs epoch global_step train_runtime bias attack_success_rate
refusal_rate acceptance_rate episode_length model_size_mb accuracy_std mapping far temperature
rollout/ep_len_mean train/approx_kl train/clip_fraction train/entropy_loss train/value_loss
train/policy_gradient_loss train/ent_coef_loss losses/clipfrac losses/qf1_loss losses/qf1_values
losses/old_approx_kl losses/entropy charts/SPS objective/kl objective/entropy policy/clipfrac_avg
loss/value_avg rewards/chosen rewards/rejected logps/chosen completion_length gnorm loss_scale
itemcoverage@10 giniindex@10 cosine_accuracy_threshold accuracy_stderr evaluation_time
rpn/num_pos_anchors foreground_mean.FN foreground_mean.n_pred param_count infer_gmacs eval_gen_len
eval_mem_gpu_peaked_delta best_iteration fit_time std_test_score rank_test_score cv_std_f1
weighted_avg.support max_drawdown volatility turnover n_trades min_ttc_mean min_distance n_timeout
near_violation_ratio reward_std sim_time identity_rate distance_reduction hit_timeout loss_coverage
return_code accuracy_drop recall.fp recall.fn p_value_ok test_accuracy_drop_since_phase_end
train_loss_drop_pct budget_ms avg_ndcg_change anomaly_rate chance_rate similarity_gap
robustness_score cond_coverage_error_z prediction_change_rate true_positives gender_gap top1_correct
spearman_green_vs_green_gap valid_answer_retention_rate kl_multiplier estimated_cost_reduction
efficiency_gain risk_reduction sharpe_improvement drawdown_reduction debug/knn_sd_ratio load_score
kernel_inception_distance_std acc_ci_low accuracy.ci95.upper target_kl reward_scale val_f1_threshold
best_accuracy_epoch spearman_p g_loss d_loss accuracy_range steps_to_accuracy loss_correlation
memory_score latency_budget_ms gini_index cost_path log_prob_lower_bound hits
"""


def test_no_direction_is_wrong() -> None:
    """Names as public repositories write them: stable-baselines3, TRL, MTEB, MMDetection, ..."""
    answers = dict.fromkeys(LOWER.split(), Direction.LOWER)
    answers |= dict.fromkeys(HIGHER.split(), Direction.HIGHER)
    directed = len(answers)
    answers |= dict.fromkeys(UNKNOWN.split(), Direction.UNKNOWN)
    unknown = [name for name in answers if direction(name) is Direction.UNKNOWN]
    assert {name for name, way in answers.items() if way is not direction(name)} <= {*unknown}
    assert len(answers) >= 300
    assert len(set(unknown) - {*UNKNOWN.split()}) <= 0.15 * directed


@pytest.mark.parametrize(
    ("way", "names"),
    [
        (
            Direction.HIGHER,
            "promoter_no_tata.accuracy without_aug.accuracy no_augment/f1 non_iid.recall@20 "
            "locomo.per_type.multi_hop.f1 locomo.per_type.mAP@0.5:0.95 trained_from_scratch.auc "
            "Loss↑ reciprocal_rank↑ MNLI.(acc) rank_correlation rank_1_accuracy "
            "Mean.Reciprocal.Rank.(MRR) error_detection.f1 mixed_precision.win_rate "
            "toxicity_eval.accuracy .accuracy",
        ),
        (
            Direction.LOWER,
            "promoter_no_tata.loss per_speaker.old_man.wer negative_log.likelihood "
            "ood_fpr_at_95tpr.mean Acc↓ Accuracy⬇\ufe0f FID.(⇓) Mean.Rank.(F1)",
        ),
        (
            Direction.UNKNOWN,
            "gap.accuracy std.accuracy accuracy.std drop.f1 delta_vs_base.accuracy cv_std.f1 "
            "Rank.(F1) lora_rank rank_ic Epoch.(accuracy) Score↑/Time↓ target.fid "
            "Steps.to.Accuracy steps_to.accuracy attack_eval.success_rate "
            "actor_critic.loss rl_objective.kl Loss.Correlation relative_improvement.f1",
        ),
    ],
)
def test_arrows_decide_and_containers_only_where_they_change_the_metric(
    way: Direction, names: str
) -> None:
    assert {name: direction(name) for name in names.split()} == dict.fromkeys(names.split(), way)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("tok2vec_loss", "Tok2vec Loss"),
        ("test_lpips", "Test LPIPS"),
        ("mAP@0.5:0.95", "mAP@0.5:0.95"),
        (canonical("mAP@0.5:0.95"), "mAP@0.5:0.95"),
        ("recall@20_test", "Recall@20 Test"),
        ("ndcg_at_10", "NDCG@10"),
        ("peak_memory_mb", "Peak Memory (MB)"),
        ("ms_per_token", "Ms Per Token"),
        (canonical("tokens/s"), "Tokens/s"),
        ("eval_samples_per_second", "Eval Samples/s"),
        ("gsm8k_exact_match", "GSM8K Exact Match"),
        ("bbox_mAP_s", "Bbox mAP S"),
        ("chrF++", "chrF"),
        ("MS-SSIM", "MS-SSIM"),
        ("r_squared", "R²"),
        ("IS", "IS"),
        ("is_success", "Is Success"),
        ("FLOPs", "FLOPs"),
        ("@", "@"),
        ("FID↓", "FID"),
        ("↓", "↓"),
        ("per_speaker.Mići.Princ.wer", "Per Speaker Mići Princ WER"),
    ],
)
def test_titles(name: str, shown: str) -> None:
    assert title(name) == shown


@pytest.mark.parametrize(
    ("name", "cost"),
    [("latency_ms", True), ("tokens/s", True), ("gpu_mem", True), ("fid", False), ("", False)],
)
def test_what_a_model_takes_is_not_how_good_it_is(name: str, cost: bool) -> None:
    assert is_cost(name) is cost


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
        ("FPR@95 ↓", None, "FPR@95"),
        ("MIA AUC (⬆\ufe0f)", "test", "test_MIA.AUC"),
        ("AUSS_L2↑", None, "AUSS_L2"),
        ("↓", None, "↓"),
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
        ("epochs", [20.5], ".2f"),
        ("widgets", [13785.0, 12.0], "d"),
        ("widgets", [1.0, 2.0], "d"),
        ("widgets", [1.0, 0.0], ".4f"),
        ("reward", [200.0, 195.5], ".2f"),
        ("perplexity", [52.9, 9.9], ".4f"),
        ("num_params", [7_000_000.0], ",d"),
        ("top5", [0.5], ".2%"),
        ("test_accuracy", [0.5, 1.0], ".2%"),
        ("test_accuracy", [0.5, 73.2], ".4f"),
        ("test_loss", [0.5, float("nan")], ".4f"),
        ("test_loss", [1e-6, 2e-5], ".4g"),
        ("test_loss", [3e6, 2e9], ".4g"),
        ("test_loss", [0.0, 0.0], ".4f"),
        ("success_rate", [0.5], ".2%"),
        ("word_error_rate", [float("inf")], ".4f"),
        ("mean_seconds", [0.00123456, 0.5], ".4g"),
        ("test_loss", [], ".4f"),
        ("test_loss", [4.9e-5, 0.5], ".4g"),
        ("error_rate", [4.9e-5, 0.5], ".4%"),
    ],
)
def test_the_format_of_a_column(name: str, values: list[float], spec: str) -> None:
    assert number_format(name, values) == spec


def test_words_of_a_name() -> None:
    assert tokens("valTop1_acc") == ("val", "top1", "acc")
    assert tokens("BLEU-4") == ("bleu", "4")
    assert tokens("___") == ()
