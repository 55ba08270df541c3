"""The words from which `metric_names` infers a metric's role and direction. Data only.

Ambiguous words are left out: an unknown direction is asked for, never guessed.
"""

from __future__ import annotations

from results_bot.model import Direction

SPLITS = frozenset({"train", "val", "valid", "validation", "dev", "eval", "test", "holdout"})

VALIDATION = frozenset({"val", "valid", "validation", "dev", "eval"})

LOWER = frozenset(
    # Losses, errors and distances.
    "loss losses error errors err kl divergence distance jsd mmd wasserstein emd hellinger "
    "rmse mse mae mape smape wape mase nrmse rmsle rmsd rse rae crps deviance nll msll bce ce "
    "crossentropy logloss brier ece mce ace aurc perplexity ppl bpc bpb bpd bits regret cost "
    # Speech, translation, speakers.
    "wer cer ter per mcd eer der jer dcf mindcf tdcf hter apcer bpcer acer frr fpr fnr "
    # Images, geometry, molecules, tracking.
    "fid kid fvd lpips niqe brisque hausdorff hd95 assd asd chamfer ade fde epe mpjpe pve silog "
    "idsw bouldin clashscore docking "
    # Costs and harms.
    "latency ttft memory mem vram emissions co2 toxicity forgetting".split()
)
HIGHER = frozenset(
    # Classification and ranking.
    "acc accuracy f1 fbeta fscore auc auroc aucroc rocauc auprc aupr prauc aupro map ap ar "
    "precision recall sensitivity specificity tpr tnr ppv npv kappa qwk mcc matthews gini mrr ndcg "
    "hit hits em exact pass top1 top3 top5 acc1 acc5 rank1 rank5 cmc balanced uas las "
    # Text and speech.
    "bleu sacrebleu rouge rouge1 rouge2 rougel meteor chrf cider spice bertscore mauve comet "
    "bleurt bartscore pesq stoi estoi sdr sdri sisdr sisdri snr sisnr mos utmos dnsmos visqol "
    "faithfulness groundedness truthfulness relevancy "
    # Images, geometry, molecules, tracking.
    "iou miou dice nsd jaccard map50 ap50 ap75 map75 pq mota idf1 hota pck oks psnr ssim vmaf "
    "lddt plddt gdt qed validity uniqueness novelty inception "
    # Regression, likelihood, agreement, clusters.
    "r2 nse kge likelihood loglikelihood loglik elbo spearman pearson spearmanr pearsonr kendall "
    "kendalltau corrcoef correlation corr pcc srcc plcc concordance cindex silhouette calinski ari "
    "nmi ami purity homogeneity completeness "
    # Rewards, games, money, speed.
    "reward rew return returns win winrate success passrate elo fitness sharpe sortino profit "
    "throughput ips fps qps ops coverage".split()
)
LAST_RESORT = {"score": Direction.HIGHER}
"""Words that decide only where no other word does: an FID score is an FID."""

PAIRS: dict[tuple[str, ...], Direction] = {
    **dict.fromkeys(
        [
            ("cross", "entropy"),
            ("abs", "rel"),
            ("sq", "rel"),
            ("mean", "rank"),
            ("median", "rank"),
            ("ms", "token"),
            ("first", "token"),
            ("inference", "time"),
            ("inference", "ms"),
        ],
        Direction.LOWER,
    ),
    **dict.fromkeys(
        [
            ("r", "squared"),
            *(("r", cut) for cut in ("2", "1", "5", "10")),  # R², and recall at k.
            ("explained", "variance"),
            ("explained", "var"),
            ("mutual", "info"),
            ("mutual", "information"),
            ("rand", "index"),
            ("c", "index"),
            ("v", "measure"),
            ("panoptic", "quality"),
            ("f", "beta"),
            ("f", "score"),
            ("f", "measure"),
        ],
        Direction.HIGHER,
    ),
}
"""Pairs of words that decide together; the second word is not considered by itself."""
WHOLE = {("is",): Direction.HIGHER}
"""Names that decide only if nothing but a split stands beside them: the inception score."""
NEGATED = frozenset({"likelihood", "loglikelihood", "loglik", "elbo"})
"""Words whose direction `negative` reverses; elsewhere it is a class: `negative_recall`."""
NEGATED_ERRORS = frozenset("mean root median log brier max mse rmse mae".split())
"""Words after `neg` in the names of scikit-learn's scorers, for all of which higher is better."""
PARTS = frozenset("ents sents spans cats macro micro tag morph dep".split())
"""Words that spaCy puts before `f`, `p` and `r`."""

SETTINGS = frozenset(
    "lr rate weight weights temperature smoothing alpha beta gamma lambda coef coefficient "
    "scale dropout decay momentum size dim layers heads patience threshold min_delta seed "
    "type warmup eps epsilon margin penalty power clip interval freq frequency radius split "
    "ratio workers delta norm".split()
)
SET_RATES = frozenset(
    "learning dropout drop decay sampling sample mask masking noise warmup initial base final path "
    "growth mutation crossover frame bit refresh teacher exploration update".split()
)
"""Words before `rate` that make it a setting; all other rates are measured."""
IN_DISGUISE = frozenset(
    {
        ("acc", "norm"), ("f", "beta"), ("per", "dim"),
        *((what, "ratio") for what in ("win", "hit", "sharpe", "sortino", "success")),
        *(
            (what, word)
            for what in ("dice", "jaccard", "correlation", "gini", "pearson", "spearman")
            for word in ("coef", "coefficient")
        ),
        *(
            (what, unit)
            for what in ("latency", "ttft")
            for unit in ("ms", "s", "sec", "secs", "seconds")
        ),
    }
)  # fmt: skip
"""Metrics that end in a word for a setting or a time."""

SPREADS = frozenset("std stderr stdev stddev".split())
TIMES = frozenset(
    "time seconds secs sec elapsed duration runtime timestamp wall ms minutes hours".split()
)
COUNTS = frozenset(
    "epoch epochs step steps iteration iterations iter iters samples examples num count n "
    "support tokens params parameters total flo flos flops gflops mflops macs gmacs version "
    "code".split()
)
PARAMETER_CONTAINERS = frozenset(
    "config configs configuration param params parameters hparams hyperparameters hyperparams "
    "args arguments settings options modifications overrides flags model optimizer".split()
)
COSTS = frozenset(
    "latency ttft throughput ips fps qps memory mem vram cost emissions co2 inference".split()
)
"""Costs of a model: shown after its quality, and never the first choice to sort by."""

BENCHMARKED = frozenset(
    (what, "seconds") for what in ("mean", "median", "min", "max", "real", "cpu")
)
"""Times that are results themselves, as benchmarks write them; whole names only."""
SPEEDS = frozenset(
    "tokens tok samples images image imgs img frames requests queries sequences items bytes "
    "steps it iter".split()
)
"""Things counted per second, as in `tokens/s`."""

BAD_RATES = frozenset(
    "error fail failure miss alarm collision crash violation hallucination timeout "
    "insertion deletion substitution".split()
)
GOOD_RATES = frozenset("success win pass hit accuracy detection solve solved completion".split())
ROC_RATES: dict[tuple[str, ...], Direction] = {
    ("true", "positive"): Direction.HIGHER,
    ("true", "negative"): Direction.HIGHER,
    ("false", "positive"): Direction.LOWER,
    ("false", "negative"): Direction.LOWER,
    ("false", "discovery"): Direction.LOWER,
    ("false", "omission"): Direction.LOWER,
}
