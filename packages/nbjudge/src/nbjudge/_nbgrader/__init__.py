"""Where nbgrader is touched: its settings, its plugins, its pages, its gradebook."""
