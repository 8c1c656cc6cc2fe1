"""The one way out: outbound HTTP for all plugins, found as the service `Egress` of the SDK; exports nothing."""
