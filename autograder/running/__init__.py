"""The trusted side of a submission's run: the walls, the fork server behind them, the order of events."""
