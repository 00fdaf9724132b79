"""Where a notebook is executed: processes that fork from one which has imported everything."""
