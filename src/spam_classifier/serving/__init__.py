"""What the service is made of. Nothing here needs scikit-learn, pandas or Kedro."""
