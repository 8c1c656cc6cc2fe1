"""For the tests of plugins that have tables: a Postgres server from a wheel, and settings of fresh databases.

pytest finds the fixtures of `dify_database.testing.plugin` where this distribution is installed.
"""
