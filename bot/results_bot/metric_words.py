"""The words of metric names, by the role or direction that they give a metric. Data only.

Ambiguous words are left out: an unknown direction is asked for, never guessed.
"""

from __future__ import annotations

from results_bot.model import Direction

SPLITS = frozenset({"train", "val", "valid", "validation", "dev", "eval", "test", "holdout"})

VALIDATION = frozenset({"val", "valid", "validation", "dev", "eval"})

LOWER_PHRASES = (
    "kl divergence, kl div, cross entropy, log loss, calibration error, mean rank, median rank, "
    "abs rel, sq rel, energy distance, frechet distance, inception distance, edit distance, "
    "levenshtein distance, hausdorff distance, chamfer distance, wasserstein distance, "
    "negative log likelihood, neg log likelihood, negative likelihood, negative loglikelihood, "
    "neg elbo, negative elbo, bits per byte, "
    "bits per char, bits per character, bits per dim, bits per pixel, time to first token, "
    "first token, ms per token, inference time, inference ms, response time"
).split(", ")
HIGHER_PHRASES = (
    "exact match, average precision, intersection over union, hit at, hits at, pass at, r at, p "
    "at, r 1, r 2, r 5, r 10, r squared, f beta, f score, f measure, dice coef, dice coefficient, "
    "jaccard coef, jaccard coefficient, jaccard index, clip score, inception score, correlation "
    "coef, correlation coefficient, distance correlation, pearson coef, pearson coefficient, "
    "spearman coef, spearman coefficient, panoptic quality, explained variance, explained var, "
    "mutual info, mutual information, rand index, c index, concordance index, v measure, skill "
    "score, sharpe ratio, sortino ratio, win ratio, hit ratio, success ratio, elo rating, profit "
    "factor, acc norm, signal to noise ratio, signal to distortion ratio, log likelihood, mean "
    "reciprocal rank"
).split(", ")
OTHER_PHRASES = "end to end, out of domain, out of distribution, out of sample".split(", ")
"""Phrases whose preposition does not divide the name."""

LOWER = frozenset(LOWER_PHRASES).union(
    # Losses, errors and distances.
    "loss jsd mmd wasserstein emd hellinger rmse mse mae mape smape wape mase nrmse rmsle "
    "rmsd rse rae crps nll msll bce crossentropy logloss brier ece mce aurc perplexity ppl bpc bpb "
    "bpd "
    # Speech, translation, speakers.
    "wer cer ter mcd eer der jer dcf mindcf tdcf hter apcer bpcer acer frr fpr fnr "
    # Images, geometry, molecules, tracking.
    "fid kid fvd lpips niqe brisque hausdorff hd95 assd asd chamfer fde mpjpe silog idsw bouldin "
    "clashscore "
    # Costs and harms.
    "latency ttft toxicity".split()
)
"""Words that name a metric wherever they stand, also before a class or a data set."""
HIGHER = frozenset(HIGHER_PHRASES).union(
    # Classification and ranking.
    "acc accuracy accuracies f1 fbeta fscore auc auroc aucroc rocauc auprc aupr prauc aupro map "
    "precision recall sensitivity specificity tpr tnr ppv npv qwk mcc matthews mrr ndcg hits1 "
    "hits3 hits5 hits10 pass1 top1 top3 top5 acc1 acc5 rank1 rank5 uas las "
    # Text and speech.
    "bleu sacrebleu rouge rouge1 rouge2 rougel meteor chrf cider bertscore mauve bleurt bartscore "
    "pesq stoi estoi sdr sdri sisdr sisdri snr sisnr utmos dnsmos visqol "
    # Images, geometry, molecules, tracking.
    "iou miou dice nsd jaccard map50 ap50 ap75 map75 mota idf1 hota pck psnr ssim vmaf lddt plddt "
    "gdt "
    # Regression, likelihood, agreement, clusters.
    "r2 nse kge loglikelihood loglik elbo spearman pearson spearmanr pearsonr kendall kendalltau "
    "corrcoef srcc plcc cindex silhouette calinski ari nmi ami "
    # Games and money.
    "winrate passrate sharpe sortino".split()
)
LOWER_AT_END = frozenset(
    "error errors err losses divergence deviance regret cost ce ace ade epe pve per memory mem "
    "vram emissions co2 forgetting docking".split()
)
"""Everyday words, which name a metric only at the end of its name: not `error_recovery`."""
HIGHER_AT_END = frozenset(
    "ap ar em kappa gini cmc pq oks mos spice comet qed faithfulness groundedness truthfulness "
    "relevancy validity uniqueness novelty likelihood pcc correlation corr concordance purity "
    "homogeneity completeness reward rewards rew return returns success elo fitness profit roi "
    "cagr throughput ips fps qps".split()
)
WHOLE = {
    **dict.fromkeys((("is",), ("ops",), ("sensitivity",)), Direction.HIGHER),
    ("kl",): Direction.LOWER,
}
"""Names that decide only if nothing but a qualifier stands beside them: the inception score."""
SCORED = frozenset("quality benchmark leaderboard public private judge cv".split())
"""Words beside which a `score` is better when higher; a risk or an anomaly has a score as well."""
PARTS = frozenset("ents sents spans cats macro micro tag morph dep".split())
"""Words that spaCy puts before `f`, `p` and `r`."""
NEGATED = frozenset(("mean", "root", "median", "max", "brier", "rmse", "mse", "mae", "log loss"))
"""Words after `neg` in the names of scikit-learn's scorers, for all of which higher is better."""

