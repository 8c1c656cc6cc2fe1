"""The back end `resend`."""
