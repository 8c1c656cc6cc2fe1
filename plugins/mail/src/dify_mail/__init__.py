"""Mail to people. Other plugins look the services `Mailer` and `MailRenderer` of the SDK up; exports nothing."""
