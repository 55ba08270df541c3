"""Spell the names of metrics as titles of columns."""

from __future__ import annotations

import re

from results_bot.metric_names import (
    PER_SECOND,
    is_of_one_size,
    is_speed,
    tokens,
    without_arrows,
)

_CAPITALS = """
KL F1 AUC AUROC AUPRC ROC PR IoU mIoU ID BLEU WER CER TER FID KID FVD RMSE NRMSE RMSLE RMSD MSE MAE
MAPE SMAPE WAPE MASE CRPS MRR NDCG PSNR SSIM LPIPS ECE MCE NLL BCE MCC PPL AP AR CPU GPU UAS LAS
EER DER DCF PESQ STOI ESTOI SDR SNR SI MOS ROUGE METEOR chrF CIDEr HD HTER FRR APCER BPCER ACER QWK
CMC PVE ASSD NSD ADE FDE EPE MPJPE PCK OKS FPR FNR TPR TNR PPV NPV JSD MMD EMD ELBO BPB BPC BPD NMI
ARI AMI IDF1 MOTA HOTA PQ FPS QPS TTFT VRAM FLOPs GFLOPs MACs LR EM QED SacreBLEU BERTScore LDDT
GDT MMLU GSM8K GPQA
"""
_SPELLINGS = {
    **{word.lower(): word for word in _CAPITALS.split()},
    "map": "mAP", "r2": "R²", "acc": "Accuracy", "num": "Number of", "rougel": "ROUGE-L",
    "rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "mindcf": "minDCF", "tdcf": "t-DCF",
    "fbeta": "F-beta", "loglikelihood": "Log Likelihood",
}  # fmt: skip
_UNITS = {
    "ms": "ms", "s": "s", "sec": "s", "mb": "MB", "gb": "GB", "db": "dB", "mm": "mm", "kwh": "kWh",
    "pct": "%", "percent": "%",
}  # fmt: skip
_TOP = re.compile(r"top(\d+)$")
_NUMBERED = re.compile(r"([a-z]+)(\d+)$")
_CUT_OFF = re.compile(r"@(\d+(?:\.\d+)?)(?:[.:](\d+\.\d+))?")
"""The cut-off of a metric: `hits@10`, `mAP@0.5:0.95`, whose colon the canonical name lost."""


def title(name: str) -> str:
    """Return the column heading for a canonical name: `Test Top-1 Accuracy`."""
    name = without_arrows(name)
    if not name.isascii():
        parts = name.split(".")
        return " ".join(title(one) if one.isascii() and tokens(one) else one for one in parts)
    found = _CUT_OFF.search(name) if "@" in name else None
    if found and tokens(name[: found.start()]):
        at = f"@{found[1]}:{found[2]}" if found[2] else f"@{found[1]}"
        rest = name[found.end() :]
        return title(name[: found.start()]) + at + (f" {title(rest)}" if tokens(rest) else "")
    words = tokens(name)
    if words in (("total", "epochs"), ("epochs",), ("epoch",)):
        return "Epochs"
    if words[-2:] == ("num", "samples"):
        return " ".join([*(word.capitalize() for word in words[:-2]), "Samples"])
    shown = [_title_of_word(word) for word in words]
    unit = 2 if words[-2:] in PER_SECOND else int(words[-1:] == ("s",) and is_speed(words))
    if 0 < unit < len(words):
        return " ".join(shown[:-unit]) + "/s"
    is_unit = words[-1:] and words[-1] in _UNITS and not is_of_one_size(name)
    if is_unit and len(words) > 1 and words[-2] != "per":
        shown[-1] = f"({_UNITS[words[-1]]})"
    if words[-1:] == ("is",):
        shown[-1] = "IS"  # The inception score; elsewhere it is a word, as in `is_success`.
    text = " ".join(shown).replace("mAP50 95", "mAP50-95").replace("Ms SSIM", "MS-SSIM")
    text = re.sub(r" At (\d+)", r"@\1", text)
    return re.sub(r"\bR (?:2|Squared)\b", "R²", text) or name


def _title_of_word(word: str) -> str:
    if found := _TOP.match(word):
        return f"Top-{found[1]}"
    found = _NUMBERED.match(word)
    if word not in _SPELLINGS and found and found[1] in _SPELLINGS and found[1] != "acc":
        return _SPELLINGS[found[1]] + found[2]
    return _SPELLINGS.get(word, word.capitalize())
