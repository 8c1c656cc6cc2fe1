"""The back end `sendgrid`."""
