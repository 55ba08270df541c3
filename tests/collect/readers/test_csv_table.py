"""Large tables go through pandas' parser and mean the same as small ones."""

from __future__ import annotations

import pytest
from results_bot.collect import csv_table
from results_bot.collect.file import UnreadableError

from tests.collect.readers.recorded import file_of, read_bytes

HEAD = "epoch,val_loss,test_acc,note\n"
TEXTS = {
    "plain": HEAD + "1,0.5,0.25,a\n2,0.25,0.5,b\n",
    "blank cells": HEAD + "1,0.5,,\n2,,0.5,\n,,,\n3,0.75,0.25,\n",
    "nan is a value, blank is none": HEAD + "1,0.5,nan,\n2,nan,,\n3,,NaN,\n",
    "infinity": HEAD + "1,inf,-inf,\n2,Infinity,1e400,\n",
    "text among numbers": HEAD + "1,0.5,oops,\n2,n/a,0.5,\n3,1_000,0x10,\n",
    "short rows": HEAD + "1,0.5\n2\n3,0.25,0.5\n",
    "a first row too long": HEAD + "1,0.5,0.5,x,y\n2,0.25,0.5,x\n",
    "a later row too long": HEAD + "1,0.5,0.5,x\n2,0.25,0.5,x,y\n3,0.25,0.5,x\n",
    "the last row cut": HEAD + "1,0.5,0.5,x\n2,0.25,0.5,x\n3,0.1",
    "the last row whole without its line end": HEAD + "1,0.5,0.5,x\n2,0.25,0.5,x",
    "padded": "epoch ,  val_loss,test_acc , note\n 1, 0.5 , 0.5,x\n  2, 0.25,0.5 ,x\n",
    "quoted": '"epoch","val_loss"\n"1","0.5"\n"2","0.25"\n',
    "Windows line ends": "epoch,val_loss\r\n1,0.5\r\n2,0.25\r\n",
    "decimal commas": "epoch;val_loss\n1;0,5\n2;0,25\n",
    "tabs": "epoch\tval_loss\n1\t0.5\n2\t0.25\n",
    "booleans": "epoch,val_loss,ok\n1,0.5,True\n2,0.25,False\n",
    "large integers": "epoch,val_loss\n1,99999999999999999999\n2,9007199254740993\n",
    "one name twice": "epoch,val_loss,val_loss\n1,0.5,0.25\n2,0.125,0.75\n",
    "one metric by two names": "epoch,val/loss,val_loss\n1,0.5,0.25\n2,0.125,\n",
    "long digits": "epoch,val_loss\n1,0.30000000000000004\n2,0.1234567890123456789\n",
    "no rows": "epoch,val_loss\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_both_parsers_agree(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    small = read_bytes("runs/a/log.csv", text.encode())
    monkeypatch.setattr(csv_table, "LARGE", 1)
    assert repr(read_bytes("runs/a/log.csv", text.encode())) == repr(small)


def test_caps_hold_for_both_parsers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "MAX_ROWS", 3)
    rows = "epoch,loss\n" + "1,0.5\n" * 4
    wide = ",".join(f"m{number}" for number in range(20_001)) + "\n1,2\n"
    for large in (csv_table.LARGE, 1):
        monkeypatch.setattr(csv_table, "LARGE", large)
        for text, reason in ((rows, "more than 3 rows"), (wide, "more than 20,000 columns")):
            with pytest.raises(UnreadableError, match=reason):
                csv_table.columns(file_of("a/log.csv", text.encode()))
