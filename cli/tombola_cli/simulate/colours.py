"""The colours of curves, by Okabe and Ito: people with any colour vision tell them apart."""

SERIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#7f7f7f")
