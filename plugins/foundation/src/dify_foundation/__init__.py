"""The plugins every runtime wants: time zone, logging, JSON, compression, proxies, metrics."""
