"""What people call a metric: the column heading for a canonical name."""

from __future__ import annotations

import re

from results_bot.metric_names import tokens
from results_bot.patterns import later

_CAPITALS = """
KL F1 AUC AUROC AUPRC ROC PR IoU mIoU ID BLEU WER CER TER FID KID FVD RMSE NRMSE RMSLE RMSD MSE MAE
MAPE SMAPE WAPE MASE CRPS MRR NDCG PSNR SSIM LPIPS ECE MCE NLL BCE MCC PPL AP AR CPU GPU UAS LAS
EER DER DCF PESQ STOI ESTOI SDR SNR SI MOS ROUGE METEOR chrF CIDEr HD HTER FRR APCER BPCER ACER QWK
CMC PVE ASSD NSD ADE FDE EPE MPJPE PCK OKS FPR FNR TPR TNR PPV NPV JSD MMD EMD ELBO BPB BPC BPD NMI
ARI AMI IDF1 MOTA HOTA PQ FPS QPS TTFT VRAM FLOPs GFLOPs MACs LR EM QED SacreBLEU BERTScore LDDT
GDT
"""
_SPOKEN = {
    **{word.lower(): word for word in _CAPITALS.split()},
    "map": "mAP", "r2": "R²", "acc": "Accuracy", "num": "Number of", "rougel": "ROUGE-L",
    "rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "mindcf": "minDCF", "tdcf": "t-DCF",
    "fbeta": "F-beta", "loglikelihood": "Log Likelihood",
}  # fmt: skip
_UNITS = {
    "ms": "ms", "sec": "s", "mb": "MB", "gb": "GB", "db": "dB", "mm": "mm", "kwh": "kWh",
    "pct": "%", "percent": "%",
}  # fmt: skip
_TOP = later(r"top(\d+)$")
_NUMBERED = later(r"([a-z]+)(\d+)$")
_CUT_OFF = later(r"@(\d+(?:\.\d+)?)(?:[.:](\d+\.\d+))?")
"""What a metric is taken at: `hits@10`, `mAP@0.5:0.95`, whose colon the canonical name lost."""


def title(name: str) -> str:
    """Return the column heading for a canonical name: `Test Top-1 Accuracy`."""
    if not name.isascii():
        return name
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
    return _joined([_titled(word) for word in words], words) or name


def _joined(shown: list[str], words: tuple[str, ...]) -> str:
    """Return the words of a heading put together, the unit at its end in brackets."""
    if words[-2:] in (("per", "second"), ("per", "sec")) and len(words) > 2:
        return " ".join(shown[:-2]) + "/s"
    if words[-1:] == ("s",) and len(words) > 1:
        return " ".join(shown[:-1]) + "/s"
    if len(words) > 1 and words[-1] in _UNITS and words[-2] != "per":
        shown[-1] = f"({_UNITS[words[-1]]})"
    if words[-1:] == ("is",):
        shown[-1] = "IS"  # The inception score; in front it is a word, as in `is_success`.
    text = " ".join(shown).replace("mAP50 95", "mAP50-95").replace("Ms SSIM", "MS-SSIM")
    if " At " in text:
        text = re.sub(r" At (\d+)", r"@\1", text)
    return re.sub(r"\bR (?:2|Squared)\b", "R²", text) if "R " in text else text


def _titled(word: str) -> str:
    if found := _TOP.match(word):
        return f"Top-{found[1]}"
    found = _NUMBERED.match(word)
    if word not in _SPOKEN and found and found[1] in _SPOKEN and found[1] != "acc":
        return _SPOKEN[found[1]] + found[2]
    return _SPOKEN.get(word, word.capitalize())