SPREADS = frozenset(
    "std stderr stdev stddev sd sem var variance iqr ci ci95 confidence interval bound".split()
)
CHANGES = frozenset(
    "delta diff difference gap change changes improvement improvements improved gain gains "
    "increase increased decrease decreased degradation drop drops reduction reductions reduced "
    "lift slope trend drift shift".split()
)
"""Words for how far a metric moved or lies from another: which way is better is not known."""
DIVIDERS = frozenset(
    "at per to from of in on for over under vs versus against with without after before by until "
    "since during given across between through".split()
)
"""Prepositions: what stands before one is what was measured."""
QUALIFIERS = SPLITS | frozenset(
    "mean avg average median macro micro weighted best final last overall global sum max min score "
    "scores value values metric norm normalized normalised raw smoothed ema all none usage used "
    "allocated reserved peak consumption small medium large s m l k a b ms sec secs seconds us mb "
    "gb kb mib gib db mm cm km px kwh usd pct percent".split()
)
"""Words after a metric that leave it what it is."""
OTHER_QUANTITIES = frozenset(
    "timeout coverage entropy importance contribution attribution overlap margin margins "
    "multiplier histogram curve plot name id idx index fn function mode status ok passed passes "
    "failed allowed available free capacity bandwidth budget limit target goal rank ranking p "
    "pvalue pval recovery correction handling detection kind class overhead file fraction share "
    "percentage number amount lower upper low high lo hi lb ub".split()
)
"""Words after a metric that make another quantity of it, such as an end of its interval."""
QUALIFIED = frozenset("rank ranking threshold epoch step".split())
"""Words that a metric in parentheses only qualifies: `Rank (F1)`; but `MNLI (accuracy)`."""
NOT_THE_METRIC = frozenset(
    "approx target goal desired required inverse inv minus no not non without mixed allowed".split()
)
"""Words before a metric that make another quantity of it: `target_fid`, `inverse_mean_rank`."""
TRAINING_SIGNALS = frozenset(
    "policy actor critic value vf qf q td entropy g d gen disc generator discriminator adv "
    "adversarial alpha pg surrogate ent coef".split()
)
"""Words beside a loss that does not measure quality: another network moves its target."""

SETTINGS = frozenset(
    "lr rate weight weights temperature smoothing alpha beta gamma lambda coef coefficient scale "
    "dropout decay momentum size dim layers heads patience threshold thresholds cutoff min_delta "
    "seed type warmup eps epsilon penalty power clip interval freq frequency radius split ratio "
    "workers delta norm range path dir burstiness concurrency".split()
)
SET_RATES = frozenset(
    "learning dropout drop decay sampling sample mask masking noise warmup initial base final path "
    "growth mutation crossover frame bit refresh teacher exploration update".split()
)
"""Words before `rate` that make it a setting; all other rates are measured."""
BAD_RATES = frozenset(
    "error fail failure miss alarm collision crash violation hallucination timeout "
    "insertion deletion substitution fp fn".split()
)
GOOD_RATES = frozenset(
    "success win pass hit accuracy precision recall detection solve solved resolved completion tp "
    "tn".split()
)

TIMES = frozenset(
    "time seconds secs sec elapsed duration dur runtime timestamp wall ms minutes hours".split()
)
COUNTS = frozenset(
    "epoch epochs step steps iteration iterations iter iters samples examples num count counts n "
    "support tokens params parameters total flo flos flops gflops mflops macs gmacs version code "
    "completed failed tp fp tn fn correct wrong positives negatives".split()
)
PARAMETER_CONTAINERS = frozenset(
    "config configs configuration param params parameters hparams hyperparameters hyperparams "
    "args arguments settings options modifications overrides flags model optimizer thresholds "
    "threshold".split()
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
    "steps it iter sentences words episodes games docs batches calls".split()
)
"""Things counted per second, as in `tokens/s`."""
